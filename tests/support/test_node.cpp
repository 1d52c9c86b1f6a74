#include "support/test_node.hpp"

#include <slim/wire/pb.hpp>
#include <slim/wire/rewrite.hpp>

namespace slim::test {
namespace {

std::string header(const name::Name& source, const std::string& destination, std::uint32_t fanout,
                   std::uint32_t ttl, std::optional<std::uint64_t> recv_from,
                   std::optional<std::uint64_t> forward_to) {
  wire::pb::Writer h;
  h.text(1, wire::encode_name(source));
  h.text(2, destination);
  h.text(3, "token");
  h.varint_unless_zero(4, fanout);
  h.text(5, "3.4.6");
  h.varint_unless_zero(6, ttl);
  if (recv_from) h.varint(7, *recv_from);
  if (forward_to) h.varint(8, *forward_to);
  return std::move(h).take();
}

std::string name_without_id(const name::Name& name) {
  wire::pb::Writer encoded;
  wire::pb::Writer strings;
  for (std::uint32_t i = 0; i < 3; ++i) {
    encoded.varint(i + 1, name.hashes[i]);
    strings.text(i + 1, name.parts[i]);
  }
  wire::pb::Writer out;
  out.message(1, encoded);
  out.message(2, strings);
  return std::move(out).take();
}

}  // namespace

name::Name n(const std::string& service, std::optional<std::uint64_t> id) {
  return name::make_name("org", "ns", service,
                         id ? name::InstanceId{0, *id} : name::InstanceId::wildcard());
}

std::string make_publish(const name::Name& to, const PublishOptions& options) {
  wire::pb::Writer body;
  body.text(1, header(n("publisher", 9),
                      options.destination_id ? wire::encode_name(to) : name_without_id(to),
                      options.fanout, options.ttl, std::nullopt, options.forward_to));
  if (options.session) {
    wire::pb::Writer session;
    session.varint(1, 1);
    session.varint(2, 1);
    session.varint(3, 7);
    session.varint(4, 9);
    body.message(2, session);
  }
  wire::pb::Writer app;
  app.text(1, "msg");
  app.text(2, options.payload);
  wire::pb::Writer content;
  content.message(1, app);
  body.message(3, content);
  wire::pb::Writer out;
  out.message(3, body);
  return std::move(out).take();
}

std::string make_subscription(wire::Kind kind, const name::Name& name, std::uint64_t id,
                              const SubscribeOptions& options) {
  wire::pb::Writer body;
  body.text(1, header(name, wire::encode_name(name), 1, options.ttl, options.recv_from,
                      options.forward_to));
  body.varint_unless_zero(2, id);
  wire::pb::Writer out;
  out.message(static_cast<std::uint32_t>(kind), body);
  return std::move(out).take();
}

TestNode::TestNode(forward::RouterOptions options, forward::ForwarderOptions forwarder_options)
    : router(options, clock, random, epochs, *this),
      forwarder(forwarder_options, router, *this, counters) {}

TestNode::~TestNode() = default;

forward::LinkRef TestNode::up(LinkType type, const forward::LinkTraits& traits) {
  const LinkRef link = router.add_link(type, 0).value();
  generations_[link] = traits.generation;
  router.link_up(link, traits);
  return link;
}

wire::Generation TestNode::generation(LinkRef link) const {
  const auto found = generations_.find(link);
  return found == generations_.end() ? wire::Generation::d : found->second;
}

TestNode::Outcome TestNode::receive(LinkRef link, const std::string& message) {
  wire::MessageView view;
  const auto error = wire::decode(generation(link), base::as_bytes(message), view);
  if (error != wire::DecodeError::none) std::abort();
  Outcome out = forwarder.receive(link, view, base::as_bytes(message), {});
  forwarder.end_turn();
  last_error = out.error;
  return out;
}

std::optional<wire::SubscriptionAck> TestNode::subscription(wire::Kind kind, LinkRef link,
                                                            const name::Name& name,
                                                            std::uint64_t id,
                                                            const SubscribeOptions& options) {
  return receive(link, make_subscription(kind, name, id, options)).ack;
}

std::optional<wire::SubscriptionAck> TestNode::subscribe(LinkRef link, const name::Name& name,
                                                         std::uint64_t id,
                                                         const SubscribeOptions& options) {
  return subscription(wire::Kind::subscribe, link, name, id, options);
}

std::optional<wire::SubscriptionAck> TestNode::unsubscribe(LinkRef link, const name::Name& name,
                                                           std::uint64_t id,
                                                           const SubscribeOptions& options) {
  return subscription(wire::Kind::unsubscribe, link, name, id, options);
}

TestNode::Outcome TestNode::publish(LinkRef link, const name::Name& to,
                                    const PublishOptions& options) {
  return receive(link, make_publish(to, options));
}

void TestNode::ack(LinkRef from, std::uint64_t id, bool success, const std::string& error) {
  router.acknowledged(from, {id, success, error});
}

void TestNode::send(std::span<const LinkRef> targets, const forward::Departure& message) {
  const wire::HopHeader hop{message.ttl, message.incoming_conn, nullptr};
  const wire::RewriteLayout l = wire::layout(message.view, hop);
  std::string out(l.head, '\0');
  wire::write_head(message.view, message.bytes, hop, l, reinterpret_cast<base::Byte*>(out.data()));
  out += base::as_text(message.tail);
  for (const LinkRef target : targets) delivered_.push_back({target, out});
}

std::vector<forward::LinkRef> TestNode::deliveries() {
  std::vector<LinkRef> out;
  for (const Delivery& d : delivered_messages()) out.push_back(d.to);
  return out;
}

std::vector<TestNode::Delivery> TestNode::delivered_messages() {
  return std::exchange(delivered_, {});
}

std::vector<Control> TestNode::control(LinkRef link) {
  std::vector<std::string> raw;
  while (router.drain(link, 1 << 20, raw) == forward::Router::Drained::more) {
  }
  std::vector<Control> out;
  for (const std::string& message : raw) {
    wire::MessageView view;
    const auto bytes = base::as_bytes(message);
    if (wire::decode(generation(link), bytes, view) != wire::DecodeError::none) std::abort();
    Control c;
    c.kind = view.kind;
    if (view.kind == wire::Kind::subscription_ack) {
      const wire::SubscriptionAck ack = wire::decode_ack(bytes, view);
      c.id = ack.subscription_id;
      c.success = ack.success;
      c.error = ack.error;
    } else {
      c.name = wire::to_name(view.header.destination, bytes);
      c.id = view.subscription_id;
      c.ttl = view.header.ttl;
      c.tagged = view.header.has_mac;
      c.identity = view.header.identity.text_in(bytes);
      c.has_instructions = view.header.has_recv_from || view.header.has_forward_to;
    }
    out.push_back(c);
  }
  return out;
}

void TestNode::advance(base::Duration by) {
  const base::Instant end = clock.now() + by;
  while (true) {
    const auto due = router.next_due();
    if (!due || *due > end) break;
    clock.set(std::max(clock.now(), *due));
    router.run_due();
  }
  clock.set(end);
}

}  // namespace slim::test
