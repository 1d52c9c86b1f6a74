/// TLS for listeners and diallers (docs/protocol/config.md 8.1 and 8.2).
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

struct ssl_ctx_st;

namespace slim::transport {

/// Certificates, keys or settings that cannot be used. Thrown at start only.
class TlsConfigError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Exactly one version is enabled, as in the public node.
enum class TlsVersion : std::uint8_t { tls1_2, tls1_3 };

/// PEM text, from a file or from the configuration; empty for none.
struct TlsIdentity {
  std::string certificate_chain;
  std::string private_key;
};

struct TlsServerOptions {
  TlsIdentity identity;
  /// Roots for client certificates; if there are any, a client needs one.
  std::string client_ca;
  TlsVersion version = TlsVersion::tls1_3;
};

struct TlsClientOptions {
  TlsIdentity identity;
  std::string ca;
  bool system_roots = true;
  bool verify = true;
  TlsVersion version = TlsVersion::tls1_3;
};

/// Keys and settings that many connections share. Thread: any once made.
class TlsContext {
 public:
  /// Throws TlsConfigError.
  [[nodiscard]] static TlsContext server(const TlsServerOptions& options);
  [[nodiscard]] static TlsContext client(const TlsClientOptions& options);

  [[nodiscard]] ssl_ctx_st* native() const noexcept { return context_.get(); }
  [[nodiscard]] bool verifies() const noexcept { return verifies_; }
  /// When the certificate that this side shows ends; none if it shows none.
  [[nodiscard]] std::optional<std::chrono::system_clock::time_point> not_after() const;

 private:
  TlsContext() = default;
  std::shared_ptr<ssl_ctx_st> context_;
  bool verifies_ = true;
};

}  // namespace slim::transport
