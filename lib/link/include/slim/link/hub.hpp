/// One worker's links: what comes in goes to the forwarder, what the forwarder sends goes to their
/// queues, here or on other workers.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <slim/base/timers.hpp>
#include <slim/forward/forwarder.hpp>
#include <slim/link/counters.hpp>
#include <slim/link/options.hpp>
#include <slim/transport/stream.hpp>
#include <slim/wire/detect.hpp>

namespace slim::link {

class Hub;
class Link;

/// What a hub needs of its event loop; tests turn a hand-moved clock behind it.
class Executor {
 public:
  Executor() = default;
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;
  virtual ~Executor() = default;

  [[nodiscard]] virtual base::Instant now() const noexcept = 0;
  virtual base::TimerId after(base::Duration delay, std::function<void()> callback) = 0;
  virtual void cancel(base::TimerId timer) noexcept = 0;
  /// Asks for Hub::end_turn() once what is ready now has run. Thread: the hub's.
  virtual void request_turn_end() = 0;
  /// Whether the caller is the hub's thread. Thread: any.
  [[nodiscard]] virtual bool is_current() const noexcept = 0;
  /// Runs `work` on the hub's thread. Thread: any.
  virtual void post(std::function<void()> work) = 0;
  /// Runs `work` and the turn's end here and now if the hub's thread sleeps; false if it does not,
  /// or where that cannot be. is_current() stays what it was. Thread: any but the hub's.
  virtual bool stand_in(const std::function<void()>& work) = 0;
};

/// What everybody may know of a link.
struct LinkInfo {
  forward::LinkRef link;
  std::string remote;
  std::string peer_node_id;
  std::string peer_version;
  std::string link_id;
  wire::Generation generation = wire::Generation::d;
  bool dialled = false;
};

/// A link that is up, at one moment.
struct LinkReport {
  LinkInfo info;
  base::Duration age{0};
  std::size_t queued = 0;  ///< bytes that wait for the socket
  bool full = false;       ///< publishers wait for it
  std::uint64_t messages_received = 0;
  std::uint64_t messages_sent = 0;
  std::uint64_t bytes_sent = 0;
};

/// A link that ended, or a stream that did not become one: then `info.link` is none.
struct ClosedLink {
  LinkInfo info;
  base::Instant at{};
  base::Duration age{0};  ///< how long it was up
  transport::CloseReason reason = transport::CloseReason::none;
  std::string message;  ///< of the status, cut to a bounded length
};

/// What waits in the outgoing queues of one worker's links.
struct QueueLevels {
  std::uint64_t bytes = 0;
  std::uint64_t largest = 0;
  std::uint64_t full = 0;  ///< links that publishers wait for
};

struct HubOptions {
  forward::ForwarderOptions forwarder;
  /// Messages under way to one other worker, in bytes.
  std::size_t handoff_bytes = 4 * 1024 * 1024;
  /// How many of the links that ended last are remembered.
  std::size_t remembered = 64;
};

/// Who hears of a dialled stream's fate.
class DialledObserver {
 public:
  DialledObserver() = default;
  DialledObserver(const DialledObserver&) = delete;
  DialledObserver& operator=(const DialledObserver&) = delete;
  /// The negotiation succeeded: the link is up under this reference.
  virtual void on_link_up(forward::LinkRef link, const LinkInfo& info) = 0;
  /// The last call. Before on_link_up() it means that no link came about.
  virtual void on_link_end(transport::CloseReason reason, const transport::GrpcStatus& status) = 0;

 protected:
  ~DialledObserver() = default;
};

/// Thread: owner worker, but for wake(), and what says so.
class Hub final : public forward::Egress {
 public:
  Hub(unsigned worker, HubOptions options, NodeIdentity identity, forward::Router& router,
      Executor& executor);
  ~Hub() override;
  /// All hubs of the node by worker number, itself included. Before any link exists.
  void meet(std::vector<Hub*> hubs);

  /// A request was accepted: the handler for its stream. Lives until the stream's last event.
  [[nodiscard]] transport::StreamHandler* accept(transport::MessageStream& stream,
                                                 const LinkOptions& options,
                                                 wire::PathKind path = wire::PathKind::dataplane);
  struct DialledSetup {
    LinkOptions options;
    forward::LinkType type = forward::LinkType::edge;
    std::string link_id;
    /// The reference that the link had before it was lost, if it was up before.
    forward::LinkRef previous;
    DialledObserver* observer = nullptr;
    /// How the other node is spoken to.
    wire::Dialect dialect = wire::Dialect::d;
    /// Dialect c: begin with a Link, as 1.3 and 1.4 do; 1.0 and 1.1 do not know it.
    bool sends_link = true;
    /// Dialect d: the answer may turn out to be one of release 1.3 or 1.4.
    bool may_be_older = false;
    std::shared_ptr<const forward::UplinkRules> uplink;
  };
  /// A handler for a stream that is being dialled; attach() follows once there is a stream.
  [[nodiscard]] transport::StreamHandler* dial(DialledSetup setup);
  void attach(transport::StreamHandler* handler, transport::MessageStream& stream);
  /// The dialler has gone: nobody is told of this stream any more, which ends.
  void abandon(transport::StreamHandler* handler, transport::CloseReason reason);

