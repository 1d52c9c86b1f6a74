#include "decode.hpp"

namespace slim::settings {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

// An HTTP/2 window starts at 65535 and counts in 31 bits (RFC 9113 6.9).
constexpr NumberRange kWindow{65'535, 0x7fffffff};
constexpr NumberRange kFrames{1, 1'000'000};
// A queue takes at least a few messages of usual size.
constexpr NumberRange kQueue{64 * 1024, 1024 * 1024 * 1024};
constexpr DurationRange kTimeout{milliseconds(10), hours(1)};

void read_link_keys(Section& own, link::LinkOptions& link) {
  own.read_bytes("queue_bytes", link.queue_bytes, kQueue);
  own.read("multicast_stall", link.multicast_stall, {milliseconds(0), minutes(1)});
  own.read("anycast_stall", link.anycast_stall, {milliseconds(100), hours(1)});
  own.read("translate", link.translate);
}

void read_http2_keys(Section& own, transport::Http2Options& http2) {
  own.read_bytes("stream_window", http2.stream_window, kWindow);
  own.read_bytes("connection_window", http2.connection_window, kWindow);
  own.read("tls_timeout", http2.tls_timeout, kTimeout);
  own.read("preface_timeout", http2.preface_timeout, kTimeout);
  own.read("settings_timeout", http2.settings_timeout, kTimeout);
  own.read("idle_timeout", http2.idle_timeout, {milliseconds(100), hours(24)});
  own.read("linger", http2.linger, {milliseconds(0), minutes(1)});
  own.read("control_frames_burst", http2.control_frames_burst, kFrames);
  own.read("control_frames_rate", http2.control_frames_rate, kFrames);
}

void read_max_streams(Section& own, const Node& entry, transport::Http2Options& http2) {
  const auto found = own.take("max_streams");
  if (!found) return;
  if (entry.find("max_concurrent_streams")) {
    found->fail("found both max_streams and max_concurrent_streams; allowed: one of them");
  }
  http2.max_streams = static_cast<std::uint32_t>(found->number({1, 0x7fffffff}));
}

/// `org`, `org/ns` or `org/ns/type`.
forward::NamePrefix read_prefix(const Value& value) {
  forward::NamePrefix out;
  const std::string text = value.text();
  std::size_t start = 0;
  for (bool more = true; more; ++out.count) {
    const std::size_t slash = text.find('/', start);
    more = slash != std::string::npos;
    const std::string part = text.substr(start, more ? slash - start : slash);
    if (part.empty() || out.count == out.parts.size()) {
      value.fail_form("the first one to three parts of names, such as org or org/namespace");
    }
    out.parts[out.count] = part;
    start = slash + 1;
  }
  return out;
}

bool read_prefixes(Section& own, std::string_view key, std::vector<forward::NamePrefix>& out) {
  const auto found = own.take(key);
  if (!found) return false;
  for (const Value& item : found->list()) out.push_back(read_prefix(item));
  return true;
}

void read_uplink(Section& own, Client& client) {
  const auto found = own.take("uplink");
  forward::UplinkRules rules;
  const bool advertises = read_prefixes(own, "advertise", rules.advertise);
  const bool routes = read_prefixes(own, "route", rules.route);
  const bool is_uplink = found ? found->boolean() : advertises || routes;
  if (!is_uplink) {
    if (advertises || routes) found->fail("found advertise or route beside it; allowed: true");
    return;
  }
  if (client.type != forward::LinkType::edge) {
    own.value().fail("found an uplink of connection_type other than edge; allowed: edge");
  }
  client.uplink = std::make_shared<const forward::UplinkRules>(std::move(rules));
}

void read_dialect(Section& own, Client& client) {
  using wire::Dialect;
  using Choice = std::optional<Dialect>;
  const auto found = own.take("generation");
  if (!found) return;
  client.dialect = found->choice<Choice>({{"auto", Choice{}},
                                          {"0.3", Dialect::a3},
                                          {"0.5", Dialect::a5},
                                          {"0.6", Dialect::b},
                                          {"1.x", Dialect::c},
                                          {"2.x", Dialect::d}});
}

}  // namespace

void read_own_keys(Section& entry, link::LinkOptions& link, transport::Http2Options& http2) {
  const auto found = entry.take("slimd");
  if (!found) return;
  Section own(*found);
  read_link_keys(own, link);
  read_http2_keys(own, http2);
  read_max_streams(own, entry.value().node(), http2);
  if (const auto generation = own.take("generation")) {
    link.newest_only = generation->choice<bool>({{"auto", false}, {"2.x", true}});
  }
  own.finish(Section::Unknown::error);
}

void read_own_keys(Section& entry, Client& client) {
  const auto found = entry.take("slimd");
  if (!found) return;
  Section own(*found);
  read_link_keys(own, client.link);
  read_http2_keys(own, client.http2);
  read_dialect(own, client);
  read_uplink(own, client);
  own.finish(Section::Unknown::error);
}

}  // namespace slim::settings
