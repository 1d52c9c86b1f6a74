#include <arpa/inet.h>
#include <array>
#include <cstring>
#include <utility>
#include <vector>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include "channel.hpp"

namespace slim::transport {
namespace {

/// OpenSSL's side of the connection: it reads from the ciphertext of one socket read and writes
/// into a queue, so that one system call moves many records.
struct Wire {
  base::ByteView incoming;
  ByteQueue outgoing;
};

int bio_read(BIO* bio, char* out, int size) {
  auto* wire = static_cast<Wire*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  if (wire->incoming.empty()) {
    BIO_set_retry_read(bio);
    return -1;
  }
  const std::size_t n = std::min(static_cast<std::size_t>(size), wire->incoming.size());
  std::memcpy(out, wire->incoming.data(), n);
  wire->incoming = wire->incoming.subspan(n);
  return static_cast<int>(n);
}

int bio_write(BIO* bio, const char* bytes, int size) {
  auto* wire = static_cast<Wire*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  wire->outgoing.append(base::as_bytes({bytes, static_cast<std::size_t>(size)}));
  return size;
}

long bio_control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

BIO_METHOD* wire_method() {
  static BIO_METHOD* const method = [] {
    BIO_METHOD* m = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "slim wire");
    BIO_meth_set_read(m, bio_read);
    BIO_meth_set_write(m, bio_write);
    BIO_meth_set_ctrl(m, bio_control);
    BIO_meth_set_create(m, [](BIO* bio) {
      BIO_set_init(bio, 1);
      return 1;
    });
    return m;
  }();
  return method;
}

/// Ciphertext that may wait for the socket before plaintext is taken from the queue.
constexpr std::size_t kMaxUnsent = 256 * 1024;
/// A record's worth of plaintext.
constexpr std::size_t kRecord = 16 * 1024;
/// What OpenSSL may hold of a record that began in an earlier read. Leaving this much of the
/// ciphertext buffer free means that the plaintext of one read always fits the caller's buffer.
constexpr std::size_t kHeldRecord = 32 * 1024;

class TlsChannel final : public Channel {
 public:
  TlsChannel(Socket socket, bool is_tcp, Loop& loop, const TlsContext& context, const TlsRole& role)
      : Channel(std::move(socket), is_tcp), loop_(loop), ssl_(SSL_new(context.native()), SSL_free) {
    BIO* bio = BIO_new(wire_method());
    BIO_set_data(bio, &wire_);
    SSL_set_bio(ssl_.get(), bio, bio);
    if (role.server) {
      SSL_set_accept_state(ssl_.get());
      return;
    }
    SSL_set_connect_state(ssl_.get());
    // Names go into SNI and are compared; addresses are compared with the certificate's addresses.
    in6_addr address{};
    const bool is_address = ::inet_pton(AF_INET, role.server_name.c_str(), &address) == 1 ||
                            ::inet_pton(AF_INET6, role.server_name.c_str(), &address) == 1;
    X509_VERIFY_PARAM* wanted = SSL_get0_param(ssl_.get());
    if (is_address) {
      X509_VERIFY_PARAM_set1_ip_asc(wanted, role.server_name.c_str());
    } else {
      // The call behind SSL_set_tlsext_host_name, whose macro casts in C's way.
      SSL_ctrl(ssl_.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
               const_cast<char*>(role.server_name.c_str()));
      X509_VERIFY_PARAM_set1_host(wanted, role.server_name.c_str(), role.server_name.size());
    }
  }

  Io handshake() override {
    const Io filled = fill();
    const int result = SSL_do_handshake(ssl_.get());
    const Io outcome = result == 1 ? Io::ok : explain(result);
    early_.assign(wire_.incoming.begin(), wire_.incoming.end());
    // An alert goes out even when the handshake failed.
    const Io flushed = send(wire_.outgoing);
    if (outcome == Io::failed || flushed == Io::failed) return Io::failed;
    if (outcome == Io::blocked && filled == Io::closed) return Io::closed;
    if (outcome == Io::blocked && filled == Io::failed) return Io::failed;
    return outcome;
  }

