#include <limits>

#include <slim/wire/pb.hpp>

namespace slim::wire::pb {
namespace {

constexpr unsigned kMaxGroupDepth = 16;
constexpr unsigned kEndGroup = 4;

}  // namespace

bool Reader::read_varint(std::uint64_t& value) noexcept {
  if (at_ < end_ && *at_ < 0x80) {
    value = *at_++;
    return true;
  }
  value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    if (at_ == end_) return malformed();
    const Byte b = *at_++;
    // The tenth byte has room for one bit.
    if (shift == 63 && b > 1) return malformed();
    value |= static_cast<std::uint64_t>(b & 0x7f) << shift;
    if (b < 0x80) return true;
  }
  return malformed();
}

bool Reader::next(Field& field) noexcept {
  if (at_ == end_ || !ok_) return false;
  field.begin = at_;
  std::uint64_t tag = 0;
  if (!read_varint(tag)) return false;
  if (tag > std::numeric_limits<std::uint32_t>::max() || tag >> 3 == 0) return malformed();
  field.number = static_cast<std::uint32_t>(tag >> 3);
  field.type = static_cast<Type>(tag & 7);
  if (!read_value(field, 0)) return false;
  field.end = at_;
  return true;
}

bool Reader::read_value(Field& field, unsigned depth) noexcept {
  const auto left = [this] { return static_cast<std::size_t>(end_ - at_); };
  switch (field.type) {
    case Type::varint:
      return read_varint(field.value);
    case Type::bytes: {
      std::uint64_t size = 0;
      if (!read_varint(size)) return false;
      if (size > left()) return malformed();
      field.bytes = {at_, static_cast<std::size_t>(size)};
      at_ += size;
      return true;
    }
    case Type::fixed64:
    case Type::fixed32: {
      const std::size_t size = field.type == Type::fixed64 ? 8 : 4;
      if (size > left()) return malformed();
      at_ += size;
      return true;
    }
    case Type::group:
      return skip_group(field.number, depth);
  }
  return malformed();
}

bool Reader::skip_group(std::uint32_t number, unsigned depth) noexcept {
  if (depth >= kMaxGroupDepth) return malformed();
  while (true) {
    std::uint64_t tag = 0;
    if (!read_varint(tag)) return false;
    if (tag > std::numeric_limits<std::uint32_t>::max() || tag >> 3 == 0) return malformed();
    if ((tag & 7) == kEndGroup) return tag >> 3 == number ? true : malformed();
    Field inner;
    inner.number = static_cast<std::uint32_t>(tag >> 3);
    inner.type = static_cast<Type>(tag & 7);
    if (!read_value(inner, depth + 1)) return false;
  }
}

void Writer::raw_varint(std::uint64_t value) {
  Byte buffer[10];
  const Byte* end = write_varint(value, buffer);
  out_.append(base::as_text({buffer, end}));
}

void Writer::varint(std::uint32_t number, std::uint64_t value) {
  raw_varint(std::uint64_t{number} << 3);
  raw_varint(value);
}

void Writer::bytes(std::uint32_t number, ByteView value) {
  raw_varint(std::uint64_t{number} << 3 | 2);
  raw_varint(value.size());
  out_.append(base::as_text(value));
}

}  // namespace slim::wire::pb
