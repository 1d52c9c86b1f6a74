#include <string>

#include <slim/base/utf8.hpp>

#include "support/catch.hpp"

using slim::base::as_bytes;
using slim::base::is_utf8;

TEST_CASE("UTF-8: well-formed text is accepted", "[base]") {
  for (const char* text : {"", "a", "plain ascii, longer than eight bytes", "gr\xc3\xbc\xc3\x9f",
                           "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80", "\xf0\x90\x80\x80",
                           "\xf4\x8f\xbf\xbf", "12345678\xc3\xbc"}) {
    INFO(text);
    CHECK(is_utf8(as_bytes(text)));
  }
}

TEST_CASE("UTF-8: malformed text is refused wherever it stands", "[base]") {
  for (const char* bad :
       {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc3", "\xe0\x80\x80", "\xe0\x9f\xbf",
        "\xed\xa0\x80", "\xed\xbf\xbf", "\xf0\x80\x80\x80", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80",
        "\xf5\x80\x80\x80", "\xff", "\xe2\x82", "\xf0\x9f\x98"}) {
    for (const char* before : {"", "abc", "12345678", "123456789abcdef"}) {
      for (const char* after : {"", "x", "12345678"}) {
        const std::string text = std::string(before) + bad + after;
        INFO(slim::base::to_hex(as_bytes(text)));
        CHECK_FALSE(is_utf8(as_bytes(text)));
      }
    }
  }
}
