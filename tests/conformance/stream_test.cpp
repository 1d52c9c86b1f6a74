// slimd against grpc++ as a client: docs/protocol/wire.md 2 to 6, forwarding.md 17.3 and 17.6.
#include <csignal>

#include "grpc_peer.hpp"
#include "support/catch.hpp"
#include "support/slimd_process.hpp"

using namespace slim;
using namespace slim::conformance;
using namespace std::chrono_literals;
using test::simple_config;
using test::SlimdProcess;

TEST_CASE("gRPC: response headers come before any message, and the reply is complete",
          "[conformance]") {
  SlimdProcess node(simple_config());
  ClientOptions options;
  options.negotiate = false;
  Client silent(node.address(), options);
  CHECK(silent.headers_first);
  Client client(node.address());
  REQUIRE(client.has_reply);
  CHECK(client.reply.link_id() == client.link_id);
  CHECK(client.reply.is_reply());
  CHECK(client.reply.link_ecdh_public_key().size() == 32);
  CHECK(client.reply.connection_type() == pb::LINK_CONNECTION_TYPE_EDGE);
  CHECK(client.reply.node_id() == "node-under-test");
  CHECK(client.reply.slim_version().substr(0, 5) == "3.4.6");
  CHECK(client.reply.deployment_name().empty());
}

TEST_CASE("gRPC: a message arrives with everything that its sender put in", "[conformance]") {
  SlimdProcess node(simple_config());
  Client alice(node.address()), bob(node.address());
  alice.subscribe(make_name("alice", 1), 11);
  REQUIRE(alice.ack(11));
  bob.publish(make_name("alice", 1), 256, std::string("payload\0with\xff", 13));
  const auto got = alice.next(pb::Message::kPublish);
  REQUIRE(got);
  const pb::SLIMHeader& h = got->publish().header();
  CHECK(h.ttl() == 7);
  CHECK(h.fanout() == 256);
  CHECK(h.identity() == "token");
  CHECK(h.version() == "3.4.6");
  CHECK(h.has_incoming_conn());
  CHECK_FALSE(h.has_recv_from());
  CHECK(alice.tag_is_right(h));
  CHECK(h.source().SerializeAsString() == make_name("bob", 9).SerializeAsString());
  CHECK(got->publish().session().session_id() == 7);
  CHECK(got->publish().msg().app_payload().blob() == std::string("payload\0with\xff", 13));
  CHECK(got->metadata().at("key") == "value");
}

TEST_CASE("gRPC: instructions to another node are stripped, not obeyed", "[conformance]") {
  SlimdProcess node(simple_config());
  Client alice(node.address()), bob(node.address()), eve(node.address());
  alice.subscribe(make_name("alice", 1), 1);
  REQUIRE(alice.ack(1));
  pb::Message m;
  pb::Publish& p = *m.mutable_publish();
  *p.mutable_header()->mutable_source() = make_name("bob", 9);
  *p.mutable_header()->mutable_destination() = make_name("alice", 1);
  p.mutable_header()->set_fanout(1);
  p.mutable_header()->set_ttl(8);
  p.mutable_header()->set_forward_to(2);
  p.mutable_header()->set_recv_from(2);
  p.mutable_header()->set_incoming_conn(77);
  p.mutable_session();
  bob.sign(*p.mutable_header());
  bob.send(m);
  const auto got = alice.next(pb::Message::kPublish);
  REQUIRE(got);
  CHECK_FALSE(got->publish().header().has_forward_to());
  CHECK_FALSE(got->publish().header().has_recv_from());
  CHECK(got->publish().header().incoming_conn() != 77);
  CHECK(alice.tag_is_right(got->publish().header()));
}

TEST_CASE("17.2/51: once a name is acknowledged, a publish from any stream arrives",
          "[conformance]") {
  SlimdProcess node(simple_config());
  Client alice(node.address()), bob(node.address());
  for (std::uint64_t i = 1; i <= 300; ++i) {
    alice.subscribe(make_name("alice", i), i);
    REQUIRE(alice.ack(i));
    bob.publish(make_name("alice", i));
  }
  CHECK(alice.count_publishes() == 300);
}

