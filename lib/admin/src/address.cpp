#include <charconv>

#include <boost/asio/ip/address.hpp>

#include <slim/admin/address.hpp>

namespace slim::admin {
namespace {

constexpr const char* kAllowed = "; allowed: host:port, :port, unix:/path, off";

}  // namespace

std::string Address::text() const {
  if (kind == Kind::off) return "off";
  if (kind == Kind::unix_socket) return "unix:" + host;
  const bool v6 = host.find(':') != std::string::npos;
  return (v6 ? '[' + host + ']' : host) + ':' + std::to_string(port);
}

base::Result<Address, std::string> parse_address(std::string_view text) {
  const auto fail = [text](const char* what) {
    return base::fail(std::string(what) + " in `" + std::string(text) + '`' + kAllowed);
  };
  Address out;
  if (text == "off") return out;
  if (text.starts_with("unix:")) {
    std::string_view path = text.substr(5);
    if (path.starts_with("//")) path.remove_prefix(2);
    if (path.empty() || path.front() != '/') return fail("no absolute path");
    out.kind = Address::Kind::unix_socket;
    out.host = path;
    return out;
  }
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return fail("no port");
  const std::string_view digits = text.substr(colon + 1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out.port);
  if (error != std::errc{} || end != digits.data() + digits.size()) return fail("no port number");
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (host.empty()) host = "::";
  if (host == "localhost") host = "127.0.0.1";
  boost::system::error_code not_an_address;
  boost::asio::ip::make_address(std::string(host), not_an_address);
  if (not_an_address) return fail("no IP address");
  out.kind = Address::Kind::tcp;
  out.host = host;
  return out;
}

}  // namespace slim::admin
