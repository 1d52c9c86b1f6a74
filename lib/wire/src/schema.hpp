/// The parts of the generations' messages that forwarding does not look at, as tables: enough to
/// tell whether every receiver will be able to decode them.
#pragma once

#include <slim/wire/message.hpp>

namespace slim::wire {

/// Messages that are checked by table, not read field by field.
enum class Schema : std::uint8_t {
  metadata_entry,
  session_header,
  content,
  app_payload,
  command_payload,
  empty,
  join_request,
  timer_settings,
  mls_settings,
  join_reply,
  participant,
  participant_settings,
  mls_payload,
  group_update,
  group_welcome,
  group_close,
  group_proposal,
  heartbeat,
  update_participant_state,
  rejoin_request,
  rejoin_reply,
  name,
  encoded_name,
  name_id,
  string_name,
  subscription_ack,
  link,
  link_negotiation,
  // Older generations, where they differ.
  session_header_b,
  original_name,
  content_ab,
  content_c,
  command_payload_c,
  discovery_request_c,
  join_request_c,
  join_reply_c,
  group_change_c,
  group_welcome_c,
  group_close_c,
  group_proposal_c,
  name_c,
  encoded_name_c,
  link_c,
  link_negotiation_c,
};

/// Checks `message` and everything in it. Recursion is as deep as the schema, six levels.
[[nodiscard]] DecodeError check(ByteView message, Schema schema) noexcept;

}  // namespace slim::wire
