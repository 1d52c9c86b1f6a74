/// The last header of a link, for the publishes that come with the same one again.
///
/// Clients with lasting tokens send the same header for hours, tag included; reading it once is
/// then enough. What follows it is read each time.
#pragma once

#include <optional>
#include <vector>

#include <slim/wire/message.hpp>

namespace slim::wire {

/// Thread: one. Memory: the header's bytes, at most kLargest of them.
class KnownHeader {
 public:
  /// Longer headers are not kept, in bytes.
  static constexpr std::size_t kLargest = 2048;

  /// Reads a message that begins with the known header: view() then describes it as decode() would,
  /// and the result is what decode() would return. nullopt when it does not begin so.
  /// Cost: one comparison, and what is behind the header.
  [[nodiscard]] std::optional<DecodeError> read(ByteView message) noexcept;
  /// Until the next call of read() or offer().
  [[nodiscard]] const MessageView& view() const noexcept { return view_; }

  /// A publish that decode() read, whose header is to be known if it seems to repeat: two in a row
  /// are kept, so that headers which are new each time cost next to nothing. True when it was kept.
  bool offer(const MessageView& view, ByteView message);
  void forget() noexcept { bytes_.clear(); }

 private:
  /// Enough of a header to guess whether the next one is the same.
  struct Sample {
    std::size_t size = 0;
    std::uint64_t middle = 0;
    std::uint64_t last = 0;  ///< in generation D part of the tag
    friend bool operator==(const Sample&, const Sample&) = default;
  };
  [[nodiscard]] static Sample sample(ByteView header) noexcept;

  Sample seen_;
  /// The header field, tag and length included; empty when none is known.
  std::vector<Byte> bytes_;
  MessageView view_;
};

}  // namespace slim::wire
