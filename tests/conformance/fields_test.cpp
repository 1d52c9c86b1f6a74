// Messages of every kind, whole and with each of their fields missing, and tags with each of their
// bits flipped: docs/protocol/wire.md 3, 6 and 7. The schema decides what a message can hold.
#include <google/protobuf/descriptor.h>

#include "grpc_peer.hpp"
#include "support/catch.hpp"
#include "support/slimd_process.hpp"

using namespace slim;
using namespace slim::conformance;
using namespace std::chrono_literals;
using google::protobuf::FieldDescriptor;
using google::protobuf::Reflection;
using test::simple_config;
using test::SlimdProcess;
using AnyMessage = google::protobuf::Message;

namespace {

void fill(AnyMessage& message);

void fill_field(AnyMessage& message, const FieldDescriptor* field) {
  const Reflection* r = message.GetReflection();
  const bool many = field->is_repeated();
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_MESSAGE:
      fill(many ? *r->AddMessage(&message, field) : *r->MutableMessage(&message, field));
      break;
    case FieldDescriptor::CPPTYPE_STRING:
      r->SetString(&message, field, field->name() == "link_id" ? "any text" : "3.4.6");
      break;
    case FieldDescriptor::CPPTYPE_UINT64:
      r->SetUInt64(&message, field, 5);
      break;
    case FieldDescriptor::CPPTYPE_UINT32:
      r->SetUInt32(&message, field, 5);
      break;
    case FieldDescriptor::CPPTYPE_INT32:
      r->SetInt32(&message, field, 1);
      break;
    case FieldDescriptor::CPPTYPE_BOOL:
      r->SetBool(&message, field, true);
      break;
    case FieldDescriptor::CPPTYPE_ENUM:
      r->SetEnumValue(&message, field, 2);
      break;
    default:
      FAIL("the schema has a type that this test does not know");
  }
}

/// Every field, but of a choice none: that is the caller's.
void fill(AnyMessage& message) {
  for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor* field = message.GetDescriptor()->field(i);
    if (!field->real_containing_oneof() && !field->is_map()) fill_field(message, field);
  }
}

/// One message for each member of the only choice that a message has (one without optional fields).
template <typename T>
std::vector<T> variants(const T& base) {
  std::vector<T> out;
  const auto* choice = T::descriptor()->oneof_decl(0);
  for (int i = 0; i < choice->field_count(); ++i) {
    out.push_back(base);
    fill_field(out.back(), choice->field(i));
  }
  return out;
}

std::vector<pb::Message> publishes() {
  pb::Message base;
  fill(*base.mutable_publish());
  base.mutable_publish()->clear_msg();
  *base.mutable_publish()->mutable_header()->mutable_destination() = make_name("alice", 1);
  base.mutable_publish()->mutable_header()->clear_forward_to();
  (*base.mutable_metadata())["key"] = "value";
  std::vector<pb::Message> out(2, base);
  fill(*out[1].mutable_publish()->mutable_msg()->mutable_app_payload());
  for (const pb::CommandPayload& command : variants(pb::CommandPayload())) {
    out.push_back(base);
    *out.back().mutable_publish()->mutable_msg()->mutable_command_payload() = command;
  }
  return out;
}

/// Calls `send` with every field of `part` cleared in turn, and so on downwards.
void each_cut(const pb::Message& whole, AnyMessage& part,
              const std::function<void(const pb::Message&)>& send) {
  std::vector<const FieldDescriptor*> fields;
  const Reflection* r = part.GetReflection();
  r->ListFields(part, &fields);
  const std::unique_ptr<AnyMessage> before(part.New());
  before->CopyFrom(part);
  for (const FieldDescriptor* field : fields) {
    r->ClearField(&part, field);
    send(whole);
    part.CopyFrom(*before);
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE || field->is_map()) continue;
    each_cut(whole,
             field->is_repeated() ? *r->MutableRepeatedMessage(&part, field, 0)
                                  : *r->MutableMessage(&part, field),
             send);
  }
}

pb::SLIMHeader* header_of(pb::Message& message) {
  if (message.has_publish() && message.publish().has_header()) {
    return message.mutable_publish()->mutable_header();
  }
  if (message.has_subscribe() && message.subscribe().has_header()) {
    return message.mutable_subscribe()->mutable_header();
  }
  if (message.has_unsubscribe() && message.unsubscribe().has_header()) {
    return message.mutable_unsubscribe()->mutable_header();
  }
  return nullptr;
}

