/// Messages out of a gRPC byte stream: one flag byte, four bytes of length, the message.
#pragma once

#include <deque>

#include <slim/base/shared_bytes.hpp>
#include <slim/transport/stream.hpp>

namespace slim::transport {

/// Messages that lie whole in what is fed are offered where they lie; others are put together in a
/// block that grows with the bytes that came, never with the length that was announced.
/// Thread: owner worker.
class Deframer {
 public:
  explicit Deframer(std::uint32_t max_message) : max_message_(max_message) {}

  enum class Status : std::uint8_t { ok, too_large, compressed, stopped };

  /// Calls `offer(message, owner)` for each whole message, in order, until it does not return
  /// Result::taken. `consumed` counts bytes that the peer may send again: those behind a held
  /// message are kept here and not counted.
  enum class Offer : std::uint8_t { taken, held, stop };
  /// `block`, if there is one, holds `bytes` and goes along with what is offered where it lies.
  template <class OfferMessage>
  Status feed(base::ByteView bytes, const base::SharedBytes* block, std::size_t& consumed,
              OfferMessage&& offer);
  /// Goes on after a held message.
  template <class OfferMessage>
  Status resume(std::size_t& consumed, OfferMessage&& offer);

  [[nodiscard]] bool holding() const noexcept { return held_; }

 private:
  static constexpr std::size_t kHeader = 5;
  static constexpr std::size_t kFirstBlock = 64 * 1024;
  static constexpr std::size_t kPieceBlock = base::SharedBytes::kPooled;

  [[nodiscard]] static std::uint32_t length_of(const base::Byte* header) noexcept {
    return std::uint32_t{header[1]} << 24 | std::uint32_t{header[2]} << 16 |
           std::uint32_t{header[3]} << 8 | header[4];
  }
  [[nodiscard]] Status check(const base::Byte* header) const noexcept {
    if (header[0] != 0) return Status::compressed;
    return length_of(header) > max_message_ ? Status::too_large : Status::ok;
  }
  template <class OfferMessage>
  Status run(base::ByteView bytes, const base::SharedBytes* block, std::size_t& consumed,
             OfferMessage&& offer);
  /// Takes bytes of the message that is being put together; returns how many.
  std::size_t assemble(base::ByteView bytes);
  [[nodiscard]] bool assembled() const noexcept {
    return header_size_ == kHeader && have_ == length_of(header_);
  }
  /// Bytes that came behind a held message. Worth a block's while they stay where they were read.
  struct Piece {
    base::SharedBytes block;
    base::ByteView bytes;
  };
  void keep(base::ByteView bytes, const base::SharedBytes* block);

  std::uint32_t max_message_;
  base::Byte header_[kHeader] = {};
  std::size_t header_size_ = 0;  ///< bytes of header_; 0 when nothing is being put together
  base::SharedBytes block_;
  std::size_t have_ = 0;
  bool held_ = false;
  std::deque<Piece> pending_;  ///< behind a held message
};

template <class OfferMessage>
Deframer::Status Deframer::feed(base::ByteView bytes, const base::SharedBytes* block,
                                std::size_t& consumed, OfferMessage&& offer) {
  if (held_) {
    keep(bytes, block);
    return Status::ok;
  }
  return run(bytes, block, consumed, offer);
}

template <class OfferMessage>
Deframer::Status Deframer::resume(std::size_t& consumed, OfferMessage&& offer) {
  held_ = false;
  // What is held again is put back in front of the others.
  std::deque<Piece> pieces;
  pieces.swap(pending_);
  if (pieces.empty()) return run({}, nullptr, consumed, offer);  // a message that was put together
  while (!pieces.empty()) {
    const Piece piece = std::move(pieces.front());
    pieces.pop_front();
    const Status status = run(piece.bytes, &piece.block, consumed, offer);
    if (status != Status::ok) return status;
    if (!held_) continue;
    for (Piece& rest : pieces) pending_.push_back(std::move(rest));
    break;
  }
  return Status::ok;
}

template <class OfferMessage>
Deframer::Status Deframer::run(base::ByteView bytes, const base::SharedBytes* block,
                               std::size_t& consumed, OfferMessage&& offer) {
  const base::SharedBytes nobody;
  while (true) {
    base::ByteView message;
    const base::SharedBytes* owner = block ? block : &nobody;
    std::size_t taken = 0;
    if (header_size_ == 0 && bytes.size() >= kHeader) {
      if (const Status s = check(bytes.data()); s != Status::ok) return s;
      const std::size_t size = length_of(bytes.data());
      if (bytes.size() - kHeader >= size) {
        message = bytes.subspan(kHeader, size);
        taken = kHeader + size;
      }
    }
    const bool in_place = taken > 0;
    if (!in_place) {
      if (!assembled()) {
        const bool had_header = header_size_ == kHeader;
        const std::size_t used = assemble(bytes);
        bytes = bytes.subspan(used);
        consumed += used;
        if (!had_header && header_size_ == kHeader) {
          if (const Status s = check(header_); s != Status::ok) return s;
          if (!assembled()) continue;
        }
      }
      if (!assembled()) return Status::ok;
      message = block_.view().first(have_);
      owner = &block_;
    }
    switch (offer(message, *owner)) {
      case Offer::taken:
        break;
      case Offer::held:
        held_ = true;
        keep(bytes, block);
        return Status::ok;
      case Offer::stop:
        return Status::stopped;
    }
    if (in_place) {
      bytes = bytes.subspan(taken);
      consumed += taken;
    } else {
      header_size_ = 0;
      have_ = 0;
      block_ = {};
    }
  }
}

}  // namespace slim::transport
