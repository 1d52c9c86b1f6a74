/// Protobuf's wire format, as much as forwarding needs: fields in order, and writing them.
#pragma once

#include <cstring>
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
  [[nodiscard]] bool next(Field& field) noexcept;
  [[nodiscard]] bool ok() const noexcept { return ok_; }

 private:
  bool read_varint(std::uint64_t& value) noexcept;
  bool read_value(Field& field, unsigned depth) noexcept;
  bool skip_group(std::uint32_t number, unsigned depth) noexcept;
  bool malformed() noexcept { return ok_ = false; }

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
