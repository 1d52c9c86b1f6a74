/// A client of a NATS server, for the comparison: CONNECT, PING, SUB, PUB and MSG of its text
/// protocol, no more.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "peer.hpp"

namespace slim::bench {

class NatsPeer final : public Peer {
 public:
  /// Waits until the server has answered. Throws std::runtime_error, here and below.
  explicit NatsPeer(const Target& target);

  int fd() const noexcept override { return socket_.fd(); }
  void subscribe(const Sink& sink) override;
  void prepare(const Sink& sink, const PublishShape& shape, std::size_t window) override;
  void probe(const Sink& sink) override;
  std::size_t stamp(std::size_t allowed, std::uint64_t number) override;
  bool stamp_one(const Stamp& stamp) override;
  bool receive(Inbox* inbox) override;
  Output& output() noexcept override { return output_; }
  bool acknowledges() const noexcept override { return true; }

 private:
  void ping_and_wait();
  /// What was taken; what is left is not complete.
  std::size_t take(std::string_view bytes, Inbox* inbox);
  void on_line(std::string_view line);
  /// Whether the line says that a payload follows, which sets payload_.
  bool is_message(std::string_view line);

  Socket socket_;
  Output output_{socket_};
  std::vector<char> in_;
  std::size_t in_size_ = 0;
  // MSG lines of one subscription are nearly all the same: the last one, and the size it tells.
  std::string last_line_;
  std::size_t payload_ = 0;
  std::uint64_t pongs_ = 0;
};

}  // namespace slim::bench
