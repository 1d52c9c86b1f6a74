#include <slim/wire/pb.hpp>

namespace slim::wire::pb {
namespace {

constexpr unsigned kMaxGroupDepth = 16;
constexpr unsigned kEndGroup = 4;

}  // namespace

bool Reader::read_near_end(std::uint64_t& value) noexcept {
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

/// Eight bytes at once; hashes, of which a header has six, take nine or ten.
bool Reader::read_long(std::uint64_t& value) noexcept {
  if constexpr (std::endian::native != std::endian::little) return read_near_end(value);
  std::uint64_t x = 0;
  std::memcpy(&x, at_, sizeof x);
  const std::uint64_t last = ~x & 0x8080808080808080;
  if (last != 0) x &= last ^ (last - 1);
  // Seven bits of each byte move together: pairs of bytes, of twos, of fours.
  x &= 0x7f7f7f7f7f7f7f7f;
  x = (x & 0x7f007f007f007f00) >> 1 | (x & 0x007f007f007f007f);
  x = (x & 0x3fff00003fff0000) >> 2 | (x & 0x00003fff00003fff);
  x = (x & 0x0fffffff00000000) >> 4 | (x & 0x000000000fffffff);
  if (last != 0) {
    at_ += std::countr_zero(last) / 8 + 1;
    value = x;
    return true;
  }
  const Byte ninth = at_[8];
  value = x | static_cast<std::uint64_t>(ninth & 0x7f) << 56;
  at_ += 9;
  if (ninth < 0x80) return true;
  const Byte tenth = *at_++;
  if (tenth > 1) return malformed();  // it has room for one bit
  value |= std::uint64_t{tenth} << 63;
  return true;
}

bool Reader::read_other(Field& field, unsigned depth) noexcept {
  if (field.type == Type::fixed64 || field.type == Type::fixed32) {
    const std::ptrdiff_t size = field.type == Type::fixed64 ? 8 : 4;
    if (size > end_ - at_) return malformed();
    at_ += size;
    return true;
  }
  return field.type == Type::group ? skip_group(field.number, depth) : malformed();
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
