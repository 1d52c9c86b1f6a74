#include <slim/base/log_filter.hpp>

#include "support/catch.hpp"

using slim::log::Filter;
using slim::log::Level;

TEST_CASE("Log filter: the longest matching prefix decides", "[base]") {
  const Filter f = Filter::parse("warn,slim=info,slim_service::service=debug");
  CHECK(f.level_for("slim_service::service") == Level::debug);
  CHECK(f.level_for("slim_service::other") == Level::info);
  CHECK(f.level_for("slim::runner") == Level::info);
  CHECK(f.level_for("tower") == Level::warn);
}

TEST_CASE("Log filter: targets without a level are silent", "[base]") {
  CHECK(Filter::parse("slim_datapath=debug").level_for("slim_service") == Level::off);
  CHECK(Filter::parse("").level_for("slim") == Level::off);
}

TEST_CASE("Log filter: a bare target means everything of it", "[base]") {
  CHECK(Filter::parse("slim_auth").level_for("slim_auth::jwt") == Level::trace);
}

TEST_CASE("Log filter: levels in any case, items that make no sense are named", "[base]") {
  const Filter f = Filter::parse(" INFO , slim=Warn, a=b=c, x=loud, [span]=debug");
  CHECK(f.level_for("slim") == Level::warn);
  CHECK(f.level_for("other") == Level::info);
  CHECK(f.rejected() == std::vector<std::string>{"a=b=c", "x=loud", "[span]=debug"});
}