  Io read(base::MutableBytes buffer, std::size_t& size) override {
    size = 0;
    const Io filled = fill();
    while (size < buffer.size()) {
      const int n =
          SSL_read(ssl_.get(), buffer.data() + size, static_cast<int>(buffer.size() - size));
      if (n > 0) {
        size += static_cast<std::size_t>(n);
        continue;
      }
      const Io outcome = explain(n);
      if (outcome != Io::blocked) return outcome;
      return filled == Io::ok ? (size > 0 ? Io::ok : Io::blocked) : filled;
    }
    return Io::ok;
  }

  Io write(ByteQueue& from) override {
    while (true) {
      while (!from.empty() && wire_.outgoing.size() < kMaxUnsent) {
        const Io encrypted = encrypt(from);
        if (encrypted != Io::ok) return encrypted;
      }
      const Io sent = send(wire_.outgoing);
      if (sent != Io::ok || from.empty()) return sent;
    }
  }

  [[nodiscard]] bool has_unsent() const noexcept override { return !wire_.outgoing.empty(); }

  [[nodiscard]] std::string failure() const override {
    const long verdict = SSL_get_verify_result(ssl_.get());
    // Without verification the verdict is there too, and nobody's reason.
    const bool verified = SSL_get_verify_mode(ssl_.get()) != SSL_VERIFY_NONE;
    if (verified && verdict != X509_V_OK) return X509_verify_cert_error_string(verdict);
    return failure_;
  }

  void end_output() override {
    SSL_shutdown(ssl_.get());
    ERR_clear_error();
    send(wire_.outgoing);
    boost::system::error_code ignored;
    socket().shutdown(Socket::shutdown_send, ignored);
  }

 private:
  /// One read of ciphertext into the buffer that the loop's channels share. read() leaves nothing
  /// of it behind, as OpenSSL keeps half records itself; handshake() leaves what came after the
  /// handshake.
  Io fill() {
    std::size_t size = 0;
    const base::MutableBytes buffer = loop_.cipher_buffer();
    if (!early_.empty()) {
      std::memcpy(buffer.data(), early_.data(), early_.size());
      wire_.incoming = buffer.first(std::exchange(early_, {}).size());
      return Io::ok;
    }
    const Io result = receive(buffer.first(buffer.size() - kHeldRecord), size);
    wire_.incoming = buffer.first(size);
    return result;
  }

  /// Small pieces are gathered so that they do not become a record each.
  Io encrypt(ByteQueue& from) {
    base::ByteView plain = from.front();
    std::array<base::Byte, kRecord> gathered;
    if (plain.size() < kRecord && from.size() > plain.size()) {
      std::array<iovec, 64> parts;
      const std::size_t count = from.gather(parts.data(), parts.size());
      std::size_t size = 0;
      for (std::size_t i = 0; i < count && size < kRecord; ++i) {
        const std::size_t n = std::min(parts[i].iov_len, kRecord - size);
        std::memcpy(gathered.data() + size, parts[i].iov_base, n);
        size += n;
      }
      plain = {gathered.data(), size};
    }
    const int n =
        SSL_write(ssl_.get(), plain.data(), static_cast<int>(std::min(plain.size(), kRecord)));
    if (n <= 0) return explain(n);
    from.pop(static_cast<std::size_t>(n));
    return Io::ok;
  }

  Io explain(int result) {
    switch (SSL_get_error(ssl_.get(), result)) {
      case SSL_ERROR_WANT_READ:
      case SSL_ERROR_WANT_WRITE:
        return Io::blocked;
      case SSL_ERROR_ZERO_RETURN:
        return Io::closed;
      default: {
        std::array<char, 200> text{};
        ERR_error_string_n(ERR_get_error(), text.data(), text.size());
        failure_ = text.data();
        ERR_clear_error();
        return Io::failed;
      }
    }
  }

  Loop& loop_;
  Wire wire_;
  std::vector<base::Byte> early_;  ///< arrived with the last of the handshake
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl_;
  std::string failure_;
};

}  // namespace

std::unique_ptr<Channel> make_tls_channel(Socket socket, bool is_tcp, Loop& loop,
                                          const TlsContext& context, const TlsRole& role) {
  return std::make_unique<TlsChannel>(std::move(socket), is_tcp, loop, context, role);
}

}  // namespace slim::transport
