/// A connected socket, plain or under TLS, that never blocks.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include <boost/asio/generic/stream_protocol.hpp>

#include <slim/transport/byte_queue.hpp>
#include <slim/transport/loop.hpp>
#include <slim/transport/tls.hpp>

namespace slim::transport {

using Socket = boost::asio::generic::stream_protocol::socket;

enum class Io : std::uint8_t {
  ok,
  blocked,  ///< nothing to read, or no room to write, for now
  closed,   ///< the other side has ended its half
  failed,
};

/// Thread: owner worker.
class Channel {
 public:
  explicit Channel(Socket socket, bool is_tcp) : socket_(std::move(socket)), is_tcp_(is_tcp) {}
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;
  virtual ~Channel() = default;

  /// To be called until it says ok, whenever the socket has become readable or writable.
  virtual Io handshake() = 0;
  /// Reads into `buffer`; `size` says how much. Some may come with `blocked`, too.
  virtual Io read(base::MutableBytes buffer, std::size_t& size) = 0;
  /// Writes from the front of `from` and pops what the socket took.
  virtual Io write(ByteQueue& from) = 0;
  /// Whether bytes wait for the socket that write() popped already.
  [[nodiscard]] virtual bool has_unsent() const noexcept { return false; }
  /// For people: why handshake() or read() failed.
  [[nodiscard]] virtual std::string failure() const { return {}; }
  /// Tells the other side that nothing more comes, as far as that goes without waiting.
  virtual void end_output() = 0;

  void wait_readable(std::function<void()> ready);
  void wait_writable(std::function<void()> ready);
  [[nodiscard]] Socket& socket() noexcept { return socket_; }
  void close() noexcept;

 protected:
  /// read(2) and the acknowledgement at once that published clients, which keep Nagle on, wait for.
  Io receive(base::MutableBytes buffer, std::size_t& size);
  Io send(ByteQueue& from);

 private:
  Socket socket_;
  bool is_tcp_;
};

[[nodiscard]] std::unique_ptr<Channel> make_plain_channel(Socket socket, bool is_tcp);

struct TlsRole {
  bool server = true;
  /// What the certificate must name; empty on servers.
  std::string server_name;
};
/// `context` must outlive the channel.
[[nodiscard]] std::unique_ptr<Channel> make_tls_channel(Socket socket, bool is_tcp, Loop& loop,
                                                        const TlsContext& context,
                                                        const TlsRole& role);

/// Non-blocking, and TCP_NODELAY; what every connected socket of ours needs.
void prepare_socket(Socket& socket, bool is_tcp);

}  // namespace slim::transport
