#include <utility>

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include <slim/admin/probe.hpp>

namespace slim::admin {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using Protocol = asio::generic::stream_protocol;

Protocol::endpoint endpoint_of(const Address& address) {
  if (address.kind == Address::Kind::unix_socket) {
    return asio::local::stream_protocol::endpoint(address.host);
  }
  asio::ip::address host = asio::ip::make_address(address.host);
  if (host.is_unspecified()) host = asio::ip::address_v4::loopback();
  return asio::ip::tcp::endpoint(host, address.port);
}

}  // namespace

ProbeResult probe(const Address& address, const std::string& path, base::Duration timeout) {
  if (address.kind == Address::Kind::off) return {false, "the admin listener is off"};
  asio::io_context context{1};
  beast::basic_stream<Protocol> stream(context);
  beast::flat_buffer buffer(64 * 1024);
  http::request<http::empty_body> request(http::verb::get, path, 11);
  request.set(http::field::host, "localhost");
  request.keep_alive(false);
  http::response<http::string_body> response;
  ProbeResult out;
  const auto failed = [&out](const boost::system::error_code& error) {
    if (error) out.text = error.message();
    return static_cast<bool>(error);
  };
  try {
    stream.expires_after(timeout);
    stream.async_connect(endpoint_of(address), [&](boost::system::error_code error) {
      if (failed(error)) return;
      http::async_write(stream, request, [&](boost::system::error_code error2, std::size_t) {
        if (failed(error2)) return;
        http::async_read(stream, buffer, response,
                         [&](boost::system::error_code error3, std::size_t) {
                           if (failed(error3)) return;
                           out.healthy = response.result() == http::status::ok;
                           out.text = response.body();
                         });
      });
    });
    context.run();
  } catch (const boost::system::system_error& error) {
    out.text = error.code().message();
  }
  return out;
}

}  // namespace slim::admin
