/// Source and destination of a link's last publishes, for those whose headers begin with the same
/// two again: an application that sends another token each time still writes to the same names.
#pragma once

#include <vector>

#include <slim/wire/message.hpp>

namespace slim::wire {

/// Thread: one. Memory: the two names, twice.
class KnownNames {
 public:
  /// If a header's content, which stands at `offset` in its message, begins with the two names,
  /// states them in `out` and returns how many bytes they take, else 0.
  [[nodiscard]] std::size_t match(ByteView header, std::uint32_t offset,
                                  HeaderView& out) const noexcept;
  /// A publish that decode() read without knowing its names. They are kept when they come twice in
  /// a row.
  void offer(const MessageView& view, ByteView message);

  /// What mac_body() makes of them.
  [[nodiscard]] ByteView mac_part() const noexcept { return mac_part_; }

 private:
  /// The longest that is worth keeping, in bytes.
  static constexpr std::size_t kLargest = 1024;
  struct Seen {
    name::InstanceId source;
    name::Hashes hashes{};
    name::InstanceId destination;
    friend bool operator==(const Seen&, const Seen&) = default;
  };
  void keep(const MessageView& view, ByteView message);

  Seen seen_;
  std::vector<Byte> bytes_;
  /// Offsets count from the beginning of `bytes_`.
  NameView source_;
  NameView destination_;
  std::vector<Byte> mac_part_;
};

}  // namespace slim::wire
