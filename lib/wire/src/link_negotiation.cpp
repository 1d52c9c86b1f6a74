#include <slim/wire/link_negotiation.hpp>
#include <slim/wire/pb.hpp>

namespace slim::wire {
namespace {

ConnectionType connection_type(std::uint64_t value) noexcept {
  return value == 1   ? ConnectionType::peer
         : value == 2 ? ConnectionType::edge
                      : ConnectionType::remote;
}

void read_field(const pb::Field& field, LinkNegotiation& out) {
  const std::string_view text = base::as_text(field.bytes);
  switch (field.number) {
    case 1:
      out.link_id = text;
      break;
    case 2:
      out.version = text;
      break;
    case 3:
      out.is_reply = field.value != 0;
      break;
    case 4:
      out.public_key = text;
      break;
    case 5:
      out.connection_type = connection_type(field.value);
      break;
    case 6:
      out.node_id = text;
      break;
    case 7:
      out.deployment = text;
      break;
    case 8:
      out.kem = text;
      break;
    default:
      break;
  }
}

/// What C and D have in common.
pb::Writer common_fields(const LinkNegotiation& link) {
  pb::Writer payload;
  payload.text_unless_empty(1, link.link_id);
  payload.text_unless_empty(2, link.version);
  payload.varint_unless_zero(3, link.is_reply ? 1 : 0);
  return payload;
}

std::string whole(const pb::Writer& payload) {
  pb::Writer member;
  member.message(1, payload);
  pb::Writer message;
  message.message(static_cast<std::uint32_t>(Kind::link), member);
  return std::move(message).take();
}

}  // namespace

std::optional<LinkNegotiation> decode_link(ByteView message, const MessageView& view) {
  pb::Reader link(view.member.in(message));
  pb::Field field;
  std::optional<LinkNegotiation> out;
  while (link.next(field)) {
    if (field.number != 1) continue;
    if (!out) out.emplace();
    pb::Reader payload(field.bytes);
    pb::Field inner;
    while (payload.next(inner)) {
      // C's check did not look at the fields that only D knows.
      if (view.generation == Generation::d || inner.number <= 3) read_field(inner, *out);
    }
  }
  return out;
}

std::string encode_link(const LinkNegotiation& link) {
  pb::Writer payload = common_fields(link);
  payload.text_unless_empty(4, link.public_key);
  payload.varint_unless_zero(5, static_cast<std::uint64_t>(link.connection_type));
  payload.text_unless_empty(6, link.node_id);
  payload.text_unless_empty(7, link.deployment);
  if (link.kem) payload.text(8, *link.kem);
  return whole(payload);
}

std::string encode_link_c(const LinkNegotiation& link) { return whole(common_fields(link)); }

namespace {

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

bool is_identifier_char(char c) noexcept {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
}

bool read_number(std::string_view& text, std::uint64_t& out) noexcept {
  std::size_t n = 0;
  out = 0;
  while (n < text.size() && is_digit(text[n])) {
    const auto digit = static_cast<std::uint64_t>(text[n] - '0');
    if (out > (~std::uint64_t{0} - digit) / 10) return false;
    out = out * 10 + digit;
    ++n;
  }
  if (n == 0 || (n > 1 && text[0] == '0')) return false;
  text.remove_prefix(n);
  return true;
}

/// Dot-separated identifiers up to `end` or the end of the text.
bool read_identifiers(std::string_view& text, char end, bool numbers_are_strict) noexcept {
  while (true) {
    std::size_t n = 0;
    bool numeric = true;
    while (n < text.size() && is_identifier_char(text[n])) {
      numeric = numeric && is_digit(text[n]);
      ++n;
    }
    if (n == 0 || (numbers_are_strict && numeric && n > 1 && text[0] == '0')) return false;
    text.remove_prefix(n);
    if (text.empty() || text[0] == end) return true;
    if (text[0] != '.') return false;
    text.remove_prefix(1);
  }
}

bool read_dot(std::string_view& text) noexcept {
  if (text.empty() || text[0] != '.') return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

std::optional<std::uint64_t> semver_major(std::string_view text) noexcept {
  std::uint64_t major = 0;
  std::uint64_t other = 0;
  if (!read_number(text, major) || !read_dot(text) || !read_number(text, other) ||
      !read_dot(text) || !read_number(text, other)) {
    return std::nullopt;
  }
  if (!text.empty() && text[0] == '-') {
    text.remove_prefix(1);
    if (!read_identifiers(text, '+', true)) return std::nullopt;
  }
  if (!text.empty() && text[0] == '+') {
    text.remove_prefix(1);
    if (!read_identifiers(text, '\0', false)) return std::nullopt;
  }
  return text.empty() ? std::optional(major) : std::nullopt;
}

namespace {

bool is_hex_digit(char c) noexcept {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

}  // namespace

bool is_uuid_v4(std::string_view text) noexcept {
  constexpr std::string_view kUrn = "urn:uuid:";
  constexpr std::size_t kHyphenated = 36;
  constexpr std::size_t kSimple = 32;
  if (text.size() == kUrn.size() + kHyphenated && text.substr(0, kUrn.size()) == kUrn) {
    text.remove_prefix(kUrn.size());
  } else if (text.size() == kHyphenated + 2 && text.front() == '{' && text.back() == '}') {
    text = text.substr(1, kHyphenated);
  }
  const bool hyphenated = text.size() == kHyphenated;
  if (!hyphenated && text.size() != kSimple) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool hyphen = hyphenated && (i == 8 || i == 13 || i == 18 || i == 23);
    if (hyphen ? text[i] != '-' : !is_hex_digit(text[i])) return false;
  }
  return text[hyphenated ? 14 : 12] == '4';
}

bool is_valid_request_c(const LinkNegotiation& link) noexcept {
  return !link.is_reply && is_uuid_v4(link.link_id) && semver_major(link.version).has_value();
}

bool is_valid_reply_c(const LinkNegotiation& link, std::string_view own_id) noexcept {
  return link.is_reply && link.link_id == own_id;
}

}  // namespace slim::wire
