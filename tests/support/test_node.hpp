/// Forwarding without links: a router and a forwarder with a clock that tests move and an egress
/// that writes down what would have been sent. Names follow docs/protocol/forwarding.md 17: e1 is
/// an Edge link, r a Remote one, p1 a Peer, l1 a Local application.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <slim/forward/forwarder.hpp>
#include <slim/wire/control.hpp>

namespace slim::test {

/// A name under org/ns, with an id or for any instance.
[[nodiscard]] name::Name n(const std::string& service,
                           std::optional<std::uint64_t> id = std::nullopt);

struct PublishOptions {
  std::uint32_t fanout = 1;
  std::uint32_t ttl = 8;
  std::optional<std::uint64_t> forward_to;
  bool session = true;
  bool destination_id = true;  ///< false leaves NameId out
  std::string payload = "hi";
};

struct SubscribeOptions {
  std::uint32_t ttl = 8;
  std::optional<std::uint64_t> recv_from;
  std::optional<std::uint64_t> forward_to;
};

/// A whole generation D message, untagged.
[[nodiscard]] std::string make_publish(const name::Name& to, const PublishOptions& options = {});
[[nodiscard]] std::string make_subscription(wire::Kind kind, const name::Name& name,
                                            std::uint64_t id, const SubscribeOptions& options = {});

/// A control message that a link was sent.
struct Control {
  wire::Kind kind = wire::Kind::none;
  name::Name name;
  std::uint64_t id = 0;
  std::uint32_t ttl = 0;
  bool success = false;
  std::string error;
  bool tagged = false;
  std::string identity;
  bool has_instructions = false;  ///< recv_from or forward_to
};

class TestNode : forward::Egress, forward::Router::Port {
 public:
  using LinkRef = forward::LinkRef;
  using LinkType = forward::LinkType;
  using Outcome = forward::Forwarder::Outcome;

  explicit TestNode(forward::RouterOptions options = {}, forward::ForwarderOptions forwarder = {});
  ~TestNode() override;

  LinkRef up(LinkType type, const forward::LinkTraits& traits = {});
  /// A neighbour of a generation of its own, or an uplink.
  LinkRef up(const forward::LinkTraits& traits) { return up(LinkType::edge, traits); }
  LinkRef edge() { return up(LinkType::edge); }
  LinkRef peer() { return up(LinkType::peer); }
  LinkRef remote() { return up(LinkType::remote); }
  LinkRef local() { return up(LinkType::local); }
  void close(LinkRef link) { router.remove_link(link); }
  void lose(LinkRef link) { router.link_down(link); }
  void regain(LinkRef link) { router.link_up(link); }

  /// The acknowledgement that came at once, if one did.
  std::optional<wire::SubscriptionAck> subscribe(LinkRef link, const name::Name& name,
                                                 std::uint64_t id,
                                                 const SubscribeOptions& options = {});
  std::optional<wire::SubscriptionAck> unsubscribe(LinkRef link, const name::Name& name,
                                                   std::uint64_t id,
                                                   const SubscribeOptions& options = {});
  Outcome publish(LinkRef link, const name::Name& to, const PublishOptions& options = {});
  /// Of the link's generation.
  Outcome receive(LinkRef link, const std::string& message);
  void ack(LinkRef from, std::uint64_t id, bool success = true, const std::string& error = "");

  /// Links that got publishes since the last call, in order, one entry a copy.
  std::vector<LinkRef> deliveries();
  struct Delivery {
    LinkRef to;
    std::string bytes;
  };
  std::vector<Delivery> delivered_messages();
  /// Control messages that were sent to a link since the last call.
  std::vector<Control> control(LinkRef link);
  void advance(base::Duration by);

  base::ManualClock clock;
  base::SeededRandom random{42};
  base::EpochDomain epochs;
  forward::Router router;
  forward::Counters counters;
  forward::Forwarder forwarder;
  std::string last_error;  ///< what the last local message came back with

 private:
  forward::Readiness readiness(LinkRef target) override { return router.links().readiness(target); }
  void send(std::span<const LinkRef> targets, const forward::Departure& message) override;
  void wake(LinkRef) override {}
  void reschedule() override {}
  std::optional<wire::SubscriptionAck> subscription(wire::Kind kind, LinkRef link,
                                                    const name::Name& name, std::uint64_t id,
                                                    const SubscribeOptions& options);
  [[nodiscard]] wire::Generation generation(LinkRef link) const;
  std::vector<Delivery> delivered_;
  std::map<LinkRef, wire::Generation> generations_;  ///< of those that are not D
};

}  // namespace slim::test