TEST_CASE("gRPC: unknown services are UNIMPLEMENTED", "[conformance]") {
  SlimdProcess node(simple_config());
  auto channel = Client::make_channel(node.address());
  for (const char* path :
       {"/grpc.health.v1.Health/Watch", "/dataplane.proto.v1.DataPlaneService/Other",
        "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"}) {
    grpc::ClientContext context;
    grpc::internal::RpcMethod method(path, grpc::internal::RpcMethod::BIDI_STREAMING);
    std::unique_ptr<grpc::ClientReaderWriter<pb::Message, pb::Message>> stream(
        grpc::internal::ClientReaderWriterFactory<pb::Message, pb::Message>::Create(
            channel.get(), method, &context));
    CHECK(stream->Finish().error_code() == grpc::StatusCode::UNIMPLEMENTED);
  }
  ClientOptions options;
  options.channel = channel;
  CHECK(Client(node.address(), options).has_reply);
}

TEST_CASE("gRPC: refused negotiations end the stream with status OK and no reply",
          "[conformance]") {
  SlimdProcess node(simple_config());
  ClientOptions no_key;
  no_key.key = false;
  ClientOptions banana;
  banana.version = "banana";
  for (const ClientOptions& options : {no_key, banana}) {
    Client client(node.address(), options);
    CHECK_FALSE(client.has_reply);
    const auto status = client.status();
    REQUIRE(status);
    CHECK(status->ok());
  }
  ClientOptions none;
  none.negotiate = false;
  Client first(node.address(), none);
  first.subscribe(make_name("alice", 1), 1);
  const auto status = first.status();
  REQUIRE(status);
  CHECK(status->ok());
}

TEST_CASE("gRPC: our own node id as a peer is refused after the reply", "[conformance]") {
  SlimdProcess node(simple_config());
  ClientOptions options;
  options.type = pb::LINK_CONNECTION_TYPE_PEER;
  options.node_id = "node-under-test";
  Client peer(node.address(), options);
  CHECK(peer.has_reply);
  const auto status = peer.status();
  REQUIRE(status);
  CHECK(status->error_code() == grpc::StatusCode::PERMISSION_DENIED);
  CHECK(status->error_message() == "self-connection rejected: same node_id");
}

TEST_CASE("gRPC: the largest message passes, one byte more ends that stream only",
          "[conformance]") {
  SlimdProcess node(simple_config());
  // peers carry no tag, so that the message does not grow on its way
  ClientOptions peer;
  peer.type = pb::LINK_CONNECTION_TYPE_PEER;
  peer.node_id = "p1";
  Client alice(node.address(), peer);
  peer.node_id = "p2";
  Client bob(node.address(), peer);
  alice.subscribe(make_name("alice", 1), 1);
  std::string payload(4'194'304 - 400, 'x');
  REQUIRE(alice.ack(1, 10s));
  bob.publish(make_name("alice", 1), 1, payload);
  const auto got = alice.next(pb::Message::kPublish, 10s);
  REQUIRE(got);
  CHECK(got->publish().msg().app_payload().blob() == payload);
  Client other(node.address());
  other.publish(make_name("alice", 1), 1, std::string(4'194'305, 'x'));
  const auto status = other.status();
  REQUIRE(status);
  CHECK(status->ok());
  bob.publish(make_name("alice", 1));
  CHECK(alice.next(pb::Message::kPublish));
}

