/// Publishes that reach nobody because only neighbours of another wire generation want them.
#pragma once

#include <slim/forward/egress.hpp>
#include <slim/forward/once_per_name.hpp>

namespace slim::forward {

class Router;

/// Logs each name once a minute.
/// Thread: owner worker, under its epoch guard.
class OtherGenerations {
 public:
  /// Whether a name that nobody of the message's generation subscribed is subscribed in another.
  /// Generation 0.3 hashes names differently, so that it is not found here.
  [[nodiscard]] bool admit(const Departure& departure, const Router& router);

 private:
  OncePerName logged_;
};

}  // namespace slim::forward
