// slimd as the one that dials, against a grpc++ server: docs/protocol/wire.md 5, forwarding.md 12.
#include <csignal>
#include <set>

#include "grpc_peer.hpp"
#include "support/catch.hpp"
#include "support/slimd_process.hpp"

using namespace slim;
using namespace slim::conformance;
using namespace std::chrono_literals;
using test::simple_config;
using test::SlimdProcess;

namespace {

std::string dialling(const Server& server, const std::string& type, const std::string& more = "") {
  return simple_config("      clients:\n        - endpoint: \"http://" + server.address() +
                       "\"\n          tls: {insecure: true}\n          connection_type: " + type +
                       "\n          backoff: {type: fixed_interval, interval: 100ms}\n" + more);
}

}  // namespace

TEST_CASE("Dialler: it waits for headers, negotiates, and says what it is", "[conformance]") {
  Server server;
  SlimdProcess node(dialling(server, "edge"));
  const auto stream = server.accept();
  REQUIRE(stream);
  CHECK(stream->request.connection_type() == pb::LINK_CONNECTION_TYPE_EDGE);
  CHECK(stream->request.node_id() == "node-under-test");
  CHECK(stream->request.link_ecdh_public_key().size() == 32);
  CHECK_FALSE(stream->request.is_reply());
  CHECK(stream->request.link_id().size() == 36);
  CHECK(node.logged("client connected"));
  CHECK(node.logged("service started service=slim/0"));
}

TEST_CASE(
    "17.6/98: an edge link that its neighbour ends is dialled again with the same id and a new key",
    "[conformance]") {
  Server server;
  SlimdProcess node(dialling(server, "edge"));
  std::string link_id;
  std::string last_key;
  for (int i = 0; i < 3; ++i) {
    const auto stream = server.accept();
    REQUIRE(stream);
    if (i > 0) CHECK(stream->request.link_id() == link_id);
    CHECK(stream->request.link_ecdh_public_key() != last_key);
    link_id = stream->request.link_id();
    last_key = stream->request.link_ecdh_public_key();
    stream->finish();
  }
  CHECK(server.accept());
  CHECK(node.logged("connection re-established successfully"));
}

TEST_CASE("17.6/99: a remote link is not dialled again", "[conformance]") {
  Server server;
  SlimdProcess node(dialling(server, "remote"));
  const auto stream = server.accept();
  REQUIRE(stream);
  CHECK(stream->request.connection_type() == pb::LINK_CONNECTION_TYPE_REMOTE);
  stream->finish();
  CHECK_FALSE(server.accept(1s));
}

TEST_CASE("A dialled link that is refused with PERMISSION_DENIED is given up", "[conformance]") {
  Server server;
  SlimdProcess node(dialling(server, "edge"));
  const auto stream = server.accept();
  REQUIRE(stream);
  stream->finish({grpc::StatusCode::PERMISSION_DENIED, "no entry"});
  CHECK(node.logged("connection rejected by remote, will not reconnect"));
  CHECK_FALSE(server.accept(1s));
}

TEST_CASE("Peers: names are told over a dialled peer link, acknowledged, withdrawn",
          "[conformance]") {
  Server server;
  SlimdProcess node(dialling(server, "peer"));
  const auto peer = server.accept();
  REQUIRE(peer);
  Client app(node.address());
  app.subscribe(make_name("alice", 1), 900);
  const auto told = peer->next(pb::Message::kSubscribe);
  REQUIRE(told);
  CHECK(told->subscribe().subscription_id() == 900);
  CHECK(told->subscribe().header().ttl() == 8);
  CHECK(told->subscribe().header().fanout() == 1);
  CHECK_FALSE(told->subscribe().header().has_header_mac());
  CHECK(told->subscribe().header().source().SerializeAsString() ==
        told->subscribe().header().destination().SerializeAsString());
  CHECK_FALSE(app.ack(900, 100ms));
  pb::Message ack;
  ack.mutable_subscription_ack()->set_subscription_id(900);
  ack.mutable_subscription_ack()->set_success(true);
  peer->send(ack);
  CHECK(app.ack(900));
  peer->publish(make_name("alice", 1));
  CHECK(app.next(pb::Message::kPublish));
  app.unsubscribe(make_name("alice", 1), 900);
  const auto withdrawn = peer->next(pb::Message::kUnsubscribe);
  REQUIRE(withdrawn);
  CHECK(withdrawn->unsubscribe().subscription_id() == 900);
}

TEST_CASE("Peers: after a reconnect the list comes again, once each", "[conformance]") {
  Server server;
  SlimdProcess node(dialling(server, "peer"));
  auto peer = server.accept();
  REQUIRE(peer);
  Client app(node.address());
  for (std::uint64_t i = 1; i <= 50; ++i) app.subscribe(make_name("a", i), i);
  for (int i = 0; i < 50; ++i) REQUIRE(peer->next(pb::Message::kSubscribe));
  peer->finish();
  peer = server.accept();
  REQUIRE(peer);
  std::set<std::uint64_t> ids;
  while (const auto told = peer->next(pb::Message::kSubscribe, ids.size() < 50 ? 5s : 200ms)) {
    CHECK(ids.insert(told->subscribe().subscription_id()).second);
  }
  CHECK(ids.size() == 50);
}

TEST_CASE("A neighbour that is not there yet does not hold up the listener", "[conformance]") {
  auto server = std::make_unique<Server>();
  const int port = server->port();
  const std::string config = dialling(*server, "edge");
  server.reset();
  SlimdProcess node(config);
  Client app(node.address());
  CHECK(app.has_reply);
  CHECK_FALSE(node.logged("service started", 300ms));
  Server late(port);
  CHECK(late.accept());
  CHECK(node.logged("service started"));
}

TEST_CASE("SIGTERM while a neighbour is not there ends with exit code 0 within a second",
          "[conformance]") {
  auto server = std::make_unique<Server>();
  const std::string config = dialling(*server, "edge");
  server.reset();
  SlimdProcess node(config);
  node.signal(SIGTERM);
  CHECK(node.wait(3s) == 0);
}
