/// Asks a running node how it is: what `slimd --health` does.
#pragma once

#include <string>

#include <slim/admin/address.hpp>
#include <slim/base/clock.hpp>

namespace slim::admin {

struct ProbeResult {
  bool healthy = false;
  std::string text;  ///< the answer, or why there is none
};

/// GET `path` of the listener at `address`; every address of an interface means this machine.
/// Blocks for `timeout` at most.
[[nodiscard]] ProbeResult probe(const Address& address, const std::string& path,
                                base::Duration timeout = std::chrono::seconds(3));

}  // namespace slim::admin
