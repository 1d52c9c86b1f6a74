#include "socket.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

#include <climits>

namespace slim::bench {
namespace {

constexpr int kPatienceMs = 10'000;

SSL_CTX* tls_context() {
  static SSL_CTX* const context = [] {
    SSL_CTX* made = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_verify(made, SSL_VERIFY_NONE, nullptr);
    SSL_CTX_set_mode(made, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                               SSL_MODE_RELEASE_BUFFERS);
    static constexpr unsigned char kAlpn[] = {2, 'h', '2'};
    SSL_CTX_set_alpn_protos(made, kAlpn, sizeof kAlpn);
    return made;
  }();
  return context;
}

bool wait_for(int fd, short events, int milliseconds) {
  pollfd wanted{fd, events, 0};
  return ::poll(&wanted, 1, milliseconds) > 0;
}

}  // namespace

char* ReadBuffer::data() {
  static const auto kBuffer = std::make_unique<char[]>(kSize);
  return kBuffer.get();
}

Socket::Socket(const Target& target) : quick_ack_(target.quick_ack) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(target.port);
  fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd_ < 0) throw std::runtime_error("no socket: too many open files?");
  if (::inet_pton(AF_INET, target.host.c_str(), &address.sin_addr) != 1 ||
      ::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    ::close(fd_);
    throw std::runtime_error("cannot connect to " + target.host + ":" +
                             std::to_string(target.port));
  }
  const int on = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::fcntl(fd_, F_SETFL, O_NONBLOCK);
  if (target.tls) handshake();
}

Socket::~Socket() {
  ssl_.reset();
  ::close(fd_);
}

void Socket::handshake() {
  ssl_.reset(SSL_new(tls_context()));
  SSL_set_fd(ssl_.get(), fd_);
  while (true) {
    const int result = SSL_connect(ssl_.get());
    if (result == 1) return;
    const int error = SSL_get_error(ssl_.get(), result);
    const bool reads = error == SSL_ERROR_WANT_READ;
    if ((!reads && error != SSL_ERROR_WANT_WRITE) ||
        !wait_for(fd_, reads ? POLLIN : POLLOUT, kPatienceMs)) {
      ::close(fd_);
      throw std::runtime_error("TLS handshake failed");
    }
  }
}

ssize_t Socket::outcome(int result) {
  if (result > 0) return result;
  const int error = SSL_get_error(ssl_.get(), result);
  return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? kNone : kEnd;
}

/// The kernel forgets the option with what it acknowledges.
void Socket::acknowledge_now() const {
  const int on = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
}

ssize_t Socket::read(char* out, std::size_t size) {
  if (quick_ack_) acknowledge_now();
  if (ssl_)
    return outcome(
        SSL_read(ssl_.get(), out, static_cast<int>(std::min<std::size_t>(size, INT_MAX))));
  const ssize_t n = ::recv(fd_, out, size, 0);
  if (n >= 0) return n;
  return errno == EAGAIN || errno == EINTR ? kNone : kEnd;
}

ssize_t Socket::write(const char* bytes, std::size_t size) {
  if (ssl_)
    return outcome(
        SSL_write(ssl_.get(), bytes, static_cast<int>(std::min<std::size_t>(size, INT_MAX))));
  const ssize_t n = ::send(fd_, bytes, size, MSG_NOSIGNAL);
  if (n >= 0) return n;
  return errno == EAGAIN || errno == EINTR ? kNone : kEnd;
}

bool Socket::wait_readable(int milliseconds) const {
  if (ssl_ && SSL_pending(ssl_.get()) > 0) return true;
  return wait_for(fd_, POLLIN, milliseconds);
}

}  // namespace slim::bench
