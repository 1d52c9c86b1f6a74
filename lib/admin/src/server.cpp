#include <algorithm>
#include <list>
#include <optional>
#include <pthread.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>
#include <utility>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include <slim/admin/server.hpp>
#include <slim/base/log.hpp>

namespace slim::admin {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;
using Protocol = asio::generic::stream_protocol;
using Stream = beast::basic_stream<Protocol>;

const log::Target kTarget{"slim::admin"};

/// What a client that is told of its mistake may still have under way, in bytes.
constexpr std::size_t kDiscarded = 64 * 1024;
constexpr auto kLinger = std::chrono::seconds(1);
constexpr auto kAcceptPause = std::chrono::milliseconds(100);

/// What a browser adds to requests that a page of another site makes.
bool from_a_page(const http::request_header<>& header) {
  const auto site = header.find("Sec-Fetch-Site");
  return header.find(http::field::origin) != header.end() ||
         (site != header.end() && site->value() != "none" && site->value() != "same-origin");
}

/// A name that somebody else's DNS server makes point here is not: only addresses and localhost.
bool names_this_host(beast::string_view host) {
  std::string text(host.data(), host.size());
  if (text.starts_with('[')) {
    text = text.substr(1, text.find(']') - 1);
  } else if (const std::size_t colon = text.find(':'); colon != std::string::npos) {
    text.resize(colon);
  }
  if (text.empty() || text == "localhost") return true;
  error_code error;
  asio::ip::make_address(text, error);
  return !error;
}

bool is_loopback(const Protocol::endpoint& remote) {
  if (remote.protocol().family() == AF_UNIX) return true;
  asio::ip::tcp::endpoint tcp;
  if (remote.size() > tcp.capacity()) return false;
  std::memcpy(tcp.data(), remote.data(), remote.size());
  asio::ip::address address = tcp.address();
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    address = asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
  }
  return address.is_loopback();
}

}  // namespace

struct Server::Impl {
  class Session;
  using Acceptor = asio::basic_socket_acceptor<Protocol>;

  Impl(const Address& a, ServerLimits l, Handler h)
      : address(a), limits(l), handler(std::move(h)) {}

  void bind();
  void accept();
  void admit(Protocol::socket socket);

  Address address;
  ServerLimits limits;
  Handler handler;
  asio::io_context context{1};
  Acceptor acceptor{context};
  asio::steady_timer pause{context};
  std::uint16_t port = 0;
  bool made_file = false;
  // The one that has waited longest first.
  std::list<std::shared_ptr<Session>> sessions;
  std::thread thread;
};

/// One connection: reads a request, has it answered, writes the answer, and again.
class Server::Impl::Session : public std::enable_shared_from_this<Session> {
 public:
  Session(Impl& server, Protocol::socket socket, bool loopback)
      : server_(server),
        stream_(std::move(socket)),
        deadline_(server.context),
        buffer_(server.limits.header_bytes + 4096),
        loopback_(loopback) {}

  [[nodiscard]] bool is_waiting() const noexcept { return waiting_; }

  void read() {
    waiting_ = true;
    parser_.emplace();
    parser_->header_limit(static_cast<std::uint32_t>(server_.limits.header_bytes));
    stream_.expires_after(server_.limits.timeout);
    http::async_read_header(
        stream_, buffer_, *parser_,
        [self = shared_from_this()](error_code error, std::size_t) { self->on_header(error); });
  }

  void close() {
    if (std::exchange(closed_, true)) return;
    deadline_.cancel();
    stream_.close();
    server_.sessions.remove(shared_from_this());
  }

 private:
  void on_header(error_code error) {
    if (closed_) return;
    waiting_ = false;
    if (error == http::error::header_limit || error == http::error::buffer_overflow) {
      refuse(431, "the request line and headers are too long\n");
      return;
    }
    if (error) {
      // What the parser found; everything else is the end of the connection.
      const bool is_garbage =
          error.category() == make_error_code(http::error::bad_method).category();
      if (is_garbage && error != http::error::end_of_stream) {
        refuse(400, "not an HTTP request\n");
      } else {
        close();
      }
      return;
    }
    if (parser_->chunked() || parser_->content_length().value_or(0) > 0) {
      refuse(413, "requests have no body here\n");
      return;
    }
    ask();
  }

