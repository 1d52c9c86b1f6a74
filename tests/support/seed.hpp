/// The seed of a randomised test: printed when it fails, replayed with SLIM_TEST_SEED.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <string>

namespace slim::test {

[[nodiscard]] inline std::uint64_t seed_or(std::uint64_t fallback) {
  const char* text = std::getenv("SLIM_TEST_SEED");
  return text ? std::stoull(text) : fallback;
}

}  // namespace slim::test
