/// Certificates and keys from where the configuration says they are.
#pragma once

#include <memory>

#include <slim/settings/configuration.hpp>
#include <slim/transport/tls.hpp>

namespace slim::node {

/// Null where TLS is off. Throws transport::TlsConfigError, also when a file cannot be read.
[[nodiscard]] std::shared_ptr<const transport::TlsContext> load_tls(const settings::TlsServer& tls);
[[nodiscard]] std::shared_ptr<const transport::TlsContext> load_tls(const settings::Client& client);

}  // namespace slim::node
