/// Publishes that reach nobody because only neighbours of another wire generation want them.
#pragma once

#include <array>
#include <cstdint>

#include <slim/base/clock.hpp>
#include <slim/forward/egress.hpp>

namespace slim::forward {

class Router;

/// Logs each name once a minute, as far as a small table can tell names apart.
/// Thread: owner worker, under its epoch guard.
class OtherGenerations {
 public:
  /// Whether a name that nobody of the message's generation subscribed is subscribed in another.
  /// Generation 0.3 hashes names differently, so that it is not found here.
  [[nodiscard]] bool admit(const Departure& departure, const Router& router);

 private:
  struct Logged {
    std::uint64_t name = 0;
    base::Instant until{};
  };
  std::array<Logged, 256> logged_{};
};

}  // namespace slim::forward
