#include <algorithm>

#include "decode.hpp"

namespace slim::settings {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

constexpr std::uint64_t kMiB = 1024 * 1024;
// What HTTP/2 allows (RFC 9113 4.2), and the least that slimd announces.
constexpr std::uint64_t kLargestFrame = 16'777'215;
constexpr std::uint64_t kSmallestFrame = kMiB;

/// In MiB, of which public nodes can use 1 to 15.
void read_max_frame_size(Section& entry, transport::Http2Options& http2) {
  const auto found = entry.take("max_frame_size");
  if (!found || found->is(Node::Kind::null)) return;
  const std::uint64_t wanted = found->number({}) * kMiB;
  const std::uint64_t used = std::clamp(wanted, kSmallestFrame, kLargestFrame);
  if (used != wanted) {
    found->note(Notice::Kind::rewritten,
                "frames can have 1 to 15 MiB: " + std::to_string(used) + " bytes are used");
  }
  http2.max_frame_size = static_cast<std::uint32_t>(used);
}

void read_limits(Section& entry, transport::Http2Options& http2) {
  read_max_frame_size(entry, http2);
  entry.read("max_concurrent_streams", http2.max_streams, {1, 0x7fffffff});
  // Less does not hold one gRPC request.
  entry.read("max_header_list_size", http2.max_header_list, {256, 0xffffffff});
}

void read_keepalive(Section& entry, transport::Http2Options& http2) {
  const auto found = entry.take("keepalive");
  if (!found) return;
  Section keepalive(*found);
  keepalive.read("time", http2.keepalive_interval);
  keepalive.read("timeout", http2.keepalive_timeout, {milliseconds(1), hours(24)});
  keepalive.read("max_connection_age", http2.max_age);
  keepalive.ignore("max_connection_idle");
  keepalive.ignore("max_connection_age_grace");
  keepalive.finish(Section::Unknown::notice);
}

/// Today's name or, as public nodes take it too, that of the alphas of 2.0.
void read_negotiation_timeout(Section& entry, link::LinkOptions& link) {
  const auto modern = entry.take("negotiation_timeout_secs");
  const auto alias = entry.take("link_hmac_timeout_secs");
  if (modern && alias)
    alias->fail("found both names of the key; allowed: negotiation_timeout_secs");
  const auto& found = modern ? modern : alias;
  if (found) link.negotiation_timeout = std::chrono::seconds(found->number({1, 86'400}));
}

TlsServer read_tls(Section& entry) {
  const auto found = entry.take("tls");
  TlsServer tls = found ? decode_server_tls(*found) : TlsServer{};
  if (!tls.insecure && tls.certificate.kind == PemItem::Kind::none) {
    (found ? *found : entry.value())
        .fail(
            "datapath error: TLS config error: missing server cert or key; allowed: "
            "tls.source, or tls.insecure: true for plain text");
  }
  return tls;
}

}  // namespace

Server decode_server(const Value& value) {
  Section entry(value);
  Server out;
  out.place = value.place();
  const Value endpoint = take_endpoint(entry);
  read_shared_keys(entry, out.link);
  out.tls = read_tls(entry);
  out.endpoint = parsed_endpoint(
      endpoint, transport::parse_listen_endpoint(endpoint.node().text, !out.tls.insecure));
  read_limits(entry, out.http2);
  read_keepalive(entry, out.http2);
  read_negotiation_timeout(entry, out.link);
  read_own_keys(entry, out.link, out.http2);
  for (const std::string_view key :
       {"http2_only", "read_buffer_size", "write_buffer_size", "link_hmac_poll_interval_ms"}) {
    entry.ignore(key);
  }
  entry.finish(Section::Unknown::notice);
  return out;
}

}  // namespace slim::settings
