/// What happens to a message between two links (docs/protocol/forwarding.md 3 to 6).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <slim/base/epoch.hpp>
#include <slim/forward/counters.hpp>
#include <slim/forward/egress.hpp>
#include <slim/forward/other_generations.hpp>
#include <slim/forward/router.hpp>
#include <slim/forward/translator.hpp>

namespace slim::forward {

struct ForwarderOptions {
  /// Whether a publish that came from a peer may go to other peers: not in a full mesh, and not on
  /// a node without listeners (forwarding.md 5.3).
  bool relay_between_peers = true;
};

/// One worker's forwarding pipeline. Messages go through it one at a time, each to its end, without
/// locks; Subscribe and Unsubscribe take the router's mutex.
/// Thread: owner worker.
class Forwarder {
 public:
  Forwarder(ForwarderOptions options, Router& router, Egress& egress, Counters& counters);
  Forwarder(const Forwarder&) = delete;
  Forwarder& operator=(const Forwarder&) = delete;

  struct Outcome {
    enum class Step : std::uint8_t {
      done,  ///< sent, dropped or answered
      held,  ///< offer the same message again when `waits_for` has drained or ended
    } step = Step::done;
    LinkRef waits_for;
    /// Held by a multicast: the receiver has 10 ms, not 10 s.
    bool multicast = false;
    /// To be sent back on the arrival link.
    std::optional<wire::SubscriptionAck> ack;
    /// For the application behind a local arrival link: the text of the error.
    std::string error;
  };

  /// A Subscribe, Unsubscribe or Publish whose header MAC was accepted where there has to be one.
  /// `owner` and `flow` as in Departure.
  [[nodiscard]] Outcome receive(LinkRef arrival, const wire::MessageView& view,
                                base::ByteView bytes, const base::SharedBytes& owner,
                                std::uint64_t flow = 0);

  /// To be called when the worker is done with what it read: lets go of the tables.
  void end_turn() noexcept { guard_.reset(); }

 private:
  [[nodiscard]] Outcome publish(LinkRef arrival, Departure& departure);
  /// The links that have the destination; inside the turn's guard.
  [[nodiscard]] const Candidates& match(const Departure& departure);
  [[nodiscard]] Outcome send_one(LinkRef arrival, const Candidates& candidates,
                                 const Departure& departure);
  [[nodiscard]] Outcome send_all(LinkRef arrival, const Candidates& candidates,
                                 const Departure& departure);
  [[nodiscard]] Outcome send_to(LinkRef target, const Departure& departure);
  [[nodiscard]] Outcome unmatched(LinkRef arrival, const Candidates& candidates,
                                  const Departure& departure, bool refused = false);
  /// An anycast to a translating link of another dialect; nullopt when it cannot go to any.
  [[nodiscard]] std::optional<Outcome> send_one_translated(LinkRef arrival,
                                                           std::span<const Translated> messages);
  [[nodiscard]] const UplinkSet* uplinks_for(LinkRef arrival, const Departure& departure) const;
  [[nodiscard]] Outcome drop(DropReason reason, LinkRef arrival, std::string_view text);
  [[nodiscard]] bool allowed(LinkType from, LinkType to) const noexcept {
    return from != LinkType::peer || to != LinkType::peer || options_.relay_between_peers;
  }

  ForwarderOptions options_;
  Router& router_;
  Egress& egress_;
  Counters& counters_;
  base::EpochReader& reader_;
  // Entered with the first publish of a turn: once a batch, not once a message.
  std::optional<base::EpochReader::Guard> guard_;
  // What the last publish of this turn matched. A flow's messages came together: to the tables all
  // of them are one look.
  Candidates matched_;
  std::uint64_t matched_flow_ = 0;
  std::vector<LinkRef> targets_;
  OtherGenerations other_generations_;
  Translator translator_;
};

}  // namespace slim::forward
