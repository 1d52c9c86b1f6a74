#include "support/topology.hpp"

#include <slim/crypto/hkdf.hpp>
#include <slim/crypto/hmac.hpp>
#include <slim/crypto/x25519.hpp>
#include <slim/wire/link_negotiation.hpp>
#include <slim/wire/mac.hpp>
#include <slim/wire/rewrite.hpp>

namespace slim::test {

using forward::LinkType;
using transport::CloseReason;
using transport::GrpcStatus;
using transport::Intake;

// --- streams ---

base::Byte* MemoryStream::append(std::size_t head, base::ByteView tail, const base::SharedBytes&) {
  std::string message(head, '\0');
  message.append(base::as_text(tail));
  queued_ += message.size();
  out_.push_back(std::move(message));
  return reinterpret_cast<base::Byte*>(out_.back().data());
}

void MemoryStream::finish(CloseReason reason, const GrpcStatus& why) {
  handler = nullptr;
  finishing_ = true;
  finish_reason_ = reason;
  finish_status_ = why;
}

bool MemoryStream::step() {
  if (ended || !other_ || other_->ended) return false;
  if (!out_.empty()) {
    if (!other_->reads || other_->blocked_) return false;
    std::string message = out_.front();
    if (other_->tamper) other_->tamper(message);
    if (other_->record) other_->seen.push_back(message);
    if (other_->handler &&
        other_->handler->on_message(base::as_bytes(message), {}) == Intake::held) {
      other_->blocked_ = true;
      return true;
    }
    queued_ -= out_.front().size();
    out_.pop_front();
    if (handler) handler->on_progress();
    return true;
  }
  if (!finishing_) return false;
  other_->end(CloseReason::peer_closed, finish_status_);
  end(finish_reason_, {});
  return true;
}

void MemoryStream::end(CloseReason reason, const GrpcStatus& why) {
  if (ended) return;
  ended = true;
  end_reason = reason;
  status = why;
  if (auto* told = std::exchange(handler, nullptr)) told->on_end(reason, why);
}

void MemoryStream::cut(CloseReason reason) {
  MemoryStream* const other = other_;
  end(reason, {});
  if (other) other->end(reason, {});
}

// --- links between nodes ---

WorldLink::WorldLink(World& world, WorldNode& from, WorldNode& to, LinkType type,
                     link::LinkOptions options)
    : world_(world),
      from_(from),
      to_(to),
      type_(type),
      options_(options),
      link_id_(from.random.uuid_v4()) {}

void WorldLink::dial() {
  std::tie(near, far) = world_.pipe();
  auto* handler = from_.hub->dial({options_, type_, link_id_, ref_, this});
  near->handler = handler;
  from_.hub->attach(handler, *near);
  far->handler = to_.hub->accept(*far, options_);
  handler->on_open();
}

void WorldLink::cut() { near->cut(); }

void WorldLink::on_link_up(forward::LinkRef link, const link::LinkInfo&) {
  ref_ = link;
  up = true;
  ++ups;
}

void WorldLink::on_link_end(CloseReason reason, const GrpcStatus& status) {
  end_reason = reason;
  end_status = status;
  if (!std::exchange(up, false)) return;
  if (type_ == LinkType::remote) {
    from_.router.remove_link(std::exchange(ref_, {}));
  } else {
    from_.router.link_down(ref_);
  }
}

// --- nodes ---

WorldNode::WorldNode(World& w, const std::string& node_id, forward::RouterOptions router_options,
                     forward::ForwarderOptions forwarder_options, const std::string& deployment)
    : world(w), id(node_id), router(router_options, w.clock, random, epochs, *this) {
  link::HubOptions options;
  options.forwarder = forwarder_options;
  hub = std::make_unique<link::Hub>(0, options, link::NodeIdentity{node_id, deployment}, router,
                                    *this);
  hub->meet({hub.get()});
}

WorldNode::~WorldNode() = default;

base::Instant WorldNode::now() const noexcept { return world.clock.now(); }

base::TimerId WorldNode::after(base::Duration delay, std::function<void()> callback) {
  return timers.set(world.clock.now() + delay, std::move(callback));
}

bool WorldNode::turn() {
  bool moved = false;
  while (!posted_.empty()) {
    const auto work = std::move(posted_.front());
    posted_.pop_front();
    work();
    moved = true;
  }
  if (std::exchange(wants_turn_, false)) {
    hub->end_turn();
    moved = true;
  }
  return moved;
}

// --- wire clients ---

struct WireClient::Secrets {
  std::string link_id;
  crypto::X25519KeyPair key = crypto::X25519KeyPair::generate();
  std::optional<crypto::HmacSha256> mac;
};

WireClient::WireClient(World& world, WorldNode& node, LinkType type, link::LinkOptions options,
                       const std::string& node_id)
    : world_(world), type_(type), secrets_(std::make_unique<Secrets>()) {
  std::tie(stream, far) = world.pipe();
  stream->handler = this;
  far->handler = node.hub->accept(*far, options);
  secrets_->link_id = node.random.uuid_v4();
  wire::LinkNegotiation request;
  request.link_id = secrets_->link_id;
  request.version = "3.4.6";
  request.public_key = base::as_text(secrets_->key.public_key());
  request.connection_type = type == LinkType::peer   ? wire::ConnectionType::peer
                            : type == LinkType::edge ? wire::ConnectionType::edge
                                                     : wire::ConnectionType::remote;
  request.node_id = node_id;
  send_raw(wire::encode_link(request));
  world.settle();
}

WireClient::~WireClient() {
  stream->handler = nullptr;
  disconnect();
}

void WireClient::disconnect() { stream->cut(CloseReason::peer_closed); }

void WireClient::send_raw(const std::string& message) {
  auto* place = stream->append(message.size(), {}, {});
  std::copy(message.begin(), message.end(), place);
}

std::string WireClient::sign(const std::string& message) const {
  if (type_ == LinkType::peer || !secrets_->mac) return message;
  wire::MessageView view;
  const auto bytes = base::as_bytes(message);
  if (wire::decode_d(bytes, view) != wire::DecodeError::none) std::abort();
  std::vector<base::Byte> body;
  wire::mac_body(view, bytes, wire::HopFields::as_received, body);
  std::array<base::Byte, 32> tag;
  secrets_->mac->tag(body, wire::MacTtl(view.header.ttl).view(), tag.data());
  const wire::HopHeader hop{view.header.ttl, 0, tag.data()};
  const auto layout = wire::layout(view, hop);
  std::string out(layout.head, '\0');
  wire::write_head(view, bytes, hop, layout, reinterpret_cast<base::Byte*>(out.data()));
  return out + std::string(view.tail.text_in(bytes));
}

void WireClient::subscribe(const name::Name& name, std::uint64_t id,
                           const SubscribeOptions& options) {
  send_raw(sign(make_subscription(wire::Kind::subscribe, name, id, options)));
}

void WireClient::unsubscribe(const name::Name& name, std::uint64_t id) {
  send_raw(sign(make_subscription(wire::Kind::unsubscribe, name, id)));
}

void WireClient::publish(const name::Name& to, const PublishOptions& options) {
  send_raw(sign(make_publish(to, options)));
}

void WireClient::ack(std::uint64_t id, bool success) {
  send_raw(wire::encode_ack({id, success, success ? "" : "refused"}));
}

Intake WireClient::on_message(base::ByteView message, const base::SharedBytes&) {
  wire::MessageView view;
  if (wire::decode_d(message, view) != wire::DecodeError::none) std::abort();
  if (view.kind == wire::Kind::link) {
    const auto reply = wire::decode_link(message, view);
    const auto shared = secrets_->key.agree(base::as_bytes(reply->public_key));
    if (shared) {
      const auto key = crypto::hkdf_sha256(shared->view(), base::as_bytes(secrets_->link_id),
                                           base::as_bytes("SLIM-DP-inter-node-hmac-v1"), 32);
      secrets_->mac.emplace(key.view(), base::as_bytes(wire::mac_prefix(secrets_->link_id)));
    }
    up = true;
    return Intake::taken;
  }
  if (view.kind == wire::Kind::subscription_ack) {
    acks.push_back(wire::decode_ack(message, view));
    return Intake::taken;
  }
  if (type_ != LinkType::peer && secrets_->mac) {
    std::vector<base::Byte> body;
    wire::mac_body(view, message, wire::HopFields::as_received, body);
    const bool good =
        view.header.has_mac && secrets_->mac->verify(body, wire::MacTtl(view.header.ttl).view(),
                                                     view.header.mac.in(message));
    if (!good) ++bad_tags;
  }
  if (view.kind == wire::Kind::publish) {
    publishes.emplace_back(base::as_text(message));
  } else {
    announcements.push_back({view.kind, wire::to_name(view.header.destination, message),
                             view.subscription_id, view.header.ttl, false, "", view.header.has_mac,
                             "", false});
  }
  return Intake::taken;
}

void WireClient::on_end(CloseReason, const GrpcStatus& end_status) {
  ended = true;
  up = false;
  status = end_status;
}

// --- the world ---

World::~World() {
  for (auto& stream : streams) {
    stream->handler = nullptr;
    stream->ended = true;
  }
  links_.clear();
}

WorldNode& World::node(const std::string& id, forward::RouterOptions options,
                       forward::ForwarderOptions forwarder, const std::string& deployment) {
  nodes.push_back(std::make_unique<WorldNode>(*this, id, options, forwarder, deployment));
  return *nodes.back();
}

WorldLink& World::link(WorldNode& from, WorldNode& to, LinkType type, link::LinkOptions options) {
  links_.push_back(std::make_unique<WorldLink>(*this, from, to, type, options));
  links_.back()->dial();
  settle();
  return *links_.back();
}

std::pair<MemoryStream*, MemoryStream*> World::pipe() {
  auto a = std::make_unique<MemoryStream>(*this);
  auto b = std::make_unique<MemoryStream>(*this);
  a->join(*b);
  b->join(*a);
  std::pair ends{a.get(), b.get()};
  streams.push_back(std::move(a));
  streams.push_back(std::move(b));
  return ends;
}

void World::settle() {
  bool moved = true;
  while (moved) {
    moved = false;
    for (std::size_t i = 0; i < streams.size(); ++i) {
      while (streams[i]->step()) moved = true;
    }
    for (auto& node : nodes) {
      if (node->turn()) moved = true;
    }
  }
}

void World::advance(base::Duration by) {
  const base::Instant end = clock.now() + by;
  settle();
  while (true) {
    base::Instant next = end;
    for (auto& node : nodes) {
      if (const auto due = node->timers.next_due()) next = std::min(next, *due);
      if (const auto due = node->router.next_due()) next = std::min(next, *due);
    }
    clock.set(std::max(clock.now(), next));
    for (auto& node : nodes) {
      node->timers.run_due(clock.now());
      if (const auto due = node->router.next_due(); due && *due <= clock.now()) {
        node->router.run_due();
      }
    }
    settle();
    if (next >= end) return;
  }
}

}  // namespace slim::test
