#include <slim/admin/address.hpp>
#include <slim/admin/http.hpp>

#include "support/catch.hpp"

using namespace slim::admin;

TEST_CASE("an admin address is an address, a port, a path or off") {
  const auto tcp = parse_address("127.0.0.1:46359");
  REQUIRE(tcp);
  CHECK(tcp.value().kind == Address::Kind::tcp);
  CHECK(tcp.value().host == "127.0.0.1");
  CHECK(tcp.value().port == 46359);
  CHECK(parse_address("[::1]:1").value().text() == "[::1]:1");
  CHECK(parse_address(":80").value().host == "::");
  CHECK(parse_address("localhost:80").value().host == "127.0.0.1");
  CHECK(parse_address("unix:/run/a.sock").value().host == "/run/a.sock");
  CHECK(parse_address("unix:///run/a.sock").value().text() == "unix:/run/a.sock");
  CHECK(parse_address("off").value().kind == Address::Kind::off);
  CHECK(parse_address(kDefaultListen));
}

TEST_CASE("what is no admin address is refused with what may stand there") {
  for (const char* text : {"", "80", "host:80", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:8x",
                           "unix:", "unix:here", "1.2.3.4.5:80"}) {
    INFO(text);
    const auto parsed = parse_address(text);
    REQUIRE(!parsed);
    CHECK(parsed.error().find("allowed: host:port") != std::string::npos);
  }
}

TEST_CASE("a request's target is split and decoded") {
  Request request;
  REQUIRE(parse_target("/explain?name=org%2Fns/a+b&fanout=2&empty=&flag", request));
  CHECK(request.path == "/explain");
  CHECK(request.parameter("name") == "org/ns/a b");
  CHECK(request.parameter("fanout") == "2");
  CHECK(request.parameter("empty").empty());
  CHECK(request.query.count("flag") == 1);
  CHECK(request.parameter("absent").empty());
}

TEST_CASE("what is no target is refused") {
  for (const char* text : {"", "explain", "*", "http://host/", "/%", "/%4", "/%gg", "/a?b=%x1"}) {
    INFO(text);
    Request request;
    CHECK(!parse_target(text, request));
  }
}
