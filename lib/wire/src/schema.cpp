#include "schema.hpp"

#include <initializer_list>
#include <iterator>

#include <slim/base/utf8.hpp>
#include <slim/wire/pb.hpp>

namespace slim::wire {
namespace {

enum class Value : std::uint8_t { unknown, varint, bytes, text, message };

struct Rule {
  Value value = Value::unknown;
  Schema schema = Schema::empty;
};

constexpr Rule kVarint{Value::varint, {}};
constexpr Rule kBytes{Value::bytes, {}};
constexpr Rule kText{Value::text, {}};
constexpr Rule message(Schema schema) { return {Value::message, schema}; }

/// The rules of one message by field number, from 1 on.
struct Rules {
  static constexpr std::size_t kMax = 16;
  Rule by_number[kMax];
  std::size_t count = 0;

  constexpr Rules(std::initializer_list<Rule> rules) {
    for (const Rule& r : rules) by_number[count++] = r;
  }
  [[nodiscard]] constexpr const Rule* find(std::uint32_t number) const noexcept {
    return number <= count ? &by_number[number - 1] : nullptr;
  }
};

// In the order of Schema. Field lists: docs/protocol/wire.md 3.1, 3.2, 3.4, 3.5 and 4.
constexpr Rules kRules[] = {
    /* metadata_entry */ {kText, kText},
    /* session_header */ {kVarint, kVarint, kVarint, kVarint},
    /* content */ {message(Schema::app_payload), message(Schema::command_payload)},
    /* app_payload */ {kText, kBytes},
    /* command_payload */
    {message(Schema::empty), message(Schema::empty), message(Schema::join_request),
     message(Schema::join_reply), message(Schema::empty), message(Schema::empty),
     message(Schema::group_update), message(Schema::group_welcome), message(Schema::group_close),
     message(Schema::group_proposal), message(Schema::empty), message(Schema::empty),
     message(Schema::heartbeat), message(Schema::update_participant_state),
     message(Schema::rejoin_request), message(Schema::rejoin_reply)},
    /* empty */ {},
    /* join_request */
    {message(Schema::timer_settings), message(Schema::name), message(Schema::name),
     message(Schema::mls_settings)},
    /* timer_settings */ {kVarint, kVarint},
    /* mls_settings */ {kVarint},
    /* join_reply */ {kBytes, message(Schema::participant)},
    /* participant */ {message(Schema::name), message(Schema::participant_settings), kVarint},
    /* participant_settings */ {kVarint, kVarint},
    /* mls_payload */ {kVarint, kBytes},
    /* group_update */
    {kVarint, message(Schema::participant), message(Schema::participant),
     message(Schema::mls_payload)},
    /* group_welcome */ {message(Schema::participant), message(Schema::mls_payload)},
    /* group_close */ {message(Schema::name)},
    /* group_proposal */ {message(Schema::name), kBytes},
    /* heartbeat */ {kVarint},
    /* update_participant_state */ {message(Schema::name), kVarint, kVarint},
    /* rejoin_request */ {message(Schema::name), kBytes},
    /* rejoin_reply */ {kVarint, kBytes},
    /* name */ {message(Schema::encoded_name), message(Schema::string_name)},
    /* encoded_name */ {kVarint, kVarint, kVarint, message(Schema::name_id)},
    /* name_id */ {kVarint, kVarint},
    /* string_name */ {kText, kText, kText},
    /* subscription_ack */ {kVarint, kVarint, kText},
    /* link */ {message(Schema::link_negotiation)},
    /* link_negotiation */ {kText, kText, kVarint, kBytes, kVarint, kText, kText, kBytes},
    // docs/protocol/wire.md 11 and 12. Generation A's session header is D's in form.
    /* session_header_b */
    {kVarint, kVarint, kVarint, kVarint, message(Schema::original_name),
     message(Schema::original_name)},
    /* original_name */ {kText, kText, kText, kVarint},
    /* content_ab */ {kText, kBytes},
    // docs/protocol/wire.md 10.
    /* content_c */ {message(Schema::app_payload), message(Schema::command_payload_c)},
    /* command_payload_c */
    {message(Schema::discovery_request_c), message(Schema::empty), message(Schema::join_request_c),
     message(Schema::join_reply_c), message(Schema::discovery_request_c), message(Schema::empty),
     message(Schema::group_change_c), message(Schema::group_change_c),
     message(Schema::group_welcome_c), message(Schema::group_close_c),
     message(Schema::group_proposal_c), message(Schema::empty), message(Schema::empty),
     message(Schema::empty)},
    /* discovery_request_c, the same as leave_request */ {message(Schema::name_c)},
    /* join_request_c */ {kVarint, message(Schema::timer_settings), message(Schema::name_c)},
    /* join_reply_c */ {kBytes},
    /* group_change_c: group_add and group_remove */
    {message(Schema::name_c), message(Schema::name_c), message(Schema::mls_payload)},
    /* group_welcome_c */ {message(Schema::name_c), message(Schema::mls_payload)},
    /* group_close_c */ {message(Schema::name_c)},
    /* group_proposal_c */ {message(Schema::name_c), kBytes},
    /* name_c */ {message(Schema::encoded_name_c), message(Schema::string_name)},
    /* encoded_name_c */ {kVarint, kVarint, kVarint, kVarint},
    /* link_c */ {message(Schema::link_negotiation_c)},
    /* link_negotiation_c */ {kText, kText, kVarint},
};

// Nearly every publish has a session header and an application payload as every encoder writes
// them. These look at that form only; for any other the tables decide.

/// Varints of up to nine bytes, fields 1 to 4: what session headers of all generations begin with.
bool is_varints(ByteView message) noexcept {
  constexpr std::ptrdiff_t kLongest = 9;
  const Byte* at = message.data();
  const Byte* const end = at + message.size();
  while (at != end) {
    const Byte tag = *at++;
    if (tag < (1 << 3) || tag > (4 << 3) || (tag & 7) != 0) return false;
    const Byte* const value = at;
    while (at != end && *at >= 0x80) ++at;
    if (at == end || ++at - value > kLongest) return false;
  }
  return true;
}

/// Takes a field of bytes with this tag from the front, its length in at most four bytes.
bool take_bytes(ByteView& message, Byte tag, ByteView& content) noexcept {
  if (message.size() < 2 || message[0] != tag) return false;
  std::size_t size = 0;
  std::size_t at = 1;
  for (unsigned shift = 0;; shift += 7) {
    if (shift > 21 || at == message.size()) return false;
    const Byte b = message[at++];
    size |= static_cast<std::size_t>(b & 0x7f) << shift;
    if (b < 0x80) break;
  }
  if (size > message.size() - at) return false;
  content = message.subspan(at, size);
  message = message.subspan(at + size);
  return true;
}

constexpr Byte kFirst = 1 << 3 | 2;
constexpr Byte kSecond = 2 << 3 | 2;

/// Text and then something else of which `is_text` tells whether it has to be text, and no more.
bool is_text_pair(ByteView message, bool is_text) noexcept {
  ByteView first;
  ByteView second;
  return take_bytes(message, kFirst, first) && take_bytes(message, kSecond, second) &&
         message.empty() && base::is_utf8(first) && (!is_text || base::is_utf8(second));
}

/// An application payload, type and blob, and nothing else.
bool is_app_payload(ByteView content) noexcept {
  ByteView payload;
  return take_bytes(content, kFirst, payload) && content.empty() && is_text_pair(payload, false);
}

bool is_plain(ByteView message, Schema schema) noexcept {
  switch (schema) {
    case Schema::session_header:
    case Schema::session_header_b:
      return is_varints(message);
    case Schema::content:
    case Schema::content_c:
      return is_app_payload(message);
    case Schema::content_ab:
      return is_text_pair(message, false);
    case Schema::metadata_entry:
      return is_text_pair(message, true);
    default:
      return false;
  }
}

static_assert(std::size(kRules) == static_cast<std::size_t>(Schema::link_negotiation_c) + 1);

}  // namespace

DecodeError check(ByteView message, Schema schema) noexcept {
  if (is_plain(message, schema)) return DecodeError::none;
  const Rules& rules = kRules[static_cast<std::size_t>(schema)];
  pb::Reader reader(message);
  pb::Field field;
  while (reader.next(field)) {
    const Rule* rule = rules.find(field.number);
    if (!rule) continue;
    const pb::Type wanted = rule->value == Value::varint ? pb::Type::varint : pb::Type::bytes;
    if (field.type != wanted) return DecodeError::wire_type;
    if (rule->value == Value::text && !base::is_utf8(field.bytes)) return DecodeError::utf8;
    if (rule->value == Value::message) {
      const DecodeError inner = check(field.bytes, rule->schema);
      if (inner != DecodeError::none) return inner;
    }
  }
  return reader.ok() ? DecodeError::none : DecodeError::malformed;
}

}  // namespace slim::wire
