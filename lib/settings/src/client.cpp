#include <algorithm>
#include <cctype>

#include "decode.hpp"
#include "unavailable.hpp"

namespace slim::settings {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

void read_tls_and_endpoint(Section& entry, Client& out) {
  const Value endpoint = take_endpoint(entry);
  const std::string& text = endpoint.node().text;
  if (const auto tls = entry.take("tls")) out.tls = decode_client_tls(*tls);
  // `insecure` with a CA still makes a TLS client; a Unix socket has none either way.
  const bool has_ca = out.tls.ca.kind != PemItem::Kind::none;
  const bool tls_on = !out.tls.insecure || (has_ca && !text.starts_with("unix://"));
  out.endpoint = parsed_endpoint(endpoint, transport::parse_dial_endpoint(text, tls_on));
  out.tls.insecure = !out.endpoint.tls;
}

/// Without the key there are no PINGs; an empty mapping has them at the default times.
void read_keepalive(Section& entry, transport::Http2Options& http2) {
  http2.keepalive_interval = base::Duration(0);
  const auto found = entry.take("keepalive");
  if (!found) return;
  http2.keepalive_interval = seconds(60);
  http2.keepalive_timeout = seconds(10);
  http2.keepalive_without_streams = false;
  Section keepalive(*found);
  keepalive.read("http2_keepalive", http2.keepalive_interval);
  keepalive.read("timeout", http2.keepalive_timeout, {milliseconds(1), hours(24)});
  keepalive.read("keep_alive_while_idle", http2.keepalive_without_streams);
  if (const auto tcp = keepalive.take("tcp_keepalive")) {
    (void)tcp->duration();
    note_unavailable(*tcp, "keepalive of TCP (http2_keepalive does the same)");
  }
  keepalive.finish(Section::Unknown::notice);
}

/// The authority of a URI: it overrides what the endpoint says.
std::string authority_of(const Value& origin) {
  const std::string text = origin.text();
  const std::size_t scheme = text.find("://");
  const std::size_t start = scheme == std::string::npos ? 0 : scheme + 3;
  std::string out = text.substr(start, text.find_first_of("/?#", start) - start);
  const bool is_clean = std::all_of(out.begin(), out.end(), [](unsigned char c) {
    return std::isgraph(c) && c != '@' && c < 0x80;
  });
  if (out.empty() || !is_clean) {
    origin.fail(std::string(kDecodeError) + "found " + origin.shown() +
                "; allowed: a URI such as https://host:port");
  }
  return out;
}

/// A token of RFC 9110 5.6.2.
bool is_header_name(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return c < 0x80 &&
           (std::isalnum(c) || std::string_view("!#$%&'*+-.^_`|~").find(static_cast<char>(c)) !=
                                   std::string_view::npos);
  });
}

bool is_header_value(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](unsigned char c) { return c == '\t' || (c >= 0x20 && c != 0x7f); });
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

void read_headers(Section& entry, Client& out) {
  constexpr std::size_t kMaxHeaders = 100;
  const auto found = entry.take("headers");
  if (!found) return;
  Section headers(*found);
  if (found->node().entries.size() > kMaxHeaders) {
    found->fail("header name parse error: too many; allowed: " + std::to_string(kMaxHeaders));
  }
  for (const Entry& header : found->node().entries) {
    const auto value = headers.take(header.key);
    if (!value) continue;
    const std::string name = lower(header.key);
    if (!is_header_name(name)) value->fail("header name parse error; allowed: a token");
    const auto same = [&name](const auto& other) { return other.first == name; };
    if (std::any_of(out.headers.begin(), out.headers.end(), same)) {
      value->fail("header name parse error: stands twice, in another letter case");
    }
    std::string text = value->text();
    if (!is_header_value(text)) {
      value->fail("header value parse error; allowed: one line without control characters");
    }
    out.headers.emplace_back(name, std::move(text));
  }
}

forward::LinkType read_type(Section& entry) {
  using forward::LinkType;
  const auto found = entry.take("connection_type");
  if (!found) return LinkType::edge;
  return found->choice<LinkType>(
      {{"edge", LinkType::edge}, {"peer", LinkType::peer}, {"remote", LinkType::remote}});
}

/// Never applied by any release.
void read_compression(Section& entry) {
  const auto found = entry.take("compression");
  if (!found || found->is(Node::Kind::null)) return;
  const std::vector<std::string> words{"Gzip", "Zlib", "Deflate", "Snappy",
                                       "Zstd", "Lz4",  "None",    "Empty"};
  const std::string text = found->text();
  const bool strict = entry.report().strict();
  const bool is_known = std::any_of(words.begin(), words.end(), [&](const std::string& word) {
    return strict ? word == text : lower(word) == lower(text);
  });
  if (!is_known) found->fail_form(list_of(words));
  if (lower(text) != "none" && lower(text) != "empty") note_unavailable(*found, "compression");
}

void read_unavailable_keys(Section& entry) {
  refuse_proxy(entry);
  read_compression(entry);
  if (const auto limit = entry.take("rate_limit"); limit && !limit->is(Node::Kind::null)) {
    note_unavailable(*limit, "a limit to the rate of requests");
  }
  entry.ignore("buffer_size");
}

}  // namespace

Client read_client(Section& entry, base::Duration negotiation_timeout) {
  Client out;
  out.place = entry.value().place();
  out.link.negotiation_timeout = negotiation_timeout;
  read_tls_and_endpoint(entry, out);
  read_shared_keys(entry, out.link);
  if (const auto origin = entry.take("origin"); origin && !origin->is(Node::Kind::null)) {
    out.authority = authority_of(*origin);
  }
  entry.read("server_name", out.server_name);
  entry.read("link_id", out.link_id);
  entry.read("connect_timeout", out.connect_timeout);
  entry.read("request_timeout", out.http2.response_timeout);
  read_keepalive(entry, out.http2);
  read_headers(entry, out);
  out.type = read_type(entry);
  if (const auto backoff = entry.take("backoff")) out.backoff = decode_backoff(*backoff);
  read_own_keys(entry, out);
  read_unavailable_keys(entry);
  return out;
}

Client decode_client(const Value& value, base::Duration negotiation_timeout) {
  Section entry(value);
  Client out = read_client(entry, negotiation_timeout);
  entry.finish(Section::Unknown::notice);
  return out;
}

}  // namespace slim::settings
