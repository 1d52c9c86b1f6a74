#include "tls_files.hpp"

#include <fstream>
#include <iterator>

namespace slim::node {
namespace {

using settings::PemItem;

std::string read(const PemItem& item) {
  switch (item.kind) {
    case PemItem::Kind::none:
      return {};
    case PemItem::Kind::inline_text:
      return item.value;
    case PemItem::Kind::file:
      break;
  }
  std::ifstream file(item.value, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  if (!file && text.empty()) {
    throw transport::TlsConfigError("TLS config error: cannot read " + item.value);
  }
  return text;
}

}  // namespace

std::shared_ptr<const transport::TlsContext> load_tls(const settings::TlsServer& tls) {
  if (tls.insecure) return nullptr;
  transport::TlsServerOptions options;
  options.identity = {read(tls.certificate), read(tls.key)};
  options.client_ca = read(tls.client_ca);
  options.version = tls.version;
  return std::make_shared<transport::TlsContext>(transport::TlsContext::server(options));
}

std::shared_ptr<const transport::TlsContext> load_tls(const settings::Client& client) {
  if (!client.endpoint.tls) return nullptr;
  transport::TlsClientOptions options;
  options.identity = {read(client.tls.certificate), read(client.tls.key)};
  options.ca = read(client.tls.ca);
  options.system_roots = client.tls.system_roots;
  options.verify = !client.tls.skip_verify;
  options.version = client.tls.version;
  return std::make_shared<transport::TlsContext>(transport::TlsContext::client(options));
}

}  // namespace slim::node