  void ask() {
    const auto& header = parser_->get();
    is_head_ = header.method() == http::verb::head;
    keep_alive_ = header.keep_alive();
    Request request;
    const auto method = header.method_string();
    request.method = is_head_ ? "GET" : std::string(method.data(), method.size());
    const auto target = header.target();
    if (!parse_target({target.data(), target.size()}, request)) {
      refuse(400, "not a request target\n");
      return;
    }
    const auto authorization = header[http::field::authorization];
    request.authorization.assign(authorization.data(), authorization.size());
    request.local = loopback_ && !from_a_page(header) && names_this_host(header[http::field::host]);
    const std::uint64_t number = ++asked_;
    deadline_.expires_after(server_.limits.timeout);
    deadline_.async_wait([self = shared_from_this(), number](error_code error) {
      if (!error) self->answer(number, {503, Response{}.type, "no answer in time\n"});
    });
    // Held weakly: what is posted to a worker may outlive this connection, and this server's loop.
    server_.handler(
        request, [weak = weak_from_this(), &context = server_.context, number](Response response) {
          asio::post(context, [weak, number, response = std::move(response)]() mutable {
            if (const auto self = weak.lock()) self->answer(number, std::move(response));
          });
        });
  }

  void answer(std::uint64_t number, Response response) {
    if (closed_ || number != asked_ || answered_ == number) return;
    answered_ = number;
    deadline_.cancel();
    write(std::move(response));
  }

  void refuse(unsigned status, const char* text) {
    keep_alive_ = false;
    is_head_ = false;
    write({status, Response{}.type, text});
  }

  void write(Response response) {
    response_ = {};
    response_.result(response.status);
    response_.version(11);
    response_.keep_alive(keep_alive_);
    response_.set(http::field::content_type, response.type);
    response_.set(http::field::cache_control, "no-store");
    response_.set("X-Content-Type-Options", "nosniff");
    if (response.status == 405) response_.set(http::field::allow, "GET, HEAD");
    if (response.status == 401) response_.set(http::field::www_authenticate, "Bearer");
    response_.content_length(response.body.size());
    if (!is_head_) response_.body() = std::move(response.body);
    stream_.expires_after(server_.limits.timeout);
    auto done = [self = shared_from_this()](error_code error, std::size_t) {
      self->on_written(error);
    };
    if (is_head_) {
      serializer_.emplace(response_);
      http::async_write_header(stream_, *serializer_, std::move(done));
    } else {
      http::async_write(stream_, response_, std::move(done));
    }
  }

  void on_written(error_code error) {
    if (closed_) return;
    if (error) {
      close();
      return;
    }
    if (keep_alive_) {
      // Back of the queue: it has just been served.
      auto& all = server_.sessions;
      const auto own = std::find(all.begin(), all.end(), shared_from_this());
      all.splice(all.end(), all, own);
      read();
      return;
    }
    error_code ignored;
    stream_.socket().shutdown(Protocol::socket::shutdown_send, ignored);
    stream_.expires_after(kLinger);
    discard();
  }

  /// A socket that is closed with bytes unread takes our answer back from the client.
  void discard() {
    buffer_.clear();
    stream_.async_read_some(buffer_.prepare(4096),
                            [self = shared_from_this()](error_code error, std::size_t size) {
                              self->discarded_ += size;
                              if (error || self->closed_ || self->discarded_ > kDiscarded) {
                                self->close();
                              } else {
                                self->discard();
                              }
                            });
  }

  Impl& server_;
  Stream stream_;
  asio::steady_timer deadline_;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::empty_body>> parser_;
  http::response<http::string_body> response_;
  std::optional<http::response_serializer<http::string_body>> serializer_;
  bool loopback_;
  bool waiting_ = true;
  bool keep_alive_ = false;
  bool is_head_ = false;
  bool closed_ = false;
  std::uint64_t asked_ = 0;
  std::uint64_t answered_ = 0;
  std::size_t discarded_ = 0;
};

