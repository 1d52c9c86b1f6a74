/// One connection of the load, whatever it speaks.
#pragma once

#include <memory>

#include "inbox.hpp"
#include "options.hpp"
#include "output.hpp"

namespace slim::bench {

/// A sink that is subscribed and published to.
struct Sink {
  std::size_t index = 0;
  enum class Delivery : std::uint8_t { one, all, any_one } delivery = Delivery::one;
};

/// Thread: one. Functions are called for many publishes at a time, never for one.
class Peer {
 public:
  Peer() = default;
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;
  virtual ~Peer() = default;

  [[nodiscard]] virtual int fd() const noexcept = 0;
  /// Waits until the node has it, where its protocol tells. Throws std::runtime_error.
  virtual void subscribe(const Sink& sink) = 0;
  /// Makes the publishes that stamp() sends; `window` of them may be under way.
  virtual void prepare(const Sink& sink, const PublishShape& shape, std::size_t window) = 0;
  /// Sends one publish that only probes: see kProbe.
  virtual void probe(const Sink& sink) = 0;

  /// As PublishRing::stamp() and stamp_one(), with the connection's credit.
  virtual std::size_t stamp(std::size_t allowed, std::uint64_t number) = 0;
  virtual bool stamp_one(const Stamp& stamp) = 0;
  /// False when the node ended the connection. Null: nothing is to arrive, what does is dropped.
  [[nodiscard]] virtual bool receive(Inbox* inbox) = 0;
  [[nodiscard]] virtual Output& output() noexcept = 0;
  [[nodiscard]] virtual bool acknowledges() const noexcept = 0;
};

[[nodiscard]] std::unique_ptr<Peer> make_peer(const Options& options);

}  // namespace slim::bench
