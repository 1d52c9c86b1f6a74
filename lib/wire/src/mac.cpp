#include <slim/wire/mac.hpp>
#include <slim/wire/pb.hpp>

namespace slim::wire {
namespace {

constexpr std::string_view kDomain{"SLIM-DP-HDR-v1\0", 15};

// The preimage is little-endian whatever the machine is.
Byte* put_u32(std::uint32_t value, Byte* out) noexcept {
  for (int i = 0; i < 4; ++i) *out++ = static_cast<Byte>(value >> (8 * i));
  return out;
}

Byte* put_u64(std::uint64_t value, Byte* out) noexcept {
  for (int i = 0; i < 8; ++i) *out++ = static_cast<Byte>(value >> (8 * i));
  return out;
}

Byte* put_prefixed(ByteView bytes, Byte* out) noexcept {
  return pb::write_bytes(bytes, put_u32(static_cast<std::uint32_t>(bytes.size()), out));
}

Byte* put_optional(bool present, std::uint64_t value, Byte* out) noexcept {
  *out++ = present ? 1 : 0;
  return present ? put_u64(value, out) : out;
}

Byte* put_name(const NameView& name, ByteView message, Byte* out) noexcept {
  *out++ = name.present ? 1 : 0;
  if (!name.present) return out;
  *out++ = name.has_encoded ? 1 : 0;
  if (name.has_encoded) {
    for (const std::uint64_t hash : name.hashes) out = put_u64(hash, out);
    *out++ = name.has_id ? 1 : 0;
    if (name.has_id) out = put_u64(name.id.low, put_u64(name.id.high, out));
  }
  *out++ = name.has_strings ? 1 : 0;
  if (name.has_strings) {
    for (const Span& part : name.strings) out = put_prefixed(part.in(message), out);
  }
  return out;
}

std::size_t name_bound(const NameView& name) noexcept {
  return 4 + 5 * 8 + 3 * 4 + name.strings[0].size + name.strings[1].size + name.strings[2].size;
}

}  // namespace

std::string mac_prefix(std::string_view link_id) {
  std::string out(kDomain);
  Byte size[4];
  put_u32(static_cast<std::uint32_t>(link_id.size()), size);
  out.append(size, size + 4);
  out.append(link_id);
  return out;
}

void mac_names(const MessageView& view, ByteView message, std::vector<Byte>& out) {
  const HeaderView& h = view.header;
  out.resize(name_bound(h.source) + name_bound(h.destination));
  const Byte* end = put_name(h.destination, message, put_name(h.source, message, out.data()));
  out.resize(static_cast<std::size_t>(end - out.data()));
}

void mac_body(const MessageView& view, ByteView message, HopFields hop, std::vector<Byte>& out,
              ByteView names) {
  const HeaderView& h = view.header;
  const std::size_t names_bound =
      names.empty() ? name_bound(h.source) + name_bound(h.destination) : names.size();
  out.resize(names_bound + 8 + h.identity.size + 2 * 9 + 2);
  Byte* p = out.data();
  p = names.empty() ? put_name(h.destination, message, put_name(h.source, message, p))
                    : pb::write_bytes(names, p);
  p = put_prefixed(h.identity.in(message), p);
  p = put_u32(h.fanout, p);
  const bool stated = hop == HopFields::as_received;
  p = put_optional(stated && h.has_recv_from, h.recv_from, p);
  p = put_optional(stated && h.has_forward_to, h.forward_to, p);
  *p++ = h.has_error ? 1 : 0;
  if (h.has_error) *p++ = h.error ? 1 : 0;
  out.resize(static_cast<std::size_t>(p - out.data()));
}

MacTtl::MacTtl(std::uint32_t ttl) noexcept : bytes{} { put_u32(ttl, bytes); }

}  // namespace slim::wire
