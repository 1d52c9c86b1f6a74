#include <set>

#include <slim/admin/api.hpp>

#include "support/catch.hpp"
#include "support/test_node.hpp"

using namespace slim;
using namespace std::chrono_literals;

namespace {

/// A node without links whose lists are made up.
class FakeNode final : public admin::NodeSource {
 public:
  Identity identity() const override { return {"slim/0", "n\"ode\\1", "domain"}; }
  std::vector<admin::WorkerCounters> counters() const override { return {{&forward_, &link_}}; }
  forward::Router::Statistics routes() const override { return node_.router.statistics(); }
  admin::Queues queues() const override { return {100, 70, 1}; }
  std::vector<std::uint64_t> sockets() const override { return {3}; }
  std::vector<admin::DialledLink> dialled() const override {
    std::vector<admin::DialledLink> out;
    for (std::size_t i = 0; i < dialled_; ++i) {
      out.push_back({forward::LinkType::peer, "p" + std::to_string(i), "http://p", i % 2 == 0});
    }
    return out;
  }
  std::vector<admin::Certificate> certificates() const override {
    return {{true, 0, true, 1'900'000'000}};
  }
  Reloads reloads() const override { return {2, 1}; }
  std::vector<std::string> unready() const override { return unready_; }
  bool draining() const override { return false; }
  void list_links(std::uint32_t, std::size_t,
                  std::function<void(std::vector<link::LinkReport>)> done) override {
    waiting_.push_back([done] { done({}); });
  }
  void list_closed(
      std::function<void(std::vector<link::ClosedLink>, base::Instant)> done) override {
    link::ClosedLink closed;
    closed.info.peer_node_id = "\xff<not UTF-8>";
    closed.reason = transport::CloseReason::slow_receiver;
    done({closed}, base::Instant{5s});
  }
  std::optional<forward::Router::Page> list_subscriptions(std::uint64_t after,
                                                          std::size_t max) override {
    return node_.router.list(after, max);
  }
  forward::LinkRef link_at(std::uint64_t index) const override {
    return node_.router.link_at(index);
  }
  forward::Explanation explain(const forward::Question& question) override {
    return forward::explain(node_.router, reader_, true, question);
  }

  test::TestNode node_;
  base::EpochReader& reader_ = node_.epochs.add_reader();
  forward::Counters forward_;
  link::LinkCounters link_;
  std::size_t dialled_ = 2;
  std::vector<std::string> unready_;
  std::vector<std::function<void()>> waiting_;
};

class FakeProcess final : public admin::ProcessSource {
 public:
  std::vector<admin::NodeSource*> nodes() const override { return nodes_; }
  std::vector<admin::WorkerState> workers() const override { return {{0.5, silent_, &transport_}}; }
  bool stopping() const override { return stopping_; }
  std::optional<double> start_seconds() const override { return 0.25; }

  std::vector<admin::NodeSource*> nodes_;
  transport::TransportCounters transport_;
  base::Duration silent_{0};
  bool stopping_ = false;
};

struct Fixture {
  FakeNode node;
  FakeProcess process;
  admin::Api api;

  explicit Fixture(const std::string& token = "")
      : api(process, {.version = "1", .configuration = "{}"}, token) {
    process.nodes_ = {&node};
  }
  admin::Response ask(const std::string& target, bool local = true,
                      const std::string& authorization = "", const std::string& method = "GET") {
    admin::Request request;
    REQUIRE(admin::parse_target(target, request));
    request.method = method;
    request.authorization = authorization;
    request.local = local;
    // Shared: an answer may come later.
    auto out = std::make_shared<admin::Response>(admin::Response{.status = 0});
    api.handle(request, [out](admin::Response response) { *out = std::move(response); });
    return *out;
  }
};

const char* const kRevealing[] = {"/connections", "/connections/closed", "/subscriptions",
                                  "/config",      "/explain?name=a/b/c", "/log"};

}  // namespace

TEST_CASE("without a token, others see health and metrics") {
  Fixture f;
  for (const char* path : {"/healthz", "/readyz", "/metrics", "/version"}) {
    CHECK(f.ask(path, false).status == 200);
  }
  for (const char* path : kRevealing) CHECK(f.ask(path, false).status == 403);
  CHECK(f.ask("/config").status == 200);
}

TEST_CASE("with a token, others need it for all but health") {
  Fixture f("secret");
  for (const char* path : {"/healthz", "/readyz"}) CHECK(f.ask(path, false).status == 200);
  for (const char* path : {"/metrics", "/version", "/config", "/log"}) {
    CHECK(f.ask(path, false).status == 401);
    CHECK(f.ask(path, false, "Bearer wrong").status == 401);
    CHECK(f.ask(path, false, "secret").status == 401);
    CHECK(f.ask(path, false, "Bearer secre").status == 401);
    CHECK(f.ask(path, false, "Bearer secret").status == 200);
    CHECK(f.ask(path, true).status == 200);
  }
  f.api.set_token("other");
  CHECK(f.ask("/config", false, "Bearer secret").status == 401);
}

TEST_CASE("paths and methods that there are not") {
  Fixture f;
  CHECK(f.ask("/nothing").status == 404);
  CHECK(f.ask("/metrics/").status == 404);
  CHECK(f.ask("/metrics", true, "", "POST").status == 405);
  CHECK(f.ask("/log", true, "", "DELETE").status == 405);
  CHECK(f.ask("/connections?service=other").status == 404);
  CHECK(f.ask("/subscriptions?after=7").status == 410);
}

TEST_CASE("a worker that has not run for long is not healthy") {
  Fixture f;
  CHECK(f.ask("/healthz").status == 200);
  f.process.silent_ = 11s;
  const auto answer = f.ask("/healthz");
  CHECK(answer.status == 503);
  CHECK(answer.body == "worker 0 has not run for 11 s\n");
}

TEST_CASE("a node is ready once it listens, until the signal to stop") {
  Fixture f;
  f.process.nodes_.clear();
  CHECK(f.ask("/readyz").body == "starting\n");
  f.process.nodes_ = {&f.node};
  f.node.unready_ = {"starting", "listener a not bound"};
  CHECK(f.ask("/readyz").body == "starting\nlistener a not bound\n");
  f.node.unready_.clear();
  CHECK(f.ask("/readyz").status == 200);
  CHECK(f.ask("/readyz?links=1").body == "link http://p not up\n");
  f.process.stopping_ = true;
  CHECK(f.ask("/readyz").status == 503);
}

TEST_CASE("a few questions wait for workers at a time, the next are turned away") {
  Fixture f;
  for (int i = 0; i < 4; ++i) CHECK(f.ask("/connections").status == 0);
  CHECK(f.ask("/connections").status == 503);
  CHECK(f.ask("/connections/closed").status == 503);
  for (const auto& answer : f.node.waiting_) answer();
  CHECK(f.ask("/connections/closed").status == 200);
}

TEST_CASE("what a peer says of itself becomes valid JSON") {
  Fixture f;
  const auto answer = f.ask("/connections/closed");
  CHECK(answer.body.find("slow_receiver") != std::string::npos);
  CHECK(answer.body.find('\xff') == std::string::npos);
}

TEST_CASE("metrics have names, help and unique labels, and closed sets are complete") {
  Fixture f;
  f.node.dialled_ = 300;
  f.node.forward_.count_received(wire::Kind::publish, forward::LinkType::edge, 100);
  const auto families = admin::Metrics(f.process, {}).Collect();
  std::set<std::string> names;
  for (const auto& family : families) {
    INFO(family.name);
    CHECK(names.insert(family.name).second);
    CHECK(!family.help.empty());
    const bool is_counter = family.type == prometheus::MetricType::Counter;
    CHECK(family.name.ends_with("_total") == is_counter);
    CHECK((family.name.starts_with("slim_") || family.name.starts_with("process_")));
    std::set<std::string> series;
    for (const auto& metric : family.metric) {
      std::string labels;
      for (const auto& label : metric.label) labels += label.name + '=' + label.value + ',';
      CHECK(series.insert(labels).second);
    }
    if (family.name == "slim_messages_dropped_total") {
      CHECK(family.metric.size() == forward::kDropReasons * forward::kLinkTypes);
    }
    // 256 of their own, and one for all the others.
    if (family.name == "slim_link_up") CHECK(family.metric.size() == 257);
  }
  const std::string text = f.ask("/metrics").body;
  CHECK(text.find("slim_messages_received_total{type=\"publish\",kind=\"edge\"} 1") !=
        std::string::npos);
  CHECK(text.find("node_id=\"n\\\"ode\\\\1\"") != std::string::npos);
}
