/// Connecting to another node.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include <boost/asio/generic/stream_protocol.hpp>

#include <slim/transport/close_reason.hpp>
#include <slim/transport/endpoint.hpp>
#include <slim/transport/loop.hpp>
#include <slim/transport/stream.hpp>

namespace slim::transport {

/// One attempt: resolves the name, tries its addresses one after the other.
/// Thread: its loop's. Destroying it gives up silently.
class Dialer {
 public:
  using Socket = boost::asio::generic::stream_protocol::socket;
  struct Outcome {
    CloseReason failure = CloseReason::none;
    std::string detail;  ///< for people, when it failed
    PeerAddress peer;
    bool is_tcp = true;
  };
  using Done = std::function<void(Outcome, Socket)>;

  /// A `timeout` of 0 leaves it to the kernel.
  Dialer(Loop& loop, const Endpoint& endpoint, base::Duration timeout, Done done);
  ~Dialer();
  Dialer(const Dialer&) = delete;
  Dialer& operator=(const Dialer&) = delete;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace slim::transport
