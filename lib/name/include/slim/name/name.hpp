/// A name `organisation/namespace/service` with an instance id (docs/protocol/forwarding.md 1).
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include <slim/base/result.hpp>
#include <slim/name/instance_id.hpp>

namespace slim::name {

/// The three hashes by which nodes route. Nodes trust them: they need not belong to the strings.
using Hashes = std::array<std::uint64_t, 3>;

/// Thread: immutable value. Equality for routing is that of hashes and id; operator== compares the
/// strings too.
struct Name {
  Hashes hashes{};
  std::array<std::string, 3> parts;
  InstanceId id;

  friend bool operator==(const Name&, const Name&) = default;
};

/// Makes a name from its three parts, hashed as generations 0.4 and later do.
[[nodiscard]] Name make_name(std::string_view organisation, std::string_view space,
                             std::string_view service, InstanceId id = InstanceId::wildcard());

/// Reads `org/ns/service`; white space around the text and around each part is dropped. The error
/// says what is wrong, for people.
[[nodiscard]] base::Result<Name, std::string> parse_name(std::string_view text);

/// `org/ns/service/<id>`, the id as to_string(InstanceId) prints it.
[[nodiscard]] std::string to_string(const Name& name);

}  // namespace slim::name
