/// Randomness as a parameter, so that a seed replays a test.
#pragma once

#include <cstdint>
#include <string>

#include <slim/base/bytes.hpp>

namespace slim::base {

/// Thread: one at a time, unless an implementation says otherwise.
class Random {
 public:
  Random() = default;
  Random(const Random&) = delete;
  Random& operator=(const Random&) = delete;
  virtual ~Random() = default;

  virtual void fill(MutableBytes out) = 0;

  [[nodiscard]] std::uint64_t next_u64();
  /// Uniform in [0, 1).
  [[nodiscard]] double next_unit();
  /// A random version 4 UUID in its usual text form (RFC 9562 section 5.4).
  [[nodiscard]] std::string uuid_v4();
};

/// The kernel's generator. Thread: any.
class SystemRandom final : public Random {
 public:
  void fill(MutableBytes out) override;
};

/// Repeats the same sequence for the same seed. Not for keys.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) noexcept : state_(seed) {}
  void fill(MutableBytes out) override;

 private:
  std::uint64_t state_;
};

}  // namespace slim::base
