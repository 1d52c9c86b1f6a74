#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <sys/random.h>

#include <slim/base/random.hpp>

namespace slim::base {

std::uint64_t Random::next_u64() {
  std::uint64_t value = 0;
  fill({reinterpret_cast<Byte*>(&value), sizeof value});
  return value;
}

double Random::next_unit() { return static_cast<double>(next_u64() >> 11) * 0x1.0p-53; }

std::string Random::uuid_v4() {
  std::array<Byte, 16> raw{};
  fill(raw);
  raw[6] = static_cast<Byte>((raw[6] & 0x0f) | 0x40);
  raw[8] = static_cast<Byte>((raw[8] & 0x3f) | 0x80);
  std::string text = to_hex(raw);
  for (const std::size_t dash : {8U, 13U, 18U, 23U}) text.insert(dash, 1, '-');
  return text;
}

void SystemRandom::fill(MutableBytes out) {
  while (!out.empty()) {
    const ssize_t n = ::getrandom(out.data(), out.size(), 0);
    if (n < 0) {
      // Only EINTR can happen to a well-formed call; without randomness no key may be made.
      if (errno != EINTR) std::abort();
      continue;
    }
    out = out.subspan(static_cast<std::size_t>(n));
  }
}

void SeededRandom::fill(MutableBytes out) {
  // SplitMix64, public domain.
  while (!out.empty()) {
    state_ += 0x9e3779b97f4a7c15ULL;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    z ^= z >> 31;
    const std::size_t n = std::min(out.size(), sizeof z);
    std::memcpy(out.data(), &z, n);
    out = out.subspan(n);
  }
}

}  // namespace slim::base
