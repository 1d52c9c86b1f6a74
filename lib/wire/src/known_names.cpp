#include <cstring>

#include <slim/wire/known_names.hpp>
#include <slim/wire/mac.hpp>
#include <slim/wire/pb.hpp>

namespace slim::wire {
namespace {

/// Lets offsets count from elsewhere; strings that are not there have none.
void move_strings(NameView& name, std::uint32_t by) noexcept {
  for (Span& part : name.strings) {
    if (part.size > 0) part.offset += by;
  }
}

}  // namespace

std::size_t KnownNames::match(ByteView header, std::uint32_t offset,
                              HeaderView& out) const noexcept {
  if (bytes_.empty() || header.size() < bytes_.size() ||
      std::memcmp(header.data(), bytes_.data(), bytes_.size()) != 0) {
    return 0;
  }
  out.source = source_;
  out.destination = destination_;
  move_strings(out.source, offset);
  move_strings(out.destination, offset);
  return bytes_.size();
}

void KnownNames::offer(const MessageView& view, ByteView message) {
  const HeaderView& h = view.header;
  const Seen now{h.source.id, h.destination.hashes, h.destination.id};
  if (now == seen_) {
    keep(view, message);
  } else {
    seen_ = now;
  }
}

void KnownNames::keep(const MessageView& view, ByteView message) {
  bytes_.clear();
  const std::uint32_t begin = view.before_header.end();
  pb::Reader outer(message.subspan(begin, view.tail.offset - begin));
  pb::Field header;
  if (!outer.next(header)) return;
  pb::Reader inner(header.bytes);
  pb::Field source;
  pb::Field destination;
  if (!inner.next(source) || source.number != 1 || !inner.next(destination) ||
      destination.number != 2) {
    return;
  }
  const auto size = static_cast<std::size_t>(destination.end - source.begin);
  if (size > kLargest) return;
  bytes_.assign(source.begin, destination.end);
  const auto offset = static_cast<std::uint32_t>(source.begin - message.data());
  source_ = view.header.source;
  destination_ = view.header.destination;
  move_strings(source_, 0 - offset);
  move_strings(destination_, 0 - offset);
  mac_names(view, message, mac_part_);
}

}  // namespace slim::wire
