#include <algorithm>
#include <array>
#include <charconv>

#include <nlohmann/json.hpp>
#include <openssl/crypto.h>

#include <slim/admin/api.hpp>
#include <slim/base/log.hpp>
#include <slim/name/instance_id.hpp>
#include <slim/wire/generation.hpp>

namespace slim::admin {
namespace {

using Json = nlohmann::ordered_json;

const log::Target kTarget{"slim::admin"};

constexpr std::size_t kPage = 1000;
/// Subscriptions read at a time: subscribing waits that long.
constexpr std::size_t kSlice = 100;
constexpr int kMostAsking = 4;
/// A worker that has not run for so long is stuck.
constexpr auto kStalled = std::chrono::seconds(10);

constexpr const char* kMetricsType = "text/plain; version=0.0.4; charset=utf-8";

/// Peers choose some of the texts: what is not UTF-8 is replaced.
Response json(const Json& body, unsigned status = 200) {
  return {status, "application/json",
          body.dump(2, ' ', false, Json::error_handler_t::replace) + '\n'};
}

Response error(unsigned status, const std::string& text) { return json({{"error", text}}, status); }

double seconds(base::Duration time) { return std::chrono::duration<double>(time).count(); }

template <class Number>
bool parse_number(std::string_view text, Number& out) {
  if (text.empty()) return true;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc{} && end == text.data() + text.size();
}

bool same_secret(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

Json describe(const link::LinkInfo& info) {
  Json out = Json::object();
  if (info.link) {
    out["id"] = info.link.index();
    out["type"] = to_string(info.link.type());
    out["worker"] = info.link.worker();
    out["generation"] = to_string(info.generation);
  }
  out["direction"] = info.dialled ? "outbound" : "inbound";
  out["remote"] = info.remote;
  out["node_id"] = info.peer_node_id;
  out["version"] = info.peer_version;
  out["link_id"] = info.link_id;
  return out;
}

Json describe(const link::LinkReport& report) {
  Json out = describe(report.info);
  out["age_seconds"] = seconds(report.age);
  out["queued_bytes"] = report.queued;
  out["full"] = report.full;
  out["messages_received"] = report.messages_received;
  out["messages_sent"] = report.messages_sent;
  out["bytes_sent"] = report.bytes_sent;
  return out;
}

Json describe(const link::ClosedLink& closed, base::Instant now) {
  Json out = describe(closed.info);
  out["reason"] = to_string(closed.reason);
  out["message"] = closed.message;
  out["seconds_ago"] = seconds(now - closed.at);
  out["age_seconds"] = seconds(closed.age);
  return out;
}

Json describe(const forward::Router::Subscription& subscription) {
  return {{"name", name::to_string(subscription.name)},
          {"generation", to_string(subscription.generation)},
          {"connection", subscription.link.index()},
          {"type", to_string(subscription.link.type())},
          {"subscription_ids", subscription.ids}};
}

Json describe(const forward::Explanation& explanation) {
  Json links = Json::array();
  for (const forward::Verdict& verdict : explanation.links) {
    links.push_back({{"connection", verdict.link.index()},
                     {"type", to_string(verdict.link.type())},
                     {"generation", to_string(verdict.generation)},
                     {"uplink", verdict.uplink},
                     {"verdict", to_string(verdict.kind)}});
  }
  Json out{{"outcome", explanation.text}, {"waits", explanation.held}};
  if (explanation.drop) out["drop_reason"] = to_string(*explanation.drop);
  out["connections"] = std::move(links);
  return out;
}

/// `org/ns/service`, or with an instance id behind.
base::Result<name::Name, std::string> parse_destination(std::string_view text) {
  name::InstanceId id = name::InstanceId::wildcard();
  if (std::count(text.begin(), text.end(), '/') == 3) {
    const std::size_t slash = text.rfind('/');
    const auto parsed = name::parse_instance_id(text.substr(slash + 1));
    if (!parsed) return base::fail(std::string("the instance id is no UUID"));
    id = *parsed;
    text = text.substr(0, slash);
  }
  auto name = name::parse_name(text);
  if (name) name->id = id;
  return name;
}

std::optional<wire::Generation> parse_generation(std::string_view text) {
  if (text.empty()) return wire::Generation::d;
  for (std::size_t g = 0; g < 4; ++g) {
    const auto generation = static_cast<wire::Generation>(g);
    if (text == to_string(generation)) return generation;
  }
  return std::nullopt;
}

}  // namespace

struct Api::Path {
  std::string_view path;
  void (Api::*answer)(const Request&, const Respond&);
  enum class Open : std::uint8_t {
    always,
    without_token,  ///< to everybody where no token is set
    to_token,       ///< reveals or changes what is nobody else's business
  } open;
  bool changes = false;  ///< takes POST too
};

Api::Api(ProcessSource& process, ProcessFacts facts, std::string token)
    : process_(process),
      facts_(std::move(facts)),
      token_(std::move(token)),
      metrics_(process_, facts_) {}

void Api::set_token(std::string token) {
  const std::lock_guard lock(token_mutex_);
  token_ = std::move(token);
}

const Api::Path* Api::find(const std::string& path) {
  using Open = Path::Open;
  static constexpr std::array kPaths{
      Path{"/healthz", &Api::healthz, Open::always},
      Path{"/readyz", &Api::readyz, Open::always},
      Path{"/metrics", &Api::metrics, Open::without_token},
      Path{"/version", &Api::version, Open::without_token},
      Path{"/connections", &Api::connections, Open::to_token},
      Path{"/connections/closed", &Api::closed, Open::to_token},
      Path{"/subscriptions", &Api::subscriptions, Open::to_token},
      Path{"/explain", &Api::explain, Open::to_token},
      Path{"/config", &Api::configuration, Open::to_token},
      Path{"/log", &Api::log_filter, Open::to_token, true},
  };
  const auto found =
      std::find_if(kPaths.begin(), kPaths.end(), [&path](const Path& p) { return p.path == path; });
  return found == kPaths.end() ? nullptr : &*found;
}

Response Api::admit(const Request& request, const Path& path) const {
  if (request.method != "GET" && !(path.changes && request.method == "POST")) {
    return error(405, "method not allowed");
  }
  if (path.open == Path::Open::always || request.local) return {};
  const std::lock_guard lock(token_mutex_);
  if (token_.empty()) {
    if (path.open == Path::Open::without_token) return {};
    return error(403, "only for this machine, since no admin token is set");
  }
  constexpr std::string_view kBearer = "Bearer ";
  if (request.authorization.starts_with(kBearer) &&
      same_secret(std::string_view(request.authorization).substr(kBearer.size()), token_)) {
    return {};
  }
  return error(401, "the admin token is missing or wrong");
}

void Api::handle(const Request& request, const Respond& respond) {
  const Path* path = find(request.path);
  if (!path) {
    respond(error(404, "no such path"));
    return;
  }
  Response refusal = admit(request, *path);
  if (refusal.status != 200) {
    respond(std::move(refusal));
    return;
  }
  (this->*path->answer)(request, respond);
}

/// The node that is asked for, the first without a name; null when there is none (any more).
NodeSource* Api::node_for(const Request& request) const {
  const std::string_view service = request.parameter("service");
  for (NodeSource* node : process_.nodes()) {
    if (service.empty() || node->identity().service == service) return node;
  }
  return nullptr;
}

void Api::healthz(const Request&, const Respond& respond) {
  std::string stalled;
  const auto workers = process_.workers();
  for (std::size_t w = 0; w < workers.size(); ++w) {
    if (workers[w].silent < kStalled) continue;
    stalled += "worker " + std::to_string(w) + " has not run for " +
               std::to_string(static_cast<long>(seconds(workers[w].silent))) + " s\n";
  }
  if (stalled.empty()) {
    respond({.body = "ok\n"});
  } else {
    respond({.status = 503, .body = stalled});
  }
}

void Api::readyz(const Request& request, const Respond& respond) {
  std::string reasons;
  const auto nodes = process_.nodes();
  if (process_.stopping()) {
    reasons = "draining\n";
  } else if (nodes.empty()) {
    reasons = "starting\n";
  }
  for (const NodeSource* node : nodes) {
    for (const std::string& reason : node->unready()) {
      if (reasons.find(reason + '\n') == std::string::npos) reasons += reason + '\n';
    }
    if (request.parameter("links") != "1") continue;
    for (const DialledLink& one : node->dialled()) {
      if (!one.up) reasons += "link " + one.endpoint + " not up\n";
    }
  }
  if (reasons.empty()) {
    respond({.body = "ready\n"});
  } else {
    respond({.status = 503, .body = reasons});
  }
}

void Api::metrics(const Request&, const Respond& respond) {
  respond({.type = kMetricsType, .body = metrics_.text()});
}

void Api::version(const Request&, const Respond& respond) {
  Json generations = Json::array();
  for (std::size_t g = 0; g < 4; ++g) {
    generations.push_back(to_string(static_cast<wire::Generation>(g)));
  }
  respond(json(
      {{"version", facts_.version}, {"revision", facts_.revision}, {"generations", generations}}));
}

void Api::connections(const Request& request, const Respond& respond) {
  NodeSource* node = node_for(request);
  if (!node) {
    respond(error(404, "no such service"));
    return;
  }
  // After nothing is before the first, which has number 0.
  std::uint32_t from = 0;
  if (const auto after = request.parameter("after"); !after.empty()) {
    if (!parse_number(after, from) || from >= forward::LinkRef::kMaxLinks) {
      respond(error(400, "after is no connection's id"));
      return;
    }
    ++from;
  }
  if (asking_->fetch_add(1) >= kMostAsking) {
    asking_->fetch_sub(1);
    respond(error(503, "too many questions at a time"));
    return;
  }
  node->list_links(from, kPage, [respond, asking = asking_](const auto& links) {
    asking->fetch_sub(1);
    Json items = Json::array();
    for (const link::LinkReport& report : links) items.push_back(describe(report));
    Json out{{"connections", std::move(items)}};
    if (links.size() == kPage) out["next"] = links.back().info.link.index();
    respond(json(out));
  });
}

void Api::closed(const Request& request, const Respond& respond) {
  NodeSource* node = node_for(request);
  if (!node) {
    respond(error(404, "no such service"));
    return;
  }
  if (asking_->fetch_add(1) >= kMostAsking) {
    asking_->fetch_sub(1);
    respond(error(503, "too many questions at a time"));
    return;
  }
  node->list_closed([respond, asking = asking_](const auto& links, base::Instant now) {
    asking->fetch_sub(1);
    Json items = Json::array();
    for (const link::ClosedLink& closed : links) items.push_back(describe(closed, now));
    respond(json({{"closed", std::move(items)}}));
  });
}

void Api::subscriptions(const Request& request, const Respond& respond) {
  NodeSource* node = node_for(request);
  std::uint64_t after = 0;
  if (!node || !parse_number(request.parameter("after"), after)) {
    respond(node ? error(400, "after is no number") : error(404, "no such service"));
    return;
  }
  Json items = Json::array();
  do {
    const auto page = node->list_subscriptions(after, kSlice);
    if (!page) {
      respond(error(410, "that list is not kept any more: begin again without after"));
      return;
    }
    for (const auto& subscription : page->items) items.push_back(describe(subscription));
    after = page->next;
  } while (after != 0 && items.size() + kSlice <= kPage);
  Json out{{"subscriptions", std::move(items)}};
  if (after != 0) out["next"] = after;
  respond(json(out));
}

void Api::explain(const Request& request, const Respond& respond) {
  NodeSource* node = node_for(request);
  if (!node) {
    respond(error(404, "no such service"));
    return;
  }
  auto name = parse_destination(request.parameter("name"));
  if (!name) {
    respond(error(400, "name: " + name.error()));
    return;
  }
  const auto generation = parse_generation(request.parameter("generation"));
  forward::Question question;
  std::uint64_t from = 0;
  if (!generation || !parse_number(request.parameter("fanout"), question.fanout) ||
      !parse_number(request.parameter("from"), from)) {
    respond(error(400,
                  "allowed: name=org/ns/service[/uuid], fanout=N, from=connection id, "
                  "generation=0.3-0.5, 0.6, 0.7-1.4 or 2.x-3.x"));
    return;
  }
  question.generation = *generation;
  if (!request.parameter("from").empty()) {
    question.from = node->link_at(from);
    if (!question.from) {
      respond(error(404, "no such connection"));
      return;
    }
  }
  question.name = std::move(*name);
  Json out{{"name", name::to_string(question.name)},
           {"generation", to_string(question.generation)},
           {"fanout", question.fanout}};
  out.update(describe(node->explain(question)));
  respond(json(out));
}

void Api::configuration(const Request&, const Respond& respond) {
  respond({200, "application/json", facts_.configuration + '\n'});
}

void Api::log_filter(const Request& request, const Respond& respond) {
  if (request.method == "POST") {
    const std::string wanted(request.parameter("filter"));
    if (wanted.empty()) {
      respond(error(400, "filter is missing: a level, or target=level separated by commas"));
      return;
    }
    const auto rejected = log::set_filter(wanted);
    if (!rejected.empty()) {
      respond(error(400, "not a directive: " + rejected.front()));
      return;
    }
    SLIM_WARN(kTarget, "log filter changed", kv("filter", wanted));
  }
  respond(json({{"filter", log::filter()}}));
}

}  // namespace slim::admin
