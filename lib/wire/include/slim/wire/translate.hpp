/// Names and application data from one generation's form to another's (docs/protocol/wire.md 14).
///
/// A node can do that for names and for data that carries no state of a session. All else belongs
/// to session endpoints, and is refused with the reason.
#pragma once

#include <array>
#include <optional>
#include <string>

#include <slim/base/result.hpp>
#include <slim/name/name.hpp>
#include <slim/wire/message.hpp>

namespace slim::wire {

/// Why a message cannot cross.
enum class TranslateError : std::uint8_t {
  incomplete,            ///< lacks what missing_part() names
  same_dialect,          ///< goes as it is, not through here
  control_message,       ///< no publish of application data: session control, acks, repetitions
  mls_or_session_state,  ///< data for those only who share keys or a session with its sender
  no_strings,            ///< a name whose strings no subscription has told
  id_too_wide,           ///< a 128-bit id that has no alias
};
[[nodiscard]] std::string_view to_string(TranslateError error) noexcept;

/// What a node has learnt of names. Thread: as the caller of the functions below.
class NameDictionary {
 public:
  virtual ~NameDictionary() = default;
  /// The strings behind hashes, which in dialect a3 are made by another function than in all
  /// others.
  [[nodiscard]] virtual std::optional<std::array<std::string, 3>> strings(
      Dialect dialect, const name::Hashes& hashes) = 0;
  /// The 64-bit form of an id of generation D that is not the wildcard, made up if need be. Two ids
  /// never have the same while both are in use; none has 2^64-1, which is taken for no alias.
  [[nodiscard]] virtual std::optional<std::uint64_t> alias(const name::InstanceId& id) = 0;
  /// The inverse: the id that has this alias; the number itself where none has.
  [[nodiscard]] virtual name::InstanceId id_of(std::uint64_t alias) = 0;
};

/// The name as `to` routes it, for encode_subscription(): with strings, which come from the message
/// or from the dictionary. Precondition: decode() accepted `message`, of dialect `from`.
[[nodiscard]] base::Result<name::Name, TranslateError> translate_name(const NameView& view,
                                                                      ByteView message,
                                                                      Dialect from, Dialect to,
                                                                      NameDictionary& names);

/// A whole message of dialect `to`, without hop fields: unreliable point-to-point data, which no
/// receiver answers. The sender of C or D may wait for an ack all the same, for its messages do not
/// say whether its session is reliable. Encryption shows in metadata (0.4 to 0.6) or in how MLS
/// messages begin (C, D).
///
/// Version and ttl of D are those of an original message: nothing counts hops across a translation.
/// So a node must not translate back what another of its links has translated.
/// Precondition: decode() accepted `message`, of dialect `from`.
[[nodiscard]] base::Result<std::string, TranslateError> translate_publish(const MessageView& view,
                                                                          ByteView message,
                                                                          Dialect from, Dialect to,
                                                                          NameDictionary& names);

}  // namespace slim::wire
