#include <algorithm>
#include <array>

#include <slim/forward/explain.hpp>

namespace slim::forward {
namespace {

using Kind = Verdict::Kind;

constexpr std::array kPreference{LinkType::local, LinkType::remote, LinkType::peer, LinkType::edge};
constexpr std::array kGenerations{wire::Generation::a, wire::Generation::b, wire::Generation::c,
                                  wire::Generation::d};

/// The steps of Forwarder::publish(), each noted instead of taken.
class Explainer {
 public:
  Explainer(Router& router, bool relay, const Question& question)
      : router_(router), relay_(relay), question_(question) {}

  Explanation answer() {
    const Candidates candidates =
        router_.table().find(question_.generation, question_.name.hashes, question_.name.id);
    for (const LinkType type : kPreference) look_at(candidates.of(type));
    look_at_other_generations();
    look_at_uplinks();
    look_at_gateway(candidates);
    conclude(candidates);
    return std::move(out_);
  }

 private:
  [[nodiscard]] bool anycast() const { return question_.fanout == 1; }
  [[nodiscard]] LinkType from_type() const {
    return question_.from ? question_.from.type() : LinkType::edge;
  }

  void note(LinkRef link, Kind kind, bool uplink = false) {
    out_.links.push_back({link, question_.generation, uplink, kind});
  }

  /// Why a link cannot have the message now, whatever others do.
  [[nodiscard]] std::optional<Kind> obstacle(LinkRef link) const {
    if (link == question_.from) return Kind::is_sender;
    if (from_type() == LinkType::peer && link.type() == LinkType::peer && !relay_) {
      return Kind::is_peer;
    }
    switch (router_.links().readiness(link)) {
      case Readiness::down:
        return Kind::is_down;
      case Readiness::gone:
        return Kind::is_gone;
      default:
        return std::nullopt;
    }
  }

  [[nodiscard]] bool is_full(LinkRef link) const {
    return router_.links().readiness(link) == Readiness::full;
  }

  void look_at(std::span<const LinkRef> links) {
    const auto usable = [this](LinkRef link) { return !obstacle(link); };
    const auto ready = std::count_if(links.begin(), links.end(),
                                     [&](LinkRef link) { return usable(link) && !is_full(link); });
    const bool decided = anycast() && taken_;
    bool first_full = true;
    for (const LinkRef link : links) {
      if (const auto why = obstacle(link)) {
        note(link, *why);
        continue;
      }
      if (decided) {
        note(link, Kind::less_preferred);
      } else if (is_full(link)) {
        // An anycast waits only if nobody of the same kind is ready, and for one of them.
        const bool waits = !anycast() || (ready == 0 && std::exchange(first_full, false));
        note(link, waits ? Kind::holds_it : Kind::in_turn);
        out_.held = out_.held || waits;
        taken_ = true;
      } else {
        note(link, anycast() && ready > 1 ? Kind::in_turn : Kind::gets_it);
        taken_ = true;
      }
    }
  }

  void look_at_other_generations() {
    const bool may_translate = question_.from && router_.links().translates(question_.from);
    for (const wire::Generation generation : kGenerations) {
      if (generation == question_.generation) continue;
      const Candidates others =
          router_.table().find(generation, question_.name.hashes, question_.name.id);
      for (const LinkType type : kPreference) {
        for (const LinkRef link : others.of(type)) {
          Kind kind = Kind::other_generation;
          if (may_translate && router_.links().translates(link) && link != question_.from) {
            kind = anycast() && taken_ ? Kind::not_needed : Kind::translated;
          }
          translated_ = translated_ || kind == Kind::translated;
          elsewhere_ = elsewhere_ || kind == Kind::other_generation;
          out_.links.push_back({link, generation, false, kind});
        }
      }
    }
    taken_ = taken_ || translated_;
  }

