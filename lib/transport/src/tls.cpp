#include <array>
#include <ctime>
#include <vector>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <slim/transport/tls.hpp>

namespace slim::transport {
namespace {

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

[[noreturn]] void fail(const std::string& what) {
  std::array<char, 256> reason{};
  ERR_error_string_n(ERR_get_error(), reason.data(), reason.size());
  ERR_clear_error();
  throw TlsConfigError("TLS config error: " + what + ": " + reason.data());
}

Bio reader(const std::string& pem) {
  return {BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free};
}

std::vector<Certificate> read_certificates(const std::string& pem, const char* what) {
  const Bio bio = reader(pem);
  std::vector<Certificate> out;
  while (X509* certificate = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)) {
    out.emplace_back(certificate, X509_free);
  }
  // The loop ends with "no start line" after the last certificate; that is no error.
  if (out.empty()) fail(std::string("invalid pem format: no certificate in ") + what);
  ERR_clear_error();
  return out;
}

/// The whole chain is sent, where the public node sends the leaf only.
void use_identity(SSL_CTX* context, const TlsIdentity& identity) {
  const auto chain = read_certificates(identity.certificate_chain, "source");
  if (SSL_CTX_use_certificate(context, chain.front().get()) != 1) fail("certificate");
  for (std::size_t i = 1; i < chain.size(); ++i) {
    if (SSL_CTX_add1_chain_cert(context, chain[i].get()) != 1) fail("certificate chain");
  }
  const Bio bio = reader(identity.private_key);
  const Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr), EVP_PKEY_free);
  if (!key) fail("invalid pem format: private key");
  if (SSL_CTX_use_PrivateKey(context, key.get()) != 1 || SSL_CTX_check_private_key(context) != 1) {
    fail("private key does not belong to the certificate");
  }
}

void trust(SSL_CTX* context, const std::string& pem, const char* what, bool name_to_peer) {
  X509_STORE* store = SSL_CTX_get_cert_store(context);
  for (const Certificate& root : read_certificates(pem, what)) {
    if (X509_STORE_add_cert(store, root.get()) != 1) fail("verifier builder error");
    if (name_to_peer) SSL_CTX_add_client_CA(context, root.get());
  }
}

std::shared_ptr<SSL_CTX> make(const SSL_METHOD* method, TlsVersion version) {
  std::shared_ptr<SSL_CTX> context(SSL_CTX_new(method), SSL_CTX_free);
  if (!context) fail("no context");
  const int number = version == TlsVersion::tls1_2 ? TLS1_2_VERSION : TLS1_3_VERSION;
  if (SSL_CTX_set_min_proto_version(context.get(), number) != 1 ||
      SSL_CTX_set_max_proto_version(context.get(), number) != 1) {
    fail("invalid tls version");
  }
  SSL_CTX_set_options(context.get(), SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                         SSL_OP_NO_TICKET | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  // Links live for hours; a resumed session would save nothing and keep secrets.
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(context.get(), 0);
  return context;
}

constexpr std::array<unsigned char, 3> kH2{2, 'h', '2'};

/// h2 is chosen where it is offered; a client that offers something else, or nothing, is not turned
/// away: it speaks HTTP/2 or the preface will tell (docs/protocol/config.md, mistake 1).
int select_h2(SSL*, const unsigned char** out, unsigned char* out_size,
              const unsigned char* offered, unsigned offered_size, void*) {
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, out_size, kH2.data(), kH2.size(), offered, offered_size) !=
      OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_NOACK;
  }
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

}  // namespace

TlsContext TlsContext::server(const TlsServerOptions& options) {
  ERR_clear_error();
  TlsContext out;
  out.context_ = make(TLS_server_method(), options.version);
  if (options.identity.certificate_chain.empty() || options.identity.private_key.empty()) {
    throw TlsConfigError("TLS config error: missing server cert or key");
  }
  use_identity(out.native(), options.identity);
  SSL_CTX_set_alpn_select_cb(out.native(), select_h2, nullptr);
  if (!options.client_ca.empty()) {
    trust(out.native(), options.client_ca, "client_ca", true);
    SSL_CTX_set_verify(out.native(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  }
  return out;
}

TlsContext TlsContext::client(const TlsClientOptions& options) {
  ERR_clear_error();
  TlsContext out;
  out.context_ = make(TLS_client_method(), options.version);
  out.verifies_ = options.verify;
  if (!options.identity.certificate_chain.empty()) use_identity(out.native(), options.identity);
  if (options.verify) {
    SSL_CTX_set_verify(out.native(), SSL_VERIFY_PEER, nullptr);
    if (options.system_roots) SSL_CTX_set_default_verify_paths(out.native());
    if (!options.ca.empty()) trust(out.native(), options.ca, "ca_source", false);
  }
  // Peers that select nothing are fine: the public nodes do not.
  SSL_CTX_set_alpn_protos(out.native(), kH2.data(), kH2.size());
  return out;
}

std::optional<std::chrono::system_clock::time_point> TlsContext::not_after() const {
  const X509* leaf = SSL_CTX_get0_certificate(context_.get());
  std::tm utc{};
  if (!leaf || ASN1_TIME_to_tm(X509_get0_notAfter(leaf), &utc) != 1) return std::nullopt;
  return std::chrono::system_clock::from_time_t(::timegm(&utc));
}

}  // namespace slim::transport
