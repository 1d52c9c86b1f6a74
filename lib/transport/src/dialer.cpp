#include <vector>

#include <boost/asio/ip/tcp.hpp>

#include <slim/transport/dialer.hpp>

#include "sockaddr.hpp"

namespace slim::transport {

namespace asio = boost::asio;
using asio::ip::tcp;

struct Dialer::Impl : std::enable_shared_from_this<Impl> {
  Impl(Loop& l, const Endpoint& e, Done d)
      : loop(l), endpoint(e), done(std::move(d)), resolver(l.context()), socket(l.context()) {}

  void start(base::Duration timeout) {
    if (timeout.count() > 0) {
      timer = loop.after(timeout, [weak = weak_from_this()] {
        const auto self = weak.lock();
        if (self) self->finish(CloseReason::connect_timeout, "no connection in time");
      });
    }
    if (endpoint.kind == EndpointKind::unix_socket) {
      const SocketAddress address = unix_address(endpoint.host);
      addresses.emplace_back(address.get(), address.size);
      try_next("no such path");
      return;
    }
    resolver.async_resolve(
        endpoint.host, std::to_string(endpoint.port), tcp::resolver::numeric_service,
        [self = shared_from_this()](const boost::system::error_code& error,
                                    const tcp::resolver::results_type& found) {
          self->loop.begin_turn();
          if (!self->done) return;
          if (error) {
            self->finish(CloseReason::connect_failed, error.message());
            return;
          }
          for (const auto& entry : found) {
            self->addresses.emplace_back(entry.endpoint().data(), entry.endpoint().size());
          }
          self->try_next("the name has no address");
        });
  }

  void try_next(const std::string& last_error) {
    if (next == addresses.size()) {
      finish(CloseReason::connect_failed, last_error);
      return;
    }
    const auto& address = addresses[next++];
    boost::system::error_code ignored;
    socket.close(ignored);
    socket.async_connect(address, [self = shared_from_this()](const boost::system::error_code& e) {
      self->loop.begin_turn();
      if (!self->done) return;
      if (e) {
        self->try_next(e.message());
      } else {
        self->finish(CloseReason::none, {});
      }
    });
  }

  void finish(CloseReason failure, const std::string& detail) {
    if (!done) return;
    loop.cancel(timer);
    const Done report = std::exchange(done, nullptr);
    Outcome outcome{failure, detail, {}, endpoint.kind == EndpointKind::tcp};
    if (failure == CloseReason::none) {
      SocketAddress address;
      address.size = sizeof address.storage;
      if (::getpeername(socket.native_handle(), address.get(), &address.size) == 0) {
        outcome.peer.remote = to_text(address);
      }
      address.size = sizeof address.storage;
      if (::getsockname(socket.native_handle(), address.get(), &address.size) == 0) {
        outcome.peer.local = to_text(address);
      }
    }
    report(std::move(outcome), std::move(socket));
  }

  void cancel() {
    done = nullptr;
    loop.cancel(timer);
    resolver.cancel();
    boost::system::error_code ignored;
    socket.close(ignored);
  }

  Loop& loop;
  Endpoint endpoint;
  Done done;
  tcp::resolver resolver;
  Socket socket;
  std::vector<asio::generic::stream_protocol::endpoint> addresses;
  std::size_t next = 0;
  base::TimerId timer{};
};

Dialer::Dialer(Loop& loop, const Endpoint& endpoint, base::Duration timeout, Done done)
    : impl_(std::make_shared<Impl>(loop, endpoint, std::move(done))) {
  impl_->start(timeout);
}

Dialer::~Dialer() { impl_->cancel(); }

}  // namespace slim::transport
