#include <cstring>

#include <slim/base/utf8.hpp>

namespace slim::base {
namespace {

bool continuation(Byte b) noexcept { return (b & 0xc0) == 0x80; }

/// Length of the well-formed sequence that starts at `p`, 0 if there is none.
std::size_t sequence(const Byte* p, std::size_t left) noexcept {
  const Byte b = p[0];
  if (b >= 0xc2 && b <= 0xdf) return left >= 2 && continuation(p[1]) ? 2 : 0;
  if ((b & 0xf0) == 0xe0) {
    if (left < 3 || !continuation(p[1]) || !continuation(p[2])) return 0;
    if (b == 0xe0 && p[1] < 0xa0) return 0;   // overlong
    if (b == 0xed && p[1] >= 0xa0) return 0;  // surrogate
    return 3;
  }
  if (b >= 0xf0 && b <= 0xf4) {
    if (left < 4 || !continuation(p[1]) || !continuation(p[2]) || !continuation(p[3])) return 0;
    if (b == 0xf0 && p[1] < 0x90) return 0;   // overlong
    if (b == 0xf4 && p[1] >= 0x90) return 0;  // above U+10FFFF
    return 4;
  }
  return 0;
}

}  // namespace

bool is_utf8(ByteView text) noexcept {
  const Byte* p = text.data();
  std::size_t left = text.size();
  while (left > 0) {
    // Almost all text here is ASCII, tokens above all: in large steps.
    while (left >= 32) {
      std::uint64_t words[4];
      std::memcpy(words, p, 32);
      if (((words[0] | words[1] | words[2] | words[3]) & 0x8080808080808080ULL) != 0) break;
      p += 32;
      left -= 32;
    }
    while (left >= 8) {
      std::uint64_t word = 0;
      std::memcpy(&word, p, 8);
      if ((word & 0x8080808080808080ULL) != 0) break;
      p += 8;
      left -= 8;
    }
    if (left == 0) break;
    if (*p < 0x80) {
      ++p;
      --left;
      continue;
    }
    const std::size_t n = sequence(p, left);
    if (n == 0) return false;
    p += n;
    left -= n;
  }
  return true;
}

}  // namespace slim::base
