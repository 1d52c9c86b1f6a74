#include <chrono>
#include <prometheus/text_serializer.h>

#include <slim/admin/metrics.hpp>
#include <slim/base/log.hpp>
#include <slim/base/log_filter.hpp>
#include <slim/wire/generation.hpp>

#include "families.hpp"

namespace slim::admin {
namespace {

using forward::kLinkTypes;
using forward::LinkType;
using transport::CloseReason;

/// Message kinds as the label `type` has them, with their places in forward::Counters.
struct KindLabel {
  const char* label;
  std::size_t place;
};
constexpr std::array<KindLabel, 6> kKinds{{{"publish", 3},
                                           {"subscribe", 1},
                                           {"unsubscribe", 2},
                                           {"subscription_ack", 6},
                                           {"link", 5},
                                           {"unknown", 0}}};

std::string kind_of(std::size_t type) {
  return std::string(to_string(static_cast<LinkType>(type)));
}

/// Reasons of an end, as coarse as the label of slim_connections_closed_total.
constexpr std::array<std::string_view, 9> kEnds{
    "peer_closed", "transport_error", "protocol_error", "negotiation_failed",
    "keepalive",   "slow_consumer",   "admin",          "drain",
    "other"};

std::string_view end_of(CloseReason reason) {
  switch (reason) {
    case CloseReason::peer_closed:
    case CloseReason::peer_reset:
      return "peer_closed";
    case CloseReason::connection_lost:
    case CloseReason::connect_failed:
    case CloseReason::connect_timeout:
    case CloseReason::tls_failed:
    case CloseReason::tls_timeout:
      return "transport_error";
    case CloseReason::http2_error:
    case CloseReason::http2_flood:
    case CloseReason::bad_preface:
    case CloseReason::bad_request:
    case CloseReason::headers_too_large:
    case CloseReason::compressed_message:
    case CloseReason::message_too_large:
    case CloseReason::undecodable_message:
    case CloseReason::uplink_cycle:
      return "protocol_error";
    case CloseReason::negotiation_failed:
    case CloseReason::negotiation_timeout:
    case CloseReason::self_connection:
    case CloseReason::deployment_mismatch:
      return "negotiation_failed";
    case CloseReason::keepalive_timeout:
    case CloseReason::idle_timeout:
      return "keepalive";
    case CloseReason::slow_receiver:
    case CloseReason::control_overflow:
      return "slow_consumer";
    case CloseReason::admin:
    case CloseReason::replaced:
      return "admin";
    case CloseReason::drain:
      return "drain";
    default:
      return "other";
  }
}

using Counters = std::vector<WorkerCounters>;

template <class Get>
std::uint64_t sum(const Counters& workers, Get&& get) {
  std::uint64_t total = 0;
  for (const WorkerCounters& worker : workers) total += get(worker).value();
  return total;
}

void add_messages(Families& families, const Counters& workers) {
  using Table = std::array<std::array<base::Counter, kLinkTypes>, forward::Counters::kKinds>;
  const auto add = [&](const char* name, const char* help, Table forward::Counters::*table) {
    Family family = families.counter(name, help);
    for (const KindLabel& kind : kKinds) {
      for (std::size_t type = 0; type < kLinkTypes; ++type) {
        const auto get = [&](const WorkerCounters& w) -> const base::Counter& {
          return (w.forward->*table)[kind.place][type];
        };
        family.add(sum(workers, get), {{"type", kind.label}, {"kind", kind_of(type)}});
      }
    }
  };
  add("slim_messages_received_total", "Messages taken from streams, before any check.",
      &forward::Counters::received);
  add("slim_messages_sent_total",
      "Messages handed to outgoing queues; each copy of a multicast counts.",
      &forward::Counters::sent);
  add("slim_message_bytes_received_total", "Size of the messages received, in bytes.",
      &forward::Counters::received_bytes);
  add("slim_message_bytes_sent_total", "Size of the messages sent, in bytes.",
      &forward::Counters::sent_bytes);
  Family dropped = families.counter("slim_messages_dropped_total",
                                    "Messages that went no further, by reason and by the kind of "
                                    "link that they came from.");
  for (std::size_t reason = 0; reason < forward::kDropReasons; ++reason) {
    for (std::size_t type = 0; type < kLinkTypes; ++type) {
      const auto get = [&](const WorkerCounters& w) -> const base::Counter& {
        return w.forward->dropped[reason][type];
      };
      dropped.add(sum(workers, get),
                  {{"reason", std::string(to_string(static_cast<forward::DropReason>(reason)))},
                   {"kind", kind_of(type)}});
    }
  }
  std::vector<const link::ForwardingTime::Histogram*> times;
  for (const WorkerCounters& w : workers) times.push_back(&w.link->forwarding.histogram());
  families
      .histogram("slim_forwarding_duration_seconds",
                 "From the turn that read a publish to the outgoing queue, or the one of another "
                 "worker, of one publish in 1024 that had not to wait.")
      .add(times, {{"transport", "grpc"}});
  families
      .counter("slim_backpressure_stalls_total",
               "How often a publisher was made to wait for a full queue.")
      .add(sum(
          workers, [](const auto& w) -> const auto& { return w.forward->stalls; }));
  families
      .counter("slim_messages_ignored_total",
               "Messages that ask for nothing: no member, or a second negotiation.")
      .add(sum(
          workers, [](const auto& w) -> const auto& { return w.link->ignored; }));
  families
      .counter("slim_messages_undecodable_total",
               "Messages that could not be read; each ended its stream.")
      .add(sum(
          workers, [](const auto& w) -> const auto& { return w.link->undecodable; }));
}

void add_links(Families& families, const Counters& workers) {
  Family open = families.gauge("slim_connections", "Links that are up.");
  const auto each = [](auto&& visit) {
    for (std::size_t type = 0; type < kLinkTypes; ++type) {
      for (std::size_t way = 0; way < link::kDirections; ++way) {
        visit(type, way, std::string(to_string(static_cast<link::Direction>(way))));
      }
    }
  };
  each([&](std::size_t type, std::size_t way, const std::string& direction) {
    const auto get = [&](const WorkerCounters& w) -> const auto& { return w.link->up[type][way]; };
    open.add(sum(workers, get),
             {{"transport", "grpc"}, {"kind", kind_of(type)}, {"direction", direction}});
  });
  Family opened = families.counter("slim_connections_opened_total", "Links that came up.");
  each([&](std::size_t type, std::size_t way, const std::string& direction) {
    const auto get = [&](const WorkerCounters& w) -> const auto& {
      return w.link->opened[type][way];
    };
    opened.add(sum(workers, get),
               {{"transport", "grpc"}, {"kind", kind_of(type)}, {"direction", direction}});
  });
  Family closed = families.counter("slim_connections_closed_total",
                                   "Links that ended, by the reason in its coarse form.");
  each([&](std::size_t type, std::size_t way, const std::string& direction) {
    for (const std::string_view end : kEnds) {
      std::uint64_t total = 0;
      for (std::size_t r = 0; r < transport::kCloseReasons; ++r) {
        if (end_of(static_cast<CloseReason>(r)) != end) continue;
        total += sum(
            workers, [&](const WorkerCounters& w) -> const auto& {
              return w.link->closed[type][way][r];
            });
      }
      closed.add(total, {{"transport", "grpc"},
                         {"kind", kind_of(type)},
                         {"direction", direction},
                         {"reason", std::string(end)}});
    }
  });
  Family lifetimes =
      families.histogram("slim_connection_duration_seconds", "How long links were up, in seconds.");
  for (std::size_t type = 0; type < kLinkTypes; ++type) {
    std::vector<const link::LinkCounters::Lifetimes*> parts;
    for (const WorkerCounters& w : workers) parts.push_back(&w.link->lifetimes[type]);
    lifetimes.add(parts, {{"kind", kind_of(type)}});
  }
  Family generations =
      families.gauge("slim_peer_generation", "Links that are up, by wire generation.");
  for (std::size_t g = 0; g < 4; ++g) {
    generations.add(
        sum(
            workers, [g](const auto& w) -> const auto& { return w.link->generations[g]; }),
        {{"generation", std::string(to_string(static_cast<wire::Generation>(g)))}});
  }
}

void add_negotiations(Families& families, const Counters& workers) {
  Family results = families.counter("slim_link_negotiations_total",
                                    "How the first messages on streams ended; not_offered are "
                                    "links of generations without negotiation.");
  for (std::size_t way = 0; way < link::kDirections; ++way) {
    for (std::size_t r = 0; r < link::kNegotiationResults; ++r) {
      results.add(
          sum(
              workers, [&](const auto& w) -> const auto& { return w.link->negotiations[way][r]; }),
          {{"direction", std::string(to_string(static_cast<link::Direction>(way)))},
           {"result", std::string(to_string(static_cast<link::NegotiationResult>(r)))}});
    }
  }
  Family times = families.histogram("slim_link_negotiation_duration_seconds",
                                    "From the opened stream to the link, in seconds.");
  for (std::size_t way = 0; way < link::kDirections; ++way) {
    std::vector<const link::LinkCounters::NegotiationTimes*> parts;
    for (const WorkerCounters& w : workers) parts.push_back(&w.link->negotiation_times[way]);
    times.add(parts, {{"direction", std::string(to_string(static_cast<link::Direction>(way)))}});
  }
  Family failures =
      families.counter("slim_header_mac_failures_total", "Messages dropped for their header MAC.");
  for (std::size_t type = 0; type < kLinkTypes; ++type) {
    failures.add(
        sum(
            workers, [&](const auto& w) -> const auto& { return w.link->mac_missing[type]; }),
        {{"kind", kind_of(type)}, {"reason", "missing"}});
    failures.add(
        sum(
            workers, [&](const auto& w) -> const auto& { return w.link->mac_mismatch[type]; }),
        {{"kind", kind_of(type)}, {"reason", "mismatch"}});
  }
  Family dials = families.counter("slim_connect_attempts_total",
                                  "Attempts to connect to configured neighbours.");
  for (std::size_t type = 0; type < kLinkTypes; ++type) {
    for (std::size_t r = 0; r < link::kDialResults; ++r) {
      dials.add(sum(
                    workers, [&](const auto& w) -> const auto& { return w.link->dials[type][r]; }),
                {{"kind", kind_of(type)},
                 {"result", std::string(to_string(static_cast<link::DialResult>(r)))}});
    }
  }
  Family reconnects = families.counter("slim_reconnects_total",
                                       "What became of links of this node that were lost.");
  for (std::size_t type = 0; type < kLinkTypes; ++type) {
    for (std::size_t r = 0; r < link::kReconnectResults; ++r) {
      reconnects.add(
          sum(
              workers, [&](const auto& w) -> const auto& { return w.link->reconnects[type][r]; }),
          {{"kind", kind_of(type)},
           {"result", std::string(to_string(static_cast<link::ReconnectResult>(r)))}});
    }
  }
}

void add_sockets(Families& families, const std::vector<WorkerState>& workers,
                 const std::vector<NodeSource*>& nodes) {
  const auto total = [&](auto&& get) {
    std::uint64_t out = 0;
    for (const WorkerState& worker : workers) out += get(*worker.transport).value();
    return out;
  };
  Family sockets = families.gauge("slim_sockets", "Accepted sockets, with or without a stream.");
  std::size_t listener = 0;
  for (const NodeSource* node : nodes) {
    for (const std::uint64_t open : node->sockets()) {
      sockets.add(open, {{"listener", std::to_string(listener++)}});
    }
  }
  families.counter("slim_sockets_accepted_total", "Sockets accepted.").add(total([
  ](const auto& t) -> const auto& { return t.connections_accepted; }));
  families.counter("slim_requests_refused_total", "Requests that are no data-plane streams.")
      .add(total([](const auto& t) -> const auto& { return t.requests_refused; }));
  Family ends = families.counter("slim_socket_ends_total",
                                 "Connections that ended, accepted and dialled, by exact reason.");
  Family streams =
      families.counter("slim_stream_ends_total", "Streams that ended, by exact reason.");
  for (std::size_t r = 1; r < transport::kCloseReasons; ++r) {
    const std::string reason(to_string(static_cast<CloseReason>(r)));
    ends.add(total([r](const auto& t) -> const auto& { return t.connections_closed[r]; }),
             {{"reason", reason}});
    streams.add(total([r](const auto& t) -> const auto& { return t.streams_closed[r]; }),
                {{"reason", reason}});
  }
  families.counter("slim_network_bytes_received_total", "Bytes read from links' connections.")
      .add(total([](const auto& t) -> const auto& { return t.bytes_received; }),
           {{"transport", "grpc"}});
  families.counter("slim_network_bytes_sent_total", "Bytes written to links' connections.")
      .add(total([](const auto& t) -> const auto& { return t.bytes_sent; }),
           {{"transport", "grpc"}});
  Family handshakes = families.counter("slim_tls_handshakes_total", "How TLS handshakes ended.");
  for (std::size_t role = 0; role < 2; ++role) {
    for (std::size_t r = 0; r < transport::kTlsResults; ++r) {
      handshakes.add(total([&](const auto& t) -> const auto& { return t.tls_handshakes[role][r]; }),
                     {{"role", role == 0 ? "server" : "client"},
                      {"result", std::string(to_string(static_cast<transport::TlsResult>(r)))}});
    }
  }
}

void add_routing(Families& families, const std::vector<NodeSource*>& nodes) {
  forward::Router::Statistics all;
  for (const NodeSource* node : nodes) {
    const auto one = node->routes();
    all.records += one.records;
    all.routes += one.routes;
    all.prefixes += one.prefixes;
    all.waiting_acks += one.waiting_acks;
    for (std::size_t type = 0; type < kLinkTypes; ++type) {
      all.subscribes.done[type] += one.subscribes.done[type];
      all.subscribes.refused[type] += one.subscribes.refused[type];
      all.unsubscribes.done[type] += one.unsubscribes.done[type];
      all.unsubscribes.refused[type] += one.unsubscribes.refused[type];
    }
  }
  families.gauge("slim_subscriptions", "Subscriptions in the table, all links together.")
      .add(std::uint64_t{all.records});
  Family names = families.gauge("slim_subscribed_names",
                                "Names in the table: full counts each instance id of a name, "
                                "prefix the three parts before it.");
  names.add(std::uint64_t{all.routes}, {{"level", "full"}});
  names.add(std::uint64_t{all.prefixes}, {{"level", "prefix"}});
  families
      .gauge("slim_subscription_acks_waiting",
             "Acknowledgements that wait for those of other nodes.")
      .add(std::uint64_t{all.waiting_acks});
  Family changes = families.counter("slim_subscription_changes_total",
                                    "Subscribe and Unsubscribe messages, by the kind of link that "
                                    "they came from.");
  for (std::size_t type = 0; type < kLinkTypes; ++type) {
    const auto add = [&](const char* op, const char* result, std::uint64_t count) {
      changes.add(count, {{"op", op}, {"origin", kind_of(type)}, {"result", result}});
    };
    add("subscribe", "ok", all.subscribes.done[type]);
    add("subscribe", "error", all.subscribes.refused[type]);
    add("unsubscribe", "ok", all.unsubscribes.done[type]);
    add("unsubscribe", "error", all.unsubscribes.refused[type]);
  }
}

void add_configured_links(Families& families, const std::vector<NodeSource*>& nodes) {
  constexpr std::size_t kMostSeries = 256;
  std::vector<DialledLink> links;
  for (const NodeSource* node : nodes) {
    for (DialledLink& one : node->dialled()) links.push_back(std::move(one));
  }
  std::array<std::uint64_t, kLinkTypes> configured{};
  for (const DialledLink& one : links) ++configured[static_cast<std::size_t>(one.type)];
  Family count = families.gauge("slim_links_configured", "Links that this node is to dial.");
  for (std::size_t type = 0; type < kLinkTypes; ++type) {
    count.add(configured[type], {{"kind", kind_of(type)}});
  }
  Family up = families.gauge("slim_link_up", "Whether a link that this node dials is up.");
  std::array<std::optional<bool>, kLinkTypes> others;
  for (std::size_t i = 0; i < links.size(); ++i) {
    const auto type = static_cast<std::size_t>(links[i].type);
    if (i < kMostSeries) {
      up.add(links[i].up ? 1.0 : 0.0, {{"kind", kind_of(type)}, {"link", links[i].label}});
    } else {
      others[type] = others[type].value_or(true) && links[i].up;
    }
  }
  for (std::size_t type = 0; type < kLinkTypes; ++type) {
    if (!others[type]) continue;
    up.add(*others[type] ? 1.0 : 0.0, {{"kind", kind_of(type)}, {"link", "other"}});
  }
}

void add_queues(Families& families, const std::vector<NodeSource*>& nodes,
                const ProcessFacts& facts) {
  Queues all;
  for (const NodeSource* node : nodes) {
    const Queues one = node->queues();
    all.bytes += one.bytes;
    all.largest = std::max(all.largest, one.largest);
    all.full += one.full;
  }
  const Label queue{"queue", "stream_tx"};
  families.gauge("slim_queue_bytes", "Bytes that wait for links' sockets, about a second ago.")
      .add(all.bytes, {queue});
  families.gauge("slim_queue_bytes_max", "The largest queue of one link, in bytes.")
      .add(all.largest, {queue});
  families.gauge("slim_queue_full", "Links with a queue so full that publishers wait.")
      .add(all.full, {queue});
  families.gauge("slim_queue_capacity_bytes", "Size of one link's queue, of the first listener's.")
      .add(std::uint64_t{facts.queue_bytes}, {queue});
}

void add_certificates(Families& families, const std::vector<NodeSource*>& nodes) {
  Family expiry =
      families.gauge("slim_tls_certificate_not_after_timestamp_seconds",
                     "When the certificate that this side shows ends, in seconds since 1970.");
  for (const NodeSource* node : nodes) {
    for (const Certificate& one : node->certificates()) {
      expiry.add(static_cast<double>(one.not_after), {{"role", one.server ? "server" : "client"},
                                                      {"endpoint", std::to_string(one.endpoint)},
                                                      {"source", one.is_file ? "file" : "pem"}});
    }
  }
}

void add_reloads(Families& families, const std::vector<NodeSource*>& nodes) {
  NodeSource::Reloads all;
  for (const NodeSource* node : nodes) {
    all.done += node->reloads().done;
    all.failed += node->reloads().failed;
  }
  Family reloads = families.counter("slim_tls_reloads_total",
                                    "Certificates and keys that were read again upon SIGHUP.");
  reloads.add(all.done, {{"source", "file"}, {"result", "ok"}});
  reloads.add(all.failed, {{"source", "file"}, {"result", "failed"}});
}

void add_process(Families& families, const ProcessSource& process, const ProcessFacts& facts,
                 const std::vector<NodeSource*>& nodes, const std::vector<WorkerState>& workers) {
  families.gauge("slim_build_info", "What this build is; always 1.")
      .add(1.0, {{"version", facts.version},
                 {"revision", facts.revision},
                 {"compiler", facts.compiler},
                 {"target", facts.target},
                 {"profile", facts.profile}});
  Family node_info = families.gauge("slim_node_info", "The node's identity; always 1.");
  bool ready = !nodes.empty() && !process.stopping();
  bool draining = process.stopping();
  for (const NodeSource* node : nodes) {
    const NodeSource::Identity who = node->identity();
    node_info.add(
        1.0,
        {{"node_id", who.node_id}, {"domain_name", who.domain_name}, {"service", who.service}});
    ready = ready && node->unready().empty();
    draining = draining || node->draining();
  }
  families.gauge("slim_config_info", "The configuration file's digest; always 1.")
      .add(1.0, {{"sha256", facts.configuration_sha256}});
  Family warnings = families.gauge("slim_config_warnings", "What was noted of the file, by kind.");
  warnings.add(std::uint64_t{facts.rewritten}, {{"kind", "rewritten"}});
  warnings.add(std::uint64_t{facts.unknown_keys}, {{"kind", "unknown_key"}});
  warnings.add(std::uint64_t{facts.dead_keys}, {{"kind", "dead_key"}});
  warnings.add(std::uint64_t{facts.unavailable}, {{"kind", "not_available"}});
  families.gauge("slim_ready", "1 when /readyz says so.").add(ready ? 1.0 : 0.0);
  families.gauge("slim_draining", "1 from the signal to stop on.").add(draining ? 1.0 : 0.0);
  if (const auto seconds = process.start_seconds()) {
    families.gauge("slim_start_duration_seconds", "From the process's start to its service's.")
        .add(*seconds);
  }
  families.gauge("slim_workers", "Worker threads.").add(std::uint64_t{workers.size()});
  Family busy = families.counter("slim_worker_busy_seconds_total",
                                 "Processor time of a worker thread, in seconds.");
  for (std::size_t w = 0; w < workers.size(); ++w) {
    busy.add(workers[w].busy_seconds, {{"worker", std::to_string(w)}});
  }
  Family records = families.counter("slim_log_records_total", "Log records, after filtering.");
  const auto written = log::written();
  for (std::size_t level = 0; level < written.size(); ++level) {
    records.add(written[level],
                {{"level", std::string(to_string(static_cast<log::Level>(level)))}});
  }
}

}  // namespace

std::vector<prometheus::MetricFamily> Metrics::Collect() const {
  Families families;
  const std::vector<NodeSource*> nodes = process_.nodes();
  const std::vector<WorkerState> workers = process_.workers();
  Counters counters;
  for (const NodeSource* node : nodes) {
    for (const WorkerCounters& one : node->counters()) counters.push_back(one);
  }
  add_process(families, process_, facts_, nodes, workers);
  add_links(families, counters);
  add_negotiations(families, counters);
  add_configured_links(families, nodes);
  add_sockets(families, workers, nodes);
  add_certificates(families, nodes);
  add_reloads(families, nodes);
  add_routing(families, nodes);
  add_messages(families, counters);
  add_queues(families, nodes, facts_);
  add_process_metrics(families);
  families.gauge("slim_scrape_duration_seconds", "How long the scrape before this one took.")
      .add(last_scrape_seconds_);
  return families.take();
}

std::string Metrics::text() {
  const auto start = std::chrono::steady_clock::now();
  std::string out = prometheus::TextSerializer().Serialize(Collect());
  last_scrape_seconds_ =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return out;
}

}  // namespace slim::admin
