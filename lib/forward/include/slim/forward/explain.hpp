/// Where a publish to a name would go now, and why, without sending one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <slim/base/epoch.hpp>
#include <slim/forward/drop_reason.hpp>
#include <slim/forward/router.hpp>

namespace slim::forward {

struct Question {
  name::Name name;
  wire::Generation generation = wire::Generation::d;
  /// 1 is anycast, everything else multicast, as in a message's header.
  std::uint32_t fanout = 1;
  /// Where the publish would come from; none: an edge link that subscribed nothing.
  LinkRef from;
};

/// What is to be said of one link that has the name, or could be sent the message without.
struct Verdict {
  enum class Kind : std::uint8_t {
    gets_it,         ///< a copy of its own, or the only one
    in_turn,         ///< one of several that take turns
    holds_it,        ///< its queue is full: the publisher waits for it
    less_preferred,  ///< a link of a kind that comes first takes it
    is_sender,
    is_peer,           ///< what came from a peer goes to no peer here
    is_down,           ///< a link of this node that is being dialled again
    is_gone,           ///< it has just ended
    other_generation,  ///< not both ends are configured to translate
    translated,        ///< gets it in its own wire generation, if the message can be said in that
    not_needed,  ///< an uplink or a translation that is only tried when nobody else has the name
  };
  LinkRef link;
  wire::Generation generation = wire::Generation::d;  ///< of the subscription
  bool uplink = false;
  Kind kind = Kind::gets_it;
};

struct Explanation {
  std::vector<Verdict> links;
  /// Why the message would be dropped, if it would be.
  std::optional<DropReason> drop;
  bool held = false;  ///< the publisher would wait
  std::string text;   ///< all of it in one sentence
};

[[nodiscard]] std::string_view to_string(Verdict::Kind kind) noexcept;

/// Thread: that of `reader`, which is inside no guard. `relay_between_peers` as in
/// ForwarderOptions. Counts nothing and moves nobody's turn on.
[[nodiscard]] Explanation explain(Router& router, base::EpochReader& reader,
                                  bool relay_between_peers, const Question& question);

}  // namespace slim::forward
