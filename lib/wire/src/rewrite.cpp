#include <slim/wire/mac.hpp>
#include <slim/wire/pb.hpp>
#include <slim/wire/rewrite.hpp>

namespace slim::wire {
namespace {

// Tags of SLIMHeader's fields (number << 3 | wire type); all fit one byte.
constexpr Byte kTtlTag = 6 << 3;
constexpr Byte kIncomingConnTags[] = {6 << 3, 6 << 3, 7 << 3, 9 << 3};  // by generation
constexpr Byte kMacTag = 11 << 3 | 2;
constexpr Byte kHeaderTag = 1 << 3 | 2;

constexpr std::size_t sized(std::size_t content) noexcept {
  return 1 + pb::varint_size(content) + content;
}

}  // namespace

RewriteLayout layout(const MessageView& view, const HopHeader& hop) noexcept {
  RewriteLayout l;
  for (std::size_t i = 0; i < view.header.kept_count; ++i) l.header += view.header.kept[i].size;
  l.header += 1 + pb::varint_size(hop.incoming_conn);
  if (view.generation == Generation::d) {
    l.header += 1 + pb::varint_size(hop.ttl);
    if (hop.mac) l.header += sized(kMacSize);
  }
  const std::size_t behind_header = view.member.end() - view.tail.offset;
  l.member = view.before_header.size + sized(l.header) + behind_header;
  l.head = view.before_member.size + 1 + pb::varint_size(l.member) + view.before_header.size +
           sized(l.header);
  l.total = l.head + view.tail.size;
  return l;
}

Byte* write_head(const MessageView& view, ByteView message, const HopHeader& hop,
                 const RewriteLayout& layout, Byte* out) noexcept {
  const HeaderView& h = view.header;
  out = pb::write_bytes(view.before_member.in(message), out);
  *out++ = static_cast<Byte>(static_cast<unsigned>(view.kind) << 3 | 2);
  out = pb::write_varint(layout.member, out);
  out = pb::write_bytes(view.before_header.in(message), out);
  *out++ = kHeaderTag;
  out = pb::write_varint(layout.header, out);
  // Fields go out in ascending order where they came in so: the first kept part ends in front of
  // what is rewritten, the others hold `error`, D's end-to-end signature and what we do not know.
  const bool is_d = view.generation == Generation::d;
  std::size_t next = 0;
  if (h.kept_count > 0) out = pb::write_bytes(h.kept[next++].in(message), out);
  if (is_d) {
    *out++ = kTtlTag;
    out = pb::write_varint(hop.ttl, out);
  }
  *out++ = kIncomingConnTags[static_cast<std::size_t>(view.generation)];
  out = pb::write_varint(hop.incoming_conn, out);
  if (is_d && hop.mac) {
    *out++ = kMacTag;
    *out++ = kMacSize;
    out = pb::write_bytes({hop.mac, kMacSize}, out);
  }
  for (; next < h.kept_count; ++next) out = pb::write_bytes(h.kept[next].in(message), out);
  return out;
}

}  // namespace slim::wire
