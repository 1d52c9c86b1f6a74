#include <cstring>

#include <slim/wire/known_header.hpp>

#include "decode_rest.hpp"

namespace slim::wire {
namespace {

constexpr Byte kPublishTag = static_cast<Byte>(static_cast<unsigned>(Kind::publish) << 3 | 2);

/// The varint that fills `bytes` exactly; nullopt if there is none of up to 32 bits.
std::optional<std::uint32_t> varint_in(ByteView bytes) noexcept {
  if (bytes.size() > 4) return std::nullopt;
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const bool more = bytes[i] >= 0x80;
    if (more == (i + 1 == bytes.size())) return std::nullopt;
    value |= static_cast<std::uint32_t>(bytes[i] & 0x7f) << (7 * i);
  }
  return value;
}

}  // namespace

std::optional<DecodeError> KnownHeader::read(ByteView message) noexcept {
  if (bytes_.empty()) return std::nullopt;
  const std::uint32_t begin = view_.member.offset;
  const std::size_t end = begin + bytes_.size();
  if (message.size() < end || message[0] != kPublishTag ||
      std::memcmp(message.data() + begin, bytes_.data(), bytes_.size()) != 0) {
    return std::nullopt;
  }
  // Only the payload's size may differ; a length of more or fewer bytes moves the header.
  const auto member_size = varint_in(message.subspan(1, begin - 1));
  if (!member_size || *member_size < bytes_.size() || *member_size > message.size() - begin) {
    return std::nullopt;
  }
  view_.member.size = *member_size;
  view_.tail.size = static_cast<std::uint32_t>(message.size() - end);
  view_.has_session = false;
  return decode_rest(message, view_);
}

KnownHeader::Sample KnownHeader::sample(ByteView header) noexcept {
  Sample out{header.size(), 0, 0};
  constexpr std::size_t kWord = sizeof(std::uint64_t);
  if (header.size() < kWord) return out;
  std::memcpy(&out.middle, header.data() + (header.size() - kWord) / 2, kWord);
  std::memcpy(&out.last, header.data() + header.size() - kWord, kWord);
  return out;
}

bool KnownHeader::offer(const MessageView& view, ByteView message) {
  // As all encoders write it: the publish first, and in it the header.
  if (view.before_member.size != 0 || view.before_header.size != 0) return false;
  const std::uint32_t begin = view.member.offset;
  const ByteView header = message.subspan(begin, view.tail.offset - begin);
  const Sample now = sample(header);
  if (now != seen_ || header.size() > kLargest) {
    seen_ = now;
    return false;
  }
  bytes_.assign(header.begin(), header.end());
  view_ = view;
  return true;
}

}  // namespace slim::wire
