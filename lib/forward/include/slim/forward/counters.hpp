/// What one worker counts of forwarding; a reader sums over workers.
#pragma once

#include <array>

#include <slim/base/counter.hpp>
#include <slim/forward/drop_reason.hpp>
#include <slim/forward/link_ref.hpp>
#include <slim/wire/message.hpp>

namespace slim::forward {

/// Thread: counted by the owner worker, read by any.
struct Counters {
  /// Kinds by their number in the message's oneof; 0 is none of them.
  static constexpr std::size_t kKinds = 7;

  /// Messages taken from streams, before any check; by kind and the link's type.
  std::array<std::array<base::Counter, kLinkTypes>, kKinds> received;
  /// Messages handed to outgoing queues; each copy of a multicast counts.
  std::array<std::array<base::Counter, kLinkTypes>, kKinds> sent;
  std::array<std::array<base::Counter, kLinkTypes>, kKinds> received_bytes;
  std::array<std::array<base::Counter, kLinkTypes>, kKinds> sent_bytes;
  /// Messages that went no further, by reason and the type of the link they came from.
  std::array<std::array<base::Counter, kLinkTypes>, kDropReasons> dropped;
  /// How often a publisher was made to wait for a full queue.
  base::Counter stalls;

  void count_received(wire::Kind kind, LinkType type, std::size_t bytes) noexcept {
    at(received, kind, type).add();
    at(received_bytes, kind, type).add(bytes);
  }
  void count_sent(wire::Kind kind, LinkType type, std::size_t bytes) noexcept {
    at(sent, kind, type).add();
    at(sent_bytes, kind, type).add(bytes);
  }
  void count_dropped(DropReason reason, LinkType from) noexcept {
    dropped[static_cast<std::size_t>(reason)][static_cast<std::size_t>(from)].add();
  }

 private:
  template <class Table>
  static base::Counter& at(Table& table, wire::Kind kind, LinkType type) noexcept {
    return table[static_cast<std::size_t>(kind)][static_cast<std::size_t>(type)];
  }
};

}  // namespace slim::forward