  void look_at_uplinks() {
    const UplinkSet* uplinks = router_.uplinks(question_.generation);
    if (!uplinks || from_type() == LinkType::peer || uplinks->contains(question_.from)) return;
    for (const UplinkSet::Entry& uplink : uplinks->entries) {
      if (!uplink.takes(question_.name.hashes)) continue;
      const auto known = std::find_if(out_.links.begin(), out_.links.end(),
                                      [&](const Verdict& v) { return v.link == uplink.link; });
      if (known != out_.links.end()) {
        known->uplink = true;
        continue;
      }
      if (const auto why = obstacle(uplink.link)) {
        note(uplink.link, *why, true);
      } else if (anycast() && (taken_ || subscribed_by_others())) {
        note(uplink.link, Kind::not_needed, true);
      } else {
        note(uplink.link, is_full(uplink.link) ? Kind::holds_it : Kind::gets_it, true);
        out_.held = out_.held || is_full(uplink.link);
        taken_ = true;
      }
    }
  }

  /// Only messages of local applications go to the default gateway.
  void look_at_gateway(const Candidates& candidates) {
    if (taken_ || from_type() != LinkType::local || !candidates.empty()) return;
    const Router::Gateway gateway = router_.gateway();
    ambiguous_ = gateway.ambiguous;
    if (!gateway.link) return;
    note(gateway.link, is_full(gateway.link) ? Kind::holds_it : Kind::gets_it);
    out_.held = is_full(gateway.link);
    taken_ = true;
  }

  /// Somebody but the sender has the name, though it cannot be reached now.
  [[nodiscard]] bool subscribed_by_others() const {
    return std::any_of(out_.links.begin(), out_.links.end(), [this](const Verdict& v) {
      return !v.uplink && v.generation == question_.generation && v.kind != Kind::is_sender;
    });
  }

  void conclude(const Candidates& candidates) {
    if (!taken_) {
      out_.drop = reason(candidates);
      out_.text = "dropped: " + std::string(to_string(*out_.drop));
      return;
    }
    const auto count = std::count_if(out_.links.begin(), out_.links.end(), [](const Verdict& v) {
      return v.kind == Kind::gets_it || v.kind == Kind::in_turn || v.kind == Kind::holds_it ||
             v.kind == Kind::translated;
    });
    out_.text = anycast() ? "goes to one of " + std::to_string(count)
                          : "goes to each of " + std::to_string(count);
    out_.text += count == 1 ? " link" : " links";
    if (out_.held) out_.text += ", once there is room in its queue";
  }

  [[nodiscard]] DropReason reason(const Candidates& candidates) const {
    if (ambiguous_) return DropReason::gateway_ambiguous;
    if (candidates.empty()) return elsewhere_ ? DropReason::other_generation : DropReason::no_route;
    if (!subscribed_by_others()) return DropReason::only_source;
    const bool peers_only =
        std::all_of(out_.links.begin(), out_.links.end(), [this](const Verdict& v) {
          return v.uplink || v.generation != question_.generation || v.kind == Kind::is_sender ||
                 v.link.type() == LinkType::peer;
        });
    return peers_only && from_type() == LinkType::peer && !relay_ ? DropReason::split_horizon
                                                                  : DropReason::connection_gone;
  }

  Router& router_;
  bool relay_;
  const Question& question_;
  Explanation out_;
  bool taken_ = false;
  bool translated_ = false;
  bool elsewhere_ = false;
  bool ambiguous_ = false;
};

}  // namespace

std::string_view to_string(Verdict::Kind kind) noexcept {
  switch (kind) {
    case Kind::gets_it:
      return "gets_it";
    case Kind::in_turn:
      return "in_turn";
    case Kind::holds_it:
      return "holds_it";
    case Kind::less_preferred:
      return "less_preferred";
    case Kind::is_sender:
      return "is_sender";
    case Kind::is_peer:
      return "is_peer";
    case Kind::is_down:
      return "is_down";
    case Kind::is_gone:
      return "is_gone";
    case Kind::other_generation:
      return "other_generation";
    case Kind::translated:
      return "translated";
    case Kind::not_needed:
      break;
  }
  return "not_needed";
}

Explanation explain(Router& router, base::EpochReader& reader, bool relay_between_peers,
                    const Question& question) {
  const base::EpochReader::Guard guard(reader);
  return Explainer(router, relay_between_peers, question).answer();
}

}  // namespace slim::forward