/// Sends on a stream that is opened again when the node has ended it.
class Stubborn {
 public:
  explicit Stubborn(const std::string& address)
      : address_(address), channel_(Client::make_channel(address)) {}

  void send(pb::Message message) {
    if (!client_ || client_->status(0ms)) {
      if (client_) CHECK(client_->status()->ok());
      ClientOptions options;
      options.channel = channel_;
      client_ = std::make_unique<Client>(address_, options);
      REQUIRE(client_->has_reply);
    }
    if (pb::SLIMHeader* header = header_of(message)) client_->sign(*header);
    client_->send(message);
    ++sent_;
  }
  [[nodiscard]] std::size_t sent() const { return sent_; }

 private:
  std::string address_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<Client> client_;
  std::size_t sent_ = 0;
};

}  // namespace

TEST_CASE("Fields: every kind of publish arrives as it was sent", "[conformance]") {
  SlimdProcess node(simple_config());
  Client alice(node.address()), bob(node.address());
  alice.subscribe(make_name("alice", 1), 1);
  REQUIRE(alice.ack(1));
  for (pb::Message message : publishes()) {
    bob.sign(*message.mutable_publish()->mutable_header());
    bob.send(message);
    auto got = alice.next(pb::Message::kPublish);
    REQUIRE(got);
    CHECK(alice.tag_is_right(got->publish().header()));
    // What a hop rewrites (wire.md 6), and nothing else.
    pb::SLIMHeader& sent = *message.mutable_publish()->mutable_header();
    pb::SLIMHeader& came = *got->mutable_publish()->mutable_header();
    sent.clear_recv_from();
    sent.set_ttl(sent.ttl() - 1);
    sent.set_incoming_conn(came.incoming_conn());
    sent.set_header_mac(came.header_mac());
    CHECK(got->SerializeAsString() == message.SerializeAsString());
  }
}

TEST_CASE("Fields: a message of any kind without any one of its fields harms nobody",
          "[conformance]") {
  SlimdProcess node(simple_config());
  Client witness(node.address()), bob(node.address());
  witness.subscribe(make_name("b", 1), 1);
  REQUIRE(witness.ack(1));
  std::vector<pb::Message> all = publishes();
  for (const pb::Message& message : variants(pb::Message())) {
    if (!message.has_publish() && !message.has_link()) all.push_back(message);
  }
  Stubborn sender(node.address());
  for (pb::Message& message : all) {
    each_cut(message, message, [&](const pb::Message& cut) { sender.send(cut); });
    bob.publish(make_name("b", 1));
  }
  CHECK(sender.sent() > 400);
  CHECK(witness.count_publishes() == all.size());
}

TEST_CASE("Fields: a Link without any one of its fields is answered or refused", "[conformance]") {
  SlimdProcess node(simple_config("          slimd: {generation: 2.x}\n"));
  ClientOptions options;
  options.negotiate = false;
  options.channel = Client::make_channel(node.address());
  pb::Message link;
  fill(*link.mutable_link()->mutable_link_negotiation());
  link.mutable_link()->mutable_link_negotiation()->set_is_reply(false);
  int answered = 0, refused = 0;
  each_cut(link, link, [&](const pb::Message& cut) {
    Client client(node.address(), options);
    client.send(cut);
    if (client.next(pb::Message::kLink, 300ms)) {
      ++answered;
      return;
    }
    const auto status = client.status();
    REQUIRE(status);
    CHECK(status->ok());
    ++refused;
  });
  CHECK(answered + refused == 9);
  CHECK(Client(node.address()).has_reply);
}

TEST_CASE("Fields: a tag with any bit flipped costs that message alone", "[conformance]") {
  SlimdProcess node(simple_config());
  Client alice(node.address()), bob(node.address());
  alice.subscribe(make_name("alice", 1), 1);
  REQUIRE(alice.ack(1));
  pb::Message message = publishes()[1];
  pb::SLIMHeader& header = *message.mutable_publish()->mutable_header();
  bob.sign(header);
  const std::string right = header.header_mac();
  for (std::size_t bit = 0; bit < right.size() * 8; ++bit) {
    std::string wrong = right;
    wrong[bit / 8] = static_cast<char>(wrong[bit / 8] ^ (1 << (bit % 8)));
    header.set_header_mac(wrong);
    bob.send(message);
  }
  for (const std::string& wrong : {right.substr(1), right + '\0', std::string()}) {
    header.set_header_mac(wrong);
    bob.send(message);
  }
  header.set_header_mac(right);
  bob.send(message);
  CHECK(alice.count_publishes() == 1);
}
