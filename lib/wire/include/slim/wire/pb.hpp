/// Protobuf's wire format, as much as forwarding needs: fields in order, and writing them.
#pragma once

#include <bit>
#include <cstring>
#include <limits>
#include <string>
#include <string_view>

#include <slim/base/bytes.hpp>

namespace slim::wire::pb {

using base::Byte;
using base::ByteView;

enum class Type : std::uint8_t { varint = 0, fixed64 = 1, bytes = 2, group = 3, fixed32 = 5 };

/// One field as it stands in the message.
struct Field {
  std::uint32_t number = 0;
  Type type = Type::varint;
  /// The value of a varint.
  std::uint64_t value = 0;
  /// The content of a length-delimited field.
  ByteView bytes;
  /// Where the field's tag begins and its value ends.
  const Byte* begin = nullptr;
  const Byte* end = nullptr;
};

/// Walks over the fields of one message. Groups, which no message of ours has, are stepped over as
/// one field, nested at most 16 deep. Lifetime: that of the bytes.
class Reader {
 public:
  explicit Reader(ByteView message) noexcept
      : at_(message.data()), end_(message.data() + message.size()) {}

  /// False at the end and on malformed bytes; ok() tells which.
  [[nodiscard]] bool next(Field& field) noexcept {
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
  [[nodiscard]] bool ok() const noexcept { return ok_; }

 private:
  // Tags and lengths of one byte, and values of up to ten where that many bytes are left, are read
  // inline: they are nearly all, and every byte of a header goes through here.
  bool read_varint(std::uint64_t& value) noexcept {
    if (at_ < end_ && *at_ < 0x80) {
      value = *at_++;
      return true;
    }
    return end_ - at_ >= kLongest ? read_long(value) : read_near_end(value);
  }
  bool read_long(std::uint64_t& value) noexcept;
  bool read_near_end(std::uint64_t& value) noexcept;
  bool read_other(Field& field, unsigned depth) noexcept;
  bool read_value(Field& field, unsigned depth) noexcept {
    if (field.type == Type::varint) return read_varint(field.value);
    if (field.type != Type::bytes) return read_other(field, depth);
    std::uint64_t size = 0;
    if (!read_varint(size)) return false;
    if (size > static_cast<std::size_t>(end_ - at_)) return malformed();
    field.bytes = {at_, static_cast<std::size_t>(size)};
    at_ += size;
    return true;
  }
  bool skip_group(std::uint32_t number, unsigned depth) noexcept;
  bool malformed() noexcept { return ok_ = false; }

  static constexpr std::ptrdiff_t kLongest = 10;  // bytes of a varint
  const Byte* at_;
  const Byte* end_;
  bool ok_ = true;
};

[[nodiscard]] constexpr std::size_t varint_size(std::uint64_t value) noexcept {
  std::size_t n = 1;
  while (value > 127) {
    value >>= 7;
    ++n;
  }
  return n;
}

/// Precondition: room for varint_size(value) bytes. Returns the end of what was written.
inline Byte* write_varint(std::uint64_t value, Byte* out) noexcept {
  while (value > 127) {
    *out++ = static_cast<Byte>(value | 0x80);
    value >>= 7;
  }
  *out++ = static_cast<Byte>(value);
  return out;
}

inline Byte* write_bytes(ByteView bytes, Byte* out) noexcept {
  if (!bytes.empty()) std::memcpy(out, bytes.data(), bytes.size());
  return out + bytes.size();
}

/// Builds a message field by field; for the rare messages that a node originates.
class Writer {
 public:
  /// Writes zero too: proto3 leaves defaults out, so callers that want that ask first.
  void varint(std::uint32_t number, std::uint64_t value);
  void bytes(std::uint32_t number, ByteView value);
  void text(std::uint32_t number, std::string_view value) { bytes(number, base::as_bytes(value)); }
  void message(std::uint32_t number, const Writer& value) { bytes(number, value.view()); }
  void varint_unless_zero(std::uint32_t number, std::uint64_t value) {
    if (value != 0) varint(number, value);
  }
  void text_unless_empty(std::uint32_t number, std::string_view value) {
    if (!value.empty()) text(number, value);
  }

  [[nodiscard]] ByteView view() const noexcept { return base::as_bytes(out_); }
  [[nodiscard]] std::string take() && { return std::move(out_); }

 private:
  void raw_varint(std::uint64_t value);
  std::string out_;
};

}  // namespace slim::wire::pb