  /// Control messages wait for a link of this hub. Thread: any.
  void wake(forward::LinkRef link);

  /// The end of a turn: handed-over messages, control messages, waiting publishers.
  void end_turn();

  // Stopping, in this order.
  /// No message is taken from a stream any more.
  void stop_intake();
  /// Messages for other workers that wait here or were not dealt with there. Thread: owner worker.
  [[nodiscard]] bool has_handoffs() const noexcept;
  /// Ends all links once their queues are empty.
  void finish_all(transport::CloseReason reason);
  [[nodiscard]] std::size_t links() const noexcept;
  /// Those that are up with an index of at least `from`, by index, at most `max`.
  [[nodiscard]] std::vector<LinkReport> list(std::uint32_t from, std::size_t max) const;
  /// The last that ended, the newest first.
  [[nodiscard]] std::vector<ClosedLink> closed() const;
  [[nodiscard]] QueueLevels queues() const;

  [[nodiscard]] forward::Counters& counters() noexcept { return counters_; }
  [[nodiscard]] LinkCounters& link_counters() noexcept { return link_counters_; }

  // forward::Egress
  [[nodiscard]] forward::Readiness readiness(forward::LinkRef target) override;
  void send(std::span<const forward::LinkRef> targets, const forward::Departure& message) override;

 private:
  friend class Link;
  struct Peers;  // handoffs with the other workers

  [[nodiscard]] Link* find(forward::LinkRef link) const noexcept;
  [[nodiscard]] Link& add(std::unique_ptr<Link> link);
  void place(forward::LinkRef ref, Link& link);
  void displace(forward::LinkRef ref) noexcept;
  /// The link object is done; it goes at the end of the turn, since it may be on the stack.
  void retire(Link& link);
  void send_to_worker(unsigned worker, std::span<const forward::LinkRef> targets,
                      const forward::Departure& message);
  void remember(ClosedLink link);
  void transmit_all(std::span<const forward::LinkRef> targets, const forward::Departure& message);
  /// The message's MAC preimage without prefix and ttl. Lifetime: until the next message.
  [[nodiscard]] base::ByteView mac_body(const forward::Departure& message);
  void pass_to(unsigned worker);
  void take_handoffs(unsigned from);
  void drain(forward::LinkRef link);
  void wait_for(forward::LinkRef waiter, forward::LinkRef target, bool multicast);
  void resume(forward::LinkRef waiter);
  void resume_later(forward::LinkRef waiter);
  /// Whether one more Subscribe or Unsubscribe is due in this turn; counts it.
  [[nodiscard]] bool may_change_table() noexcept {
    return changes_left_ > 0 && changes_left_-- > 0;
  }

  unsigned worker_;
  HubOptions options_;
  NodeIdentity identity_;
  forward::Router& router_;
  Executor& executor_;
  forward::Counters counters_;
  LinkCounters link_counters_;
  forward::Forwarder forwarder_;
  std::vector<Hub*> hubs_;
  std::unique_ptr<Peers> peers_;

  std::vector<Link*> by_index_;
  std::vector<std::unique_ptr<Link>> owned_;
  std::vector<std::unique_ptr<Link>> retired_;
  std::vector<ClosedLink> closed_;  ///< a ring once it is full
  std::size_t closed_next_ = 0;
  std::vector<forward::LinkRef> to_drain_;
  std::vector<forward::LinkRef> to_resume_;
  bool intake_stopped_ = false;
  /// One takes a few microseconds: this many hold up what else there is to do by well under a
  /// millisecond.
  static constexpr unsigned kChangesPerTurn = 32;
  unsigned changes_left_ = kChangesPerTurn;

  /// The MAC preimage of the message that is on its way, worked out once for all targets.
  std::vector<base::Byte> mac_body_;
  const wire::MessageView* mac_body_of_ = nullptr;
  std::vector<forward::LinkRef> local_targets_;
  std::uint64_t last_flow_;  ///< numbers of different workers differ in their upper bits
};

}  // namespace slim::link
