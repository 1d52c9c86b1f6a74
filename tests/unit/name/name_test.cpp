#include <slim/name/hash.hpp>
#include <slim/name/name.hpp>

#include "support/catch.hpp"

using namespace slim;

TEST_CASE("Names: three parts, white space around them dropped", "[name]") {
  const auto parsed = name::parse_name("  org / ns/ service  ");
  REQUIRE(parsed.ok());
  CHECK(parsed->parts == std::array<std::string, 3>{"org", "ns", "service"});
  CHECK(parsed->hashes[0] == name::hash_component("org"));
  CHECK(parsed->id.is_wildcard());
  CHECK(name::to_string(*parsed) == "org/ns/service/NULL_COMPONENT");
}

TEST_CASE("Names: anything but three non-empty parts is refused with the text", "[name]") {
  for (const char* text : {"", "org", "org/ns", "org/ns/a/b", "org//a", "/ns/a", "org/ns/ "}) {
    INFO(text);
    const auto parsed = name::parse_name(text);
    REQUIRE_FALSE(parsed.ok());
    CHECK(parsed.error().find(std::string("\"") + text + "\"") != std::string::npos);
  }
}

TEST_CASE("Instance ids: UUID text both ways", "[name]") {
  const name::InstanceId id{0x48bb949a3dd26afa, 0xc9a1342ad0e35dd2};
  CHECK(name::to_string(id) == "48bb949a-3dd2-6afa-c9a1-342ad0e35dd2");
  CHECK(name::parse_instance_id(name::to_string(id)) == id);
  CHECK(name::to_string(name::InstanceId{0, 77}) == "00000000-0000-0000-0000-00000000004d");
  CHECK(name::parse_instance_id("NULL_COMPONENT") == name::InstanceId::wildcard());
  for (const char* bad :
       {"", "48bb949a3dd26afac9a1342ad0e35dd2", "48bb949a-3dd2-6afa-c9a1-342ad0e35dd",
        "48bb949a-3dd2-6afa-c9a1-342ad0e35dg2", "48bb949a-3dd2-6afa-c9a1+342ad0e35dd2"}) {
    INFO(bad);
    CHECK_FALSE(name::parse_instance_id(bad));
  }
}
