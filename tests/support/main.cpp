#if __has_include(<catch2/catch.hpp>)
#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>
#else
#include <catch2/catch_session.hpp>
#endif

#include <slim/base/log.hpp>

int main(int argc, char** argv) {
  slim::log::name_this_thread("main");
  slim::log::configure({.filter = "off"});
  const int result = Catch::Session().run(argc, argv);
  slim::log::shutdown();
  return result;
}
