#include "channel.hpp"

#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace slim::transport {
namespace {

/// Reads that fill less than this are not bulk transfer: their sender may be waiting for our
/// acknowledgement before it sends the rest of a message.
constexpr std::size_t kBulkRead = 64 * 1024;
/// Segments written at once.
constexpr std::size_t kGather = 128;

bool is_loopback(int fd) {
  sockaddr_storage peer{};
  socklen_t size = sizeof peer;
  if (::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) != 0) return false;
  if (peer.ss_family == AF_INET6) {
    const auto& address = reinterpret_cast<const sockaddr_in6&>(peer).sin6_addr;
    return IN6_IS_ADDR_LOOPBACK(&address);
  }
  const auto& address = reinterpret_cast<const sockaddr_in&>(peer).sin_addr;
  return peer.ss_family == AF_INET && ntohl(address.s_addr) >> 24 == IN_LOOPBACKNET;
}

class PlainChannel final : public Channel {
 public:
  using Channel::Channel;
  Io handshake() override { return Io::ok; }
  Io read(base::MutableBytes buffer, std::size_t& size) override { return receive(buffer, size); }
  Io write(ByteQueue& from) override { return send(from); }
  void end_output() override {
    boost::system::error_code ignored;
    socket().shutdown(Socket::shutdown_send, ignored);
  }
};

}  // namespace

void prepare_socket(Socket& socket, bool is_tcp) {
  boost::system::error_code ignored;
  socket.non_blocking(true, ignored);
  if (!is_tcp) return;
  const int on = 1;
  ::setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  // A machine does not congest itself: algorithms that pace, as BBR does, only cost timers there.
  if (is_loopback(socket.native_handle())) {
    ::setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_CONGESTION, "reno", 4);
  }
}

Io Channel::receive(base::MutableBytes buffer, std::size_t& size) {
  size = 0;
  const ssize_t n = ::recv(socket_.native_handle(), buffer.data(), buffer.size(), 0);
  if (n == 0) return Io::closed;
  if (n < 0) {
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? Io::blocked : Io::failed;
  }
  size = static_cast<std::size_t>(n);
  if (is_tcp_ && size < kBulkRead) {
    // The kernel forgets this after a while, so it is armed with every read.
    const int on = 1;
    ::setsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
  }
  return Io::ok;
}

Io Channel::send(ByteQueue& from) {
  while (!from.empty()) {
    std::array<iovec, kGather> parts;
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = from.gather(parts.data(), parts.size());
    const ssize_t n = ::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL);
    if (n < 0) {
      return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? Io::blocked : Io::failed;
    }
    from.pop(static_cast<std::size_t>(n));
  }
  return Io::ok;
}

void Channel::wait_readable(std::function<void()> ready) {
  socket_.async_wait(Socket::wait_read,
                     [ready = std::move(ready)](const boost::system::error_code& error) {
                       if (!error) ready();
                     });
}

void Channel::wait_writable(std::function<void()> ready) {
  socket_.async_wait(Socket::wait_write,
                     [ready = std::move(ready)](const boost::system::error_code& error) {
                       if (!error) ready();
                     });
}

void Channel::close() noexcept {
  boost::system::error_code ignored;
  socket_.close(ignored);
}

std::unique_ptr<Channel> make_plain_channel(Socket socket, bool is_tcp) {
  return std::make_unique<PlainChannel>(std::move(socket), is_tcp);
}

}  // namespace slim::transport
