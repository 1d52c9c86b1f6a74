#include "schema.hpp"

#include <initializer_list>

#include <slim/base/utf8.hpp>
#include <slim/wire/pb.hpp>

namespace slim::wire {
namespace {

enum class Value : std::uint8_t { unknown, varint, bytes, text, message };

struct Rule {
  Value value = Value::unknown;
  Schema schema = Schema::empty;
};

constexpr Rule V{Value::varint, {}};
constexpr Rule B{Value::bytes, {}};
constexpr Rule T{Value::text, {}};
constexpr Rule M(Schema schema) { return {Value::message, schema}; }

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
    /* metadata_entry */ {T, T},
    /* session_header */ {V, V, V, V},
    /* content */ {M(Schema::app_payload), M(Schema::command_payload)},
    /* app_payload */ {T, B},
    /* command_payload */
    {M(Schema::empty), M(Schema::empty), M(Schema::join_request), M(Schema::join_reply),
     M(Schema::empty), M(Schema::empty), M(Schema::group_update), M(Schema::group_welcome),
     M(Schema::group_close), M(Schema::group_proposal), M(Schema::empty), M(Schema::empty),
     M(Schema::heartbeat), M(Schema::update_participant_state), M(Schema::rejoin_request),
     M(Schema::rejoin_reply)},
    /* empty */ {},
    /* join_request */
    {M(Schema::timer_settings), M(Schema::name), M(Schema::name), M(Schema::mls_settings)},
    /* timer_settings */ {V, V},
    /* mls_settings */ {V},
    /* join_reply */ {B, M(Schema::participant)},
    /* participant */ {M(Schema::name), M(Schema::participant_settings), V},
    /* participant_settings */ {V, V},
    /* mls_payload */ {V, B},
    /* group_update */
    {V, M(Schema::participant), M(Schema::participant), M(Schema::mls_payload)},
    /* group_welcome */ {M(Schema::participant), M(Schema::mls_payload)},
    /* group_close */ {M(Schema::name)},
    /* group_proposal */ {M(Schema::name), B},
    /* heartbeat */ {V},
    /* update_participant_state */ {M(Schema::name), V, V},
    /* rejoin_request */ {M(Schema::name), B},
    /* rejoin_reply */ {V, B},
    /* name */ {M(Schema::encoded_name), M(Schema::string_name)},
    /* encoded_name */ {V, V, V, M(Schema::name_id)},
    /* name_id */ {V, V},
    /* string_name */ {T, T, T},
    /* subscription_ack */ {V, V, T},
    /* link */ {M(Schema::link_negotiation)},
    /* link_negotiation */ {T, T, V, B, V, T, T, B},
};

}  // namespace

DecodeError check(ByteView message, Schema schema) noexcept {
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