void Server::Impl::bind() {
  const auto open = [this](const Protocol::endpoint& endpoint) {
    acceptor.open(endpoint.protocol());
    if (address.kind == Address::Kind::tcp)
      acceptor.set_option(asio::socket_base::reuse_address(true));
    acceptor.bind(endpoint);
    acceptor.listen(static_cast<int>(limits.connections) * 4);
  };
  try {
    if (address.kind == Address::Kind::tcp) {
      const asio::ip::tcp::endpoint tcp(asio::ip::make_address(address.host), address.port);
      try {
        open(tcp);
      } catch (const boost::system::system_error& error) {
        // All interfaces, on a machine without IPv6.
        if (address.host != "::" || error.code() != asio::error::address_family_not_supported)
          throw;
        acceptor.close();
        open(asio::ip::tcp::endpoint(asio::ip::address_v4::any(), address.port));
      }
      asio::ip::tcp::endpoint bound;
      const auto local = acceptor.local_endpoint();
      std::memcpy(bound.data(), local.data(), std::min(local.size(), bound.capacity()));
      port = bound.port();
      return;
    }
    // A socket that nobody listens on is left over from a process that died.
    Protocol::socket probe(context);
    const asio::local::stream_protocol::endpoint path(address.host);
    error_code refused;
    probe.open(asio::local::stream_protocol());
    probe.connect(path, refused);
    if (!refused) throw boost::system::system_error(asio::error::address_in_use);
    struct stat file {};
    if (::lstat(address.host.c_str(), &file) == 0 && S_ISSOCK(file.st_mode)) {
      ::unlink(address.host.c_str());
    }
    open(path);
    made_file = true;
    // Whoever may connect is trusted: the owner alone.
    ::chmod(address.host.c_str(), S_IRUSR | S_IWUSR);
  } catch (const boost::system::system_error& error) {
    throw BindError("admin listener " + address.text() + ": " + error.code().message());
  }
}

void Server::Impl::accept() {
  acceptor.async_accept(context, [this](error_code error, Protocol::socket socket) {
    if (!acceptor.is_open()) return;
    if (error) {
      // For want of descriptors, as a rule: not at once again.
      pause.expires_after(kAcceptPause);
      pause.async_wait([this](error_code cancelled) {
        if (!cancelled) accept();
      });
      return;
    }
    admit(std::move(socket));
    accept();
  });
}

void Server::Impl::admit(Protocol::socket socket) {
  error_code error;
  const auto remote = socket.remote_endpoint(error);
  if (error) return;
  const bool loopback = is_loopback(remote);
  if (sessions.size() >= limits.connections) {
    // Somebody who only holds connections does not keep a probe out.
    const auto waiting = std::find_if(sessions.begin(), sessions.end(),
                                      [](const auto& session) { return session->is_waiting(); });
    const std::shared_ptr<Session> oldest = waiting == sessions.end() ? sessions.front() : *waiting;
    oldest->close();
  }
  sessions.push_back(std::make_shared<Session>(*this, std::move(socket), loopback));
  sessions.back()->read();
}

Server::Server(const Address& address, ServerLimits limits, Handler handler)
    : impl_(std::make_unique<Impl>(address, limits, std::move(handler))) {
  impl_->bind();
}

Server::~Server() { stop(); }

void Server::start() {
  impl_->accept();
  impl_->thread = std::thread([impl = impl_.get()] {
    ::pthread_setname_np(::pthread_self(), "slim-admin");
    log::name_this_thread("slim-admin");
    impl->context.run();
  });
  SLIM_INFO(kTarget, "admin listener started", kv("endpoint", impl_->address.text()),
            kv("port", impl_->port));
}

void Server::stop() {
  if (impl_->thread.joinable()) {
    impl_->context.stop();
    impl_->thread.join();
  }
  error_code ignored;
  impl_->acceptor.close(ignored);
  while (!impl_->sessions.empty()) impl_->sessions.front()->close();
  if (std::exchange(impl_->made_file, false)) ::unlink(impl_->address.host.c_str());
}

std::uint16_t Server::port() const noexcept { return impl_->port; }

}  // namespace slim::admin
