#include <charconv>
#include <optional>

#include <slim/transport/endpoint.hpp>

namespace slim::transport {
namespace {

struct Parts {
  std::string scheme;  ///< empty if there is none
  std::string_view rest;
};

Parts split_scheme(std::string_view text) {
  const std::size_t end = text.find("://");
  if (end == std::string_view::npos) return {"", text};
  return {std::string(text.substr(0, end)), text.substr(end + 3)};
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return port;
}

/// `host:port`, `[v6]:port`; the port may be left out where there is a default.
base::Result<Endpoint, std::string> parse_authority(std::string_view text,
                                                    std::optional<std::uint16_t> default_port) {
  const auto bad = [&] { return base::fail("endpoint parse error: `" + std::string(text) + "`"); };
  // A path behind the authority means nothing to gRPC.
  const std::string_view authority = text.substr(0, text.find('/'));
  Endpoint out;
  std::string_view port;
  bool has_port = false;
  if (!authority.empty() && authority.front() == '[') {
    const std::size_t end = authority.find(']');
    if (end == std::string_view::npos) return bad();
    out.host = authority.substr(1, end - 1);
    if (end + 1 < authority.size()) {
      if (authority[end + 1] != ':') return bad();
      port = authority.substr(end + 2);
      has_port = true;
    }
  } else {
    const std::size_t colon = authority.rfind(':');
    out.host = authority.substr(0, colon);
    if (colon != std::string_view::npos) {
      port = authority.substr(colon + 1);
      has_port = true;
    }
    if (out.host.find(':') != std::string::npos) return bad();  // v6 needs brackets
  }
  if (out.host.empty()) return bad();
  const auto number = has_port ? parse_port(port) : default_port;
  if (!number) return bad();
  out.port = *number;
  return out;
}

base::Result<Endpoint, std::string> unix_endpoint(std::string_view path, bool tls_on) {
  if (tls_on) return base::fail(std::string("unix domain sockets require tls.insecure=true"));
  if (path.empty()) return base::fail(std::string("endpoint parse error: empty path"));
  Endpoint out;
  out.kind = EndpointKind::unix_socket;
  out.host = path;
  // sockaddr_un has room for 107 bytes and a terminator.
  if (out.host.size() > 107) return base::fail("socket path is too long: " + out.host);
  return out;
}

base::Result<Endpoint, std::string> named(base::Result<Endpoint, std::string> parsed,
                                          std::string_view text) {
  if (parsed) parsed->text = text;
  return parsed;
}

std::string invalid_scheme(const std::string& scheme) {
  return "invalid endpoint scheme `" + scheme + "`";
}

}  // namespace

base::Result<Endpoint, std::string> parse_listen_endpoint(std::string_view text, bool tls_on) {
  if (text.empty()) return base::fail(std::string("missing grpc endpoint"));
  const Parts parts = split_scheme(text);
  if (parts.scheme == "unix") {
    return named(unix_endpoint(parts.rest.substr(0, parts.rest.find_first_of("?#")), tls_on), text);
  }
  if (!parts.scheme.empty() && parts.scheme != "http" && parts.scheme != "https") {
    return base::fail(invalid_scheme(parts.scheme));
  }
  if (parts.scheme == "https" && !tls_on) {
    return base::fail(std::string("endpoint has scheme https but tls.insecure is true"));
  }
  auto out = parse_authority(parts.rest, std::nullopt);
  if (out) out->tls = tls_on;
  return named(std::move(out), text);
}

base::Result<Endpoint, std::string> parse_dial_endpoint(std::string_view text, bool tls_on) {
  if (text.empty()) return base::fail(std::string("missing grpc endpoint"));
  const Parts parts = split_scheme(text);
  if (parts.scheme == "unix") {
    std::string path(parts.rest);
    if (!path.empty() && path.front() != '/') path.insert(path.begin(), '/');
    return named(unix_endpoint(path, tls_on), text);
  }
  if (!parts.scheme.empty() && parts.scheme != "http" && parts.scheme != "https") {
    return base::fail(invalid_scheme(parts.scheme));
  }
  if (parts.scheme == "https" && !tls_on) {
    return base::fail(std::string("endpoint has scheme https but tls.insecure is true"));
  }
  const bool use_tls = parts.scheme.empty() ? tls_on : parts.scheme == "https";
  std::optional<std::uint16_t> default_port;
  if (!parts.scheme.empty()) default_port = use_tls ? 443 : 80;
  auto out = parse_authority(parts.rest, default_port);
  if (out) out->tls = use_tls;
  return named(std::move(out), text);
}

}  // namespace slim::transport
