/// A node's configuration, typed: what a YAML file of any era becomes (docs/protocol/config.md).
///
/// Options that a library below has are that library's structs, with its defaults. Files and
/// variables that the file refers to by ${env:} and ${file:} have been read; certificates are
/// named, not read, so that they can be read again.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <slim/base/clock.hpp>
#include <slim/forward/link_ref.hpp>
#include <slim/forward/router.hpp>
#include <slim/link/admission.hpp>
#include <slim/link/hub.hpp>
#include <slim/link/options.hpp>
#include <slim/transport/connection.hpp>
#include <slim/transport/endpoint.hpp>
#include <slim/transport/tls.hpp>

namespace slim::settings {

/// Where a value stands, for messages: `line` counts from 1, 0 is unknown.
struct Place {
  std::string key;  ///< `services.slim/0.dataplane.servers[0].tls`
  std::size_t line = 0;
};

/// PEM from a file or in place.
struct PemItem {
  enum class Kind : std::uint8_t { none, file, inline_text };
  Kind kind = Kind::none;
  std::string value;  ///< path or text
};

struct TlsServer {
  bool insecure = false;
  PemItem certificate;
  PemItem key;
  PemItem client_ca;
  transport::TlsVersion version = transport::TlsVersion::tls1_3;
};

struct TlsClient {
  /// No TLS, as the endpoint's scheme has it: the opposite of Endpoint::tls.
  bool insecure = false;
  bool skip_verify = false;
  PemItem certificate;
  PemItem key;
  PemItem ca;
  bool system_roots = true;
  transport::TlsVersion version = transport::TlsVersion::tls1_3;
};

struct Server {
  Place place;
  transport::Endpoint endpoint;
  TlsServer tls;
  transport::Http2Options http2;
  link::LinkOptions link;
};

struct Client {
  Place place;
  transport::Endpoint endpoint;
  TlsClient tls;
  transport::Http2Options http2;
  link::LinkOptions link;
  forward::LinkType type = forward::LinkType::edge;
  /// Empty: a random one is made at start.
  std::string link_id;
  /// How the other node is spoken to; none: it is found out.
  std::optional<wire::Dialect> dialect;
  /// Present on uplinks.
  std::shared_ptr<const forward::UplinkRules> uplink;
  link::Backoff backoff;
  base::Duration connect_timeout{0};
  /// `:authority`, from `origin`; empty for the endpoint's.
  std::string authority;
  std::string server_name;
  std::vector<std::pair<std::string, std::string>> headers;
};

/// One entry of a static peer list.
struct Peer {
  std::string node_id;
  Client client;
};

struct Service {
  Place place;
  std::string id;       ///< `slim/0`
  std::string node_id;  ///< empty: `node-<uuid>` is made at start
  std::string domain_name;
  std::vector<Server> servers;
  std::vector<Client> clients;
  /// Present when `peers` is configured: the node is part of a full mesh.
  std::optional<std::vector<Peer>> peers;
  bool default_gateway = true;
};

struct Tracing {
  std::string log_level = "info";
  bool display_thread_names = true;
  bool display_thread_ids = false;
  /// Absent: the components of docs/protocol/config.md 4.1 at log_level.
  std::optional<std::vector<std::string>> filters;

  /// The directive list for the log: the environment's RUST_LOG if it is set and not empty, else
  /// made of filters and log_level (docs/protocol/operations.md 2.2).
  [[nodiscard]] std::string directives(const char* rust_log) const;
};

struct Runtime {
  unsigned n_cores = 0;  ///< 0: all that the process may use
  std::string thread_name = "slim";
  base::Duration drain_timeout = std::chrono::seconds(10);
};

/// The root mapping `slimd:`, all of it also as flags.
struct NodeLimits {
  link::AdmissionLimits admission;
  forward::TableLimits table;
  std::size_t max_name_bytes = 4096;
  std::size_t handoff_bytes = 4 * 1024 * 1024;
  /// Links that ended last and are remembered, a worker; a flag alone.
  std::size_t remembered_links = 64;
  /// grpc.health.v1 on the data listeners; a flag alone.
  bool grpc_health = false;
};

/// Something that the operator should know about the file: an old spelling that was rewritten, a
/// key that means nothing, a feature that this version does not have.
struct Notice {
  enum class Kind : std::uint8_t { rewritten, unknown_key, dead_key, not_available };
  Kind kind = Kind::rewritten;
  Place place;
  std::string text;
};

struct Configuration {
  Tracing tracing;
  Runtime runtime;
  NodeLimits limits;
  std::vector<Service> services;
  std::vector<Notice> notices;
};

}  // namespace slim::settings
