#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/posix/stream_descriptor.hpp>

#include <slim/transport/listener.hpp>

#include "sockaddr.hpp"

namespace slim::transport {

namespace asio = boost::asio;

namespace {

/// Accepts in a row before other handlers get a turn: a storm of reconnects must not starve those
/// that are connected.
constexpr int kAcceptsPerTurn = 32;
/// How long to wait when descriptors or memory ran out.
constexpr auto kTroublePause = std::chrono::milliseconds(100);

std::string system_error(const std::string& what) { return what + ": " + std::strerror(errno); }

/// A socket file that a dead process left behind is in the way of bind(2). One that a living
/// process listens on stays, and so does what is no socket: bind(2) then fails.
void remove_stale_socket(const std::string& path, const SocketAddress& address) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0 || !S_ISSOCK(info.st_mode)) return;
  const UniqueFd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (::connect(probe.get(), address.get(), address.size) != 0 && errno == ECONNREFUSED) {
    ::unlink(path.c_str());
  }
}

/// A listening socket gets a higher number than any connection will have. When a process is killed,
/// the kernel closes the highest first; were the listener the last, a client that comes back at
/// once could still connect to it and be cut off, and published clients give up after that.
UniqueFd with_high_number(UniqueFd fd) {
  constexpr rlim_t kHighest = 131'072;  // the kernel's table grows to it: 8 bytes each
  constexpr rlim_t kListeners = 64;
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur <= 2 * kListeners) return fd;
  const auto from = static_cast<int>(std::min(files.rlim_cur, kHighest) - kListeners);
  UniqueFd high(::fcntl(fd.get(), F_DUPFD_CLOEXEC, from));
  return high.get() >= 0 ? std::move(high) : std::move(fd);
}

base::Result<UniqueFd, std::string> bind_and_listen(const Endpoint& endpoint,
                                                    const SocketAddress& address) {
  UniqueFd fd(::socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (fd.get() < 0) return base::fail(system_error("bind error: socket"));
  const int on = 1;
  if (endpoint.kind == EndpointKind::tcp) {
    ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  } else {
    remove_stale_socket(endpoint.host, address);
  }
  if (::bind(fd.get(), address.get(), address.size) != 0 || ::listen(fd.get(), SOMAXCONN) != 0) {
    return base::fail(system_error("bind error: " + endpoint.text));
  }
  return with_high_number(std::move(fd));
}

}  // namespace

UniqueFd::~UniqueFd() {
  if (fd_ >= 0) ::close(fd_);
}

struct Listener::Impl : std::enable_shared_from_this<Impl> {
  Impl(Loop& l, int fd, bool tcp, Hooks h)
      : loop(l), socket(l.context(), fd), is_tcp(tcp), hooks(std::move(h)) {}

  void wait() {
    if (waiting || !socket.is_open()) return;
    waiting = true;
    socket.async_wait(asio::posix::stream_descriptor::wait_read,
                      [self = shared_from_this()](const boost::system::error_code& error) {
                        self->loop.begin_turn();
                        self->waiting = false;
                        if (!error) self->accept_some();
                      });
  }

  void accept_some() {
    if (!socket.is_open()) return;
    for (int i = 0; i < kAcceptsPerTurn; ++i) {
      if (!hooks.may_accept()) return;  // poke() goes on
      const Outcome outcome = accept_one();
      if (outcome == Outcome::none) break;
      if (outcome == Outcome::trouble) {
        paused = true;
        loop.after(kTroublePause, [self = shared_from_this()] {
          self->paused = false;
          self->accept_some();
        });
        return;
      }
    }
    wait();
  }

  enum class Outcome : std::uint8_t { accepted, none, trouble };
  Outcome accept_one() {
    SocketAddress remote;
    remote.size = sizeof remote.storage;
    UniqueFd fd(::accept4(socket.native_handle(), remote.get(), &remote.size,
                          SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (fd.get() < 0) {
      if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
        hooks.on_trouble(system_error("accept"));
        return Outcome::trouble;
      }
      // A client that was gone before it was accepted is none of the others' business.
      return errno == EAGAIN || errno == EWOULDBLOCK ? Outcome::none : Outcome::accepted;
    }
    SocketAddress local;
    local.size = sizeof local.storage;
    ::getsockname(fd.get(), local.get(), &local.size);
    Accepted accepted{std::move(fd), {to_text(remote), to_text(local), false}, is_tcp};
    hooks.on_accept(std::move(accepted));
    return Outcome::accepted;
  }

  Loop& loop;
  asio::posix::stream_descriptor socket;
  bool is_tcp;
  Hooks hooks;
  bool waiting = false;
  bool paused = false;  ///< a timer goes on
};

base::Result<std::unique_ptr<Listener>, std::string> Listener::open(Loop& loop,
                                                                    const Endpoint& endpoint,
                                                                    Hooks hooks) {
  const auto address = resolve_local(endpoint);
  if (!address) return base::fail(address.error());
  auto fd = bind_and_listen(endpoint, *address);
  if (!fd) return base::fail(fd.error());
  SocketAddress bound;
  bound.size = sizeof bound.storage;
  ::getsockname(fd->get(), bound.get(), &bound.size);
  auto impl = std::make_shared<Impl>(loop, fd->release(), endpoint.kind == EndpointKind::tcp,
                                     std::move(hooks));
  return std::unique_ptr<Listener>(new Listener(std::move(impl), endpoint, port_of(bound)));
}

Listener::Listener(std::shared_ptr<Impl> impl, Endpoint endpoint, std::uint16_t port)
    : impl_(std::move(impl)), endpoint_(std::move(endpoint)), port_(port) {}

Listener::~Listener() {
  boost::system::error_code ignored;
  impl_->socket.close(ignored);
}

void Listener::start() { impl_->wait(); }

void Listener::poke() {
  if (!impl_->waiting && !impl_->paused) impl_->accept_some();
}

void Listener::close() {
  if (!impl_->socket.is_open()) return;
  // No more are queued by the kernel from here on; those that are were told that they are
  // connected.
  ::listen(impl_->socket.native_handle(), 0);
  while (impl_->accept_one() == Impl::Outcome::accepted) {
  }
  boost::system::error_code ignored;
  impl_->socket.close(ignored);
  if (endpoint_.kind == EndpointKind::unix_socket) ::unlink(endpoint_.host.c_str());
}

}  // namespace slim::transport
