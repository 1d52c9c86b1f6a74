#include <algorithm>
#include <array>
#include <cstdio>
#include <iterator>

#include <slim/forward/forwarder.hpp>

namespace slim::forward {
namespace {

constexpr std::array kPreference{LinkType::local, LinkType::remote, LinkType::peer, LinkType::edge};

std::string no_match_text(const wire::NameView& destination) {
  std::array<char, 64> hashes{};
  std::snprintf(hashes.data(), hashes.size(), "%llx, %llx, %llx",
                static_cast<unsigned long long>(destination.hashes[0]),
                static_cast<unsigned long long>(destination.hashes[1]),
                static_cast<unsigned long long>(destination.hashes[2]));
  return std::string("message processing error: no matching found for [") + hashes.data() + ", " +
         name::to_string(destination.id) + "]";
}

}  // namespace

Forwarder::Forwarder(ForwarderOptions options, Router& router, Egress& egress, Counters& counters)
    : options_(options),
      router_(router),
      egress_(egress),
      counters_(counters),
      reader_(router.epochs().add_reader()),
      translator_(router) {}

Forwarder::Outcome Forwarder::receive(LinkRef arrival, const wire::MessageView& view,
                                      base::ByteView bytes, const base::SharedBytes& owner,
                                      std::uint64_t flow) {
  if (const std::string_view missing = wire::missing_part(view); !missing.empty()) {
    return drop(DropReason::invalid, arrival, missing);
  }
  std::uint32_t ttl = view.header.ttl;
  if (arrival.type() != LinkType::local && view.generation == wire::Generation::d) {
    if (ttl <= 1) return drop(DropReason::ttl_expired, arrival, "message TTL expired");
    --ttl;
  }
  if (view.kind != wire::Kind::publish) {
    matched_flow_ = 0;  // what it changes holds for what follows it
    Router::Reply reply = router_.subscription(arrival, view, bytes, ttl);
    Outcome out;
    out.ack = std::move(reply.ack);
    out.error = std::move(reply.error);
    return out;
  }
  Departure departure{view, bytes,           view.tail.in(bytes), owner,
                      ttl,  arrival.index(), arrival.type(),      flow};
  return publish(arrival, departure);
}

Forwarder::Outcome Forwarder::publish(LinkRef arrival, Departure& departure) {
  const wire::HeaderView& header = departure.view.header;
  if (arrival.type() == LinkType::local && header.has_forward_to) {
    const LinkRef target = router_.link_at(header.forward_to);
    if (target) return send_to(target, departure);
    return drop(DropReason::connection_gone, arrival,
                "connection not found: " + std::to_string(header.forward_to));
  }
  const Candidates& candidates = match(departure);
  return header.fanout == 1 ? send_one(arrival, candidates, departure)
                            : send_all(arrival, candidates, departure);
}

const Candidates& Forwarder::match(const Departure& departure) {
  if (!guard_) {
    guard_.emplace(reader_);
    matched_flow_ = 0;
  }
  if (departure.flow == 0 || departure.flow != matched_flow_) {
    const wire::NameView& destination = departure.view.header.destination;
    matched_ = router_.table().find(departure.view.generation, destination.hashes, destination.id);
    matched_flow_ = departure.flow;
  }
  return matched_;
}

Forwarder::Outcome Forwarder::send_to(LinkRef target, const Departure& departure) {
  if (egress_.readiness(target) == Readiness::full) {
    counters_.stalls.add();
    return {Outcome::Step::held, target, false, {}, {}};
  }
  egress_.send({&target, 1}, departure);
  return {};
}

Forwarder::Outcome Forwarder::send_one(LinkRef arrival, const Candidates& candidates,
                                       const Departure& departure) {
  for (const LinkType type : kPreference) {
    if (!allowed(arrival.type(), type)) continue;
    const auto links = candidates.of(type);
    if (links.empty()) continue;
    // A concrete id turns only among several; a prefix turns with every message. To a reader of one
    // link there is no difference.
    const std::size_t start = links.size() == 1 ? 0 : candidates.next_turn(type);
    LinkRef full;
    for (std::size_t i = 0; i < links.size(); ++i) {
      const LinkRef link = links[(start + i) % links.size()];
      if (link == arrival) continue;
      const Readiness readiness = egress_.readiness(link);
      if (readiness == Readiness::ready) {
        egress_.send({&link, 1}, departure);
        return {};
      }
      if (readiness == Readiness::full && !full) full = link;
    }
    if (full) {
      counters_.stalls.add();
      return {Outcome::Step::held, full, false, {}, {}};
    }
  }
  return unmatched(arrival, candidates, departure);
}

Forwarder::Outcome Forwarder::send_all(LinkRef arrival, const Candidates& candidates,
                                       const Departure& departure) {
  targets_.clear();
  for (const LinkType type : kPreference) {
    if (!allowed(arrival.type(), type)) continue;
    for (const LinkRef link : candidates.of(type)) {
      if (link == arrival) continue;
      const Readiness readiness = egress_.readiness(link);
      if (readiness == Readiness::full) {
        // Before anything was sent: the message is offered again as a whole.
        counters_.stalls.add();
        return {Outcome::Step::held, link, true, {}, {}};
      }
      if (readiness == Readiness::ready) targets_.push_back(link);
    }
  }
  if (const UplinkSet* uplinks = uplinks_for(arrival, departure)) {
    // Whoever subscribed the name beyond an uplink is not known here.
    for (const UplinkSet::Entry& uplink : uplinks->entries) {
      if (!uplink.takes(departure.view.header.destination.hashes)) continue;
      // The node behind may have subscribed the name too, as any neighbour.
      if (std::find(targets_.begin(), targets_.end(), uplink.link) != targets_.end()) continue;
      const Readiness readiness = egress_.readiness(uplink.link);
      if (readiness == Readiness::ready) targets_.push_back(uplink.link);
      if (readiness == Readiness::full) {
        // A node behind is no slow application: it gets the time of an anycast.
        counters_.stalls.add();
        return {Outcome::Step::held, uplink.link, false, {}, {}};
      }
    }
  }
  Translator::Found others;
  if (translator_.applies(arrival)) others = translator_.translate(arrival, departure);
  for (const Translated& message : others.messages) {
    for (const LinkRef link : message.links) {
      if (egress_.readiness(link) != Readiness::full) continue;
      counters_.stalls.add();
      return {Outcome::Step::held, link, true, {}, {}};
    }
  }
  bool sent = !targets_.empty();
  if (sent) egress_.send(targets_, departure);
  for (const Translated& message : others.messages) {
    targets_.clear();
    std::copy_if(message.links.begin(), message.links.end(), std::back_inserter(targets_),
                 [this](LinkRef link) { return egress_.readiness(link) == Readiness::ready; });
    if (targets_.empty()) continue;
    egress_.send(targets_, message.departure(arrival));
    sent = true;
  }
  if (!sent) return unmatched(arrival, candidates, departure, others.refused);
  // A part of the receivers does not get it.
  if (others.refused) counters_.count_dropped(DropReason::untranslatable, arrival.type());
  return {};
}

std::optional<Forwarder::Outcome> Forwarder::send_one_translated(
    LinkRef arrival, std::span<const Translated> messages) {
  LinkRef full;
  for (const Translated& message : messages) {
    for (const LinkRef link : message.links) {
      const Readiness readiness = egress_.readiness(link);
      if (readiness == Readiness::ready) {
        egress_.send({&link, 1}, message.departure(arrival));
        return Outcome{};
      }
      if (readiness == Readiness::full && !full) full = link;
    }
  }
  if (!full) return std::nullopt;
  counters_.stalls.add();
  return Outcome{Outcome::Step::held, full, false, {}, {}};
}

/// The uplinks that a message may take: none for what came over one, so that nothing turns round.
const UplinkSet* Forwarder::uplinks_for(LinkRef arrival, const Departure& departure) const {
  const UplinkSet* uplinks = router_.uplinks(departure.view.generation);
  if (!uplinks || uplinks->contains(arrival)) return nullptr;
  // Between peers each has its own.
  return arrival.type() == LinkType::peer ? nullptr : uplinks;
}

Forwarder::Outcome Forwarder::unmatched(LinkRef arrival, const Candidates& candidates,
                                        const Departure& departure, bool refused) {
  DropReason reason = DropReason::no_route;
  bool peers_only = true;
  bool others = false;
  for (const LinkType type : kPreference) {
    for (const LinkRef link : candidates.of(type)) {
      if (link == arrival) continue;
      others = true;
      peers_only = peers_only && type == LinkType::peer;
    }
  }
  if (!candidates.empty() && !others) reason = DropReason::only_source;
  if (others) {
    reason = peers_only && !allowed(arrival.type(), LinkType::peer) ? DropReason::split_horizon
                                                                    : DropReason::connection_gone;
  }
  if (arrival.type() == LinkType::local && candidates.empty()) {
    const Router::Gateway gateway = router_.gateway();
    if (gateway.link) return send_to(gateway.link, departure);
    if (gateway.ambiguous) reason = DropReason::gateway_ambiguous;
  }
  if (departure.view.header.fanout == 1 && !others) {
    // Before uplinks: here somebody is known to have the name.
    if (translator_.applies(arrival)) {
      const Translator::Found found = translator_.translate(arrival, departure);
      if (const auto out = send_one_translated(arrival, found.messages)) return *out;
      refused = found.refused;
    }
    if (const UplinkSet* uplinks = uplinks_for(arrival, departure)) {
      for (const UplinkSet::Entry& uplink : uplinks->entries) {
        if (!uplink.takes(departure.view.header.destination.hashes)) continue;
        if (egress_.readiness(uplink.link) == Readiness::down) continue;
        return send_to(uplink.link, departure);
      }
    }
  }
  if (refused) {
    reason = DropReason::untranslatable;
  } else if (candidates.empty() && other_generations_.admit(departure, router_)) {
    reason = DropReason::other_generation;
  }
  if (arrival.type() != LinkType::local) return drop(reason, arrival, {});
  return drop(reason, arrival, no_match_text(departure.view.header.destination));
}

Forwarder::Outcome Forwarder::drop(DropReason reason, LinkRef arrival, std::string_view text) {
  counters_.count_dropped(reason, arrival.type());
  Outcome out;
  if (arrival.type() == LinkType::local) out.error = text;
  return out;
}

}  // namespace slim::forward
