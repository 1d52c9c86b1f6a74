#include "options.hpp"

#include <algorithm>
#include <cstdio>
#include <map>

#include <CLI/CLI.hpp>

#include "stamp.hpp"

namespace slim::bench {
namespace {

void add_options(CLI::App& app, Options& o) {
  app.add_option("--host", o.target.host);
  app.add_option("--port", o.target.port)->required();
  app.add_flag("--tls", o.target.tls, "without verifying the certificate");
  app.add_flag("--quick-ack", o.target.quick_ack, "acknowledge at once what is read, in TCP");
  app.add_option("--shape", o.shape, "pairs, fanout, anycast, subscriptions, churn or idle")
      ->check(CLI::IsMember({"pairs", "fanout", "anycast", "subscriptions", "churn", "idle"}));
  app.add_option("--pairs", o.pairs, "publishers, each with a subscriber of its own");
  app.add_option("--subscribers", o.subscribers, "of one publisher: fanout, anycast");
  app.add_option("--stalled", o.stalled, "more subscribers of the first, which read nothing");
  app.add_option("--size", o.publish.payload, "payload bytes");
  app.add_option("--identities", o.publish.identities, "different headers; 1 repeats");
  app.add_option("--identity-bytes", o.publish.identity_bytes);
  app.add_option("--max-frame", o.publish.max_frame, "bytes; the node may announce less")
      ->check(CLI::Range(64, 65'000));
  app.add_option("--seconds", o.seconds, "measured; idle: how long links are held");
  app.add_option("--warmup", o.warmup);
  app.add_option("--rate", o.rate, "messages a second; 0 as fast as it goes");
  app.add_option("--window", o.window, "publishes under way; 0: up to 4096 or 4 MiB");
  app.add_flag("--allow-loss", o.allow_loss, "count what is lost, do not fail");
  app.add_option("--count", o.count, "subscriptions, or connections of churn");
  app.add_option("--prefixes", o.prefixes, "different names of subscriptions, ids apart");
  app.add_option("--links", o.links, "that hold subscriptions, or idle; churn: at a time");
  app.add_option("--subscribe-rate", o.subscribe_rate, "a second; 0 as fast as they are answered");
  app.add_option("--at-most", o.at_most, "seconds for subscriptions; then it stops where it is");
  app.add_option("--ack-window", o.ack_window, "subscriptions a link has under way");
  app.add_option("--node-pid", o.node_pid, "whose processor time and memory to count");
}

std::string problem(const Options& o) {
  const bool traffic = o.shape == "pairs" || o.shape == "fanout" || o.shape == "anycast";
  if (o.nats && !traffic) return "--protocol nats has pairs, fanout and anycast only";
  if (o.nats && o.target.tls) return "--protocol nats has no --tls";
  if (o.shape == "subscriptions" && o.dialect == wire::Dialect::b)
    return "generation b acknowledges no subscriptions";
  if (o.pairs == 0 || o.subscribers == 0 || o.links == 0 || o.publish.identities == 0)
    return "counts start at 1";
  return {};
}

}  // namespace

std::optional<int> parse(int argc, char** argv, Options& options) {
  CLI::App app("slim-load: loads a SLIM node and says what arrived, as a line of JSON");
  std::string mac = "on";
  std::string generation = "d";
  std::string protocol = "slim";
  add_options(app, options);
  app.add_option("--mac", mac, "off: sends no key")->check(CLI::IsMember({"on", "off"}));
  app.add_option("--generation", generation)->check(CLI::IsMember({"b", "c", "d"}));
  app.add_option("--protocol", protocol)->check(CLI::IsMember({"slim", "nats"}));
  CLI11_PARSE(app, argc, argv);
  const std::map<std::string, wire::Dialect> dialects{
      {"b", wire::Dialect::b}, {"c", wire::Dialect::c}, {"d", wire::Dialect::d}};
  options.dialect = dialects.at(generation);
  options.mac = mac == "on" && options.dialect == wire::Dialect::d;
  options.nats = protocol == "nats";
  options.publish.single = options.rate > 0;
  options.publish.payload = std::max(options.publish.payload, sizeof(Stamp));
  if (options.prefixes == 0) options.prefixes = std::max<std::size_t>(1, options.count / 1000);
  if (options.window == 0) {
    options.window = std::clamp<std::size_t>(4 * 1024 * 1024 / options.publish.payload, 32, 4096);
  }
  if (const std::string text = problem(options); !text.empty()) {
    std::fprintf(stderr, "%s\n", text.c_str());
    return 2;
  }
  return std::nullopt;
}

}  // namespace slim::bench
