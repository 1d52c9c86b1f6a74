/// Log lines about names that peers choose: not one a message.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include <slim/base/clock.hpp>
#include <slim/wire/message.hpp>

namespace slim::forward {

/// Admits each name once a minute, as far as a small table can tell names apart.
/// Thread: one at a time.
class OncePerName {
 public:
  [[nodiscard]] bool admit(const name::Hashes& hashes, base::Instant now);

 private:
  struct Logged {
    std::uint64_t name = 0;
    base::Instant until{};
  };
  std::array<Logged, 256> logged_{};
};

/// A destination for people: its strings, or the hashes where the message has no strings.
[[nodiscard]] std::string shown(const wire::NameView& name, base::ByteView message);

}  // namespace slim::forward