TEST_CASE("gRPC: a compressed message ends that stream", "[conformance]") {
  SlimdProcess node(simple_config());
  ClientOptions options;
  options.compression = GRPC_COMPRESS_GZIP;
  Client client(node.address(), options);
  // grpc++ compresses what gets smaller
  client.publish(make_name("alice", 1), 1, std::string(10'000, 'x'));
  const auto status = client.status();
  REQUIRE(status);
  CHECK(status->ok());
  CHECK(node.logged("compressed_message", 1s));
}

TEST_CASE("gRPC: streams on one connection are links of their own", "[conformance]") {
  SlimdProcess node(simple_config());
  ClientOptions options;
  options.channel = Client::make_channel(node.address());
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 16; ++i) {
    options.link_id = "link-" + std::to_string(i);
    clients.push_back(std::make_unique<Client>(node.address(), options));
    REQUIRE(clients.back()->has_reply);
    clients.back()->subscribe(make_name("a", static_cast<std::uint64_t>(i)), 1);
    REQUIRE(clients.back()->ack(1));
  }
  clients[0]->publish(make_name("a"), 256);
  for (int i = 1; i < 16; ++i)
    CHECK(clients[static_cast<std::size_t>(i)]->next(pb::Message::kPublish));
  CHECK(clients[0]->count_publishes() == 0);
  clients[5].reset();
  clients[0]->publish(make_name("a", 6));
  CHECK(clients[6]->next(pb::Message::kPublish));
}

TEST_CASE("gRPC: half a close ends the stream with status OK, and its names go", "[conformance]") {
  SlimdProcess node(simple_config());
  Client alice(node.address()), bob(node.address());
  alice.subscribe(make_name("alice", 1), 1);
  REQUIRE(alice.ack(1));
  alice.half_close();
  const auto status = alice.status();
  REQUIRE(status);
  CHECK(status->ok());
  Client again(node.address());
  again.subscribe(make_name("alice", 1), 2);
  REQUIRE(again.ack(2));
  for (int i = 0; i < 4; ++i) bob.publish(make_name("alice", 1));
  CHECK(again.count_publishes() == 4);
}

TEST_CASE("gRPC: many messages each way arrive in order and whole", "[conformance]") {
  SlimdProcess node(simple_config());
  Client alice(node.address()), bob(node.address());
  alice.subscribe(make_name("alice", 1), 1);
  REQUIRE(alice.ack(1));
  constexpr int kMessages = 5000;
  std::thread sender([&] {
    for (int i = 0; i < kMessages; ++i) {
      const std::size_t size = static_cast<std::size_t>(i % 17 == 0 ? 60'000 : i % 400);
      bob.publish(make_name("alice", 1), 1, std::to_string(i) + ":" + std::string(size, 'x'));
    }
  });
  for (int i = 0; i < kMessages; ++i) {
    const auto got = alice.next(pb::Message::kPublish, 20s);
    REQUIRE(got);
    const std::string& blob = got->publish().msg().app_payload().blob();
    REQUIRE(blob.substr(0, blob.find(':')) == std::to_string(i));
  }
  sender.join();
}

TEST_CASE("17.6/100: SIGTERM ends open streams with status OK, in time, with exit code 0",
          "[conformance]") {
  SlimdProcess node(simple_config());
  Client alice(node.address()), bob(node.address());
  alice.subscribe(make_name("alice", 1), 1);
  REQUIRE(alice.ack(1));
  node.signal(SIGTERM);
  for (Client* client : {&alice, &bob}) {
    const auto status = client->status(10s);
    REQUIRE(status);
    CHECK(status->ok());
  }
  CHECK(node.wait(12s) == 0);
  CHECK(node.log().find("received signal, starting shutdown signal=SIGTERM") != std::string::npos);
  CHECK(node.log().find("stopping service service=slim/0") != std::string::npos);
}

TEST_CASE("Signals: a second one ends the process at once", "[conformance]") {
  SlimdProcess node(simple_config());
  ClientOptions options;
  options.negotiate = false;
  Client stuck(node.address(), options);
  node.signal(SIGINT);
  REQUIRE(node.logged("starting shutdown"));
  node.signal(SIGINT);
  CHECK(node.wait(5s) != -1);
}
