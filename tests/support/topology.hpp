/// Several nodes in one process, joined by streams in memory, with one clock that tests move: link
/// negotiation, header MAC, queues and propagation for real, without sockets.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <slim/base/timers.hpp>
#include <slim/link/hub.hpp>

#include "support/test_node.hpp"

namespace slim::test {

class World;
class WorldNode;

/// One end of a stream. Messages wait in it until the other end takes them.
class MemoryStream final : public transport::MessageStream {
 public:
  explicit MemoryStream(World& world) : world_(world) {}
  void join(MemoryStream& other) { other_ = &other; }

  base::Byte* append(std::size_t head, base::ByteView tail,
                     const base::SharedBytes& owner) override;
  std::size_t queued() const noexcept override { return queued_; }
  void resume() override { blocked_ = false; }
  void finish(transport::CloseReason reason, const transport::GrpcStatus& status) override;
  const transport::PeerAddress& peer() const noexcept override { return peer_; }

  /// Moves one message to the other end; false when there is none or it is not taken.
  bool step();
  /// The network is gone.
  void cut(transport::CloseReason reason = transport::CloseReason::connection_lost);

  transport::StreamHandler* handler = nullptr;
  bool reads = true;  ///< false: takes nothing, as a stuck client does
  bool ended = false;
  transport::CloseReason end_reason = transport::CloseReason::none;
  transport::GrpcStatus status;  ///< what this end was told when the other finished
  /// Changes a message on its way, for tests of what the other side makes of it.
  std::function<void(std::string&)> tamper;
  std::vector<std::string> seen;  ///< copies of what arrived, if `record`
  bool record = false;

 private:
  void end(transport::CloseReason reason, const transport::GrpcStatus& status);

  World& world_;
  MemoryStream* other_ = nullptr;
  std::deque<std::string> out_;
  std::size_t queued_ = 0;
  bool finishing_ = false;
  bool blocked_ = false;  ///< the handler holds the first message
  transport::CloseReason finish_reason_ = transport::CloseReason::none;
  transport::GrpcStatus finish_status_;
  transport::PeerAddress peer_{"memory", "memory", false};
};

/// A link between two nodes, as a connector keeps it.
class WorldLink final : public link::DialledObserver {
 public:
  WorldLink(World& world, WorldNode& from, WorldNode& to, forward::LinkType type,
            link::LinkOptions options);
  void dial();
  /// Both ends lose it.
  void cut();

  void on_link_up(forward::LinkRef link, const link::LinkInfo& info) override;
  void on_link_end(transport::CloseReason reason, const transport::GrpcStatus& status) override;

  bool up = false;
  int ups = 0;
  transport::CloseReason end_reason = transport::CloseReason::none;
  transport::GrpcStatus end_status;
  MemoryStream* near = nullptr;  ///< the dialler's end of the stream in use
  MemoryStream* far = nullptr;

 private:
  World& world_;
  WorldNode& from_;
  WorldNode& to_;
  forward::LinkType type_;
  link::LinkOptions options_;
  std::string link_id_;
  forward::LinkRef ref_;
};

/// An application in a node's process: a local link that tests read.
struct LocalApp {
  forward::LinkRef link;
};

class WorldNode final : public link::Executor, public forward::Router::Port {
 public:
  WorldNode(World& world, const std::string& id, forward::RouterOptions router_options = {},
            forward::ForwarderOptions forwarder_options = {}, const std::string& deployment = "");
  ~WorldNode() override;

  /// What is left to do now; false when there is nothing.
  bool turn();

  World& world;
  std::string id;
  base::SystemRandom random;
  base::EpochDomain epochs;
  base::TimerQueue timers;
  forward::Router router;
  std::unique_ptr<link::Hub> hub;

 private:
  // link::Executor
  base::Instant now() const noexcept override;
  base::TimerId after(base::Duration delay, std::function<void()> callback) override;
  void cancel(base::TimerId timer) noexcept override { timers.cancel(timer); }
  void request_turn_end() override { wants_turn_ = true; }
  bool is_current() const noexcept override { return true; }
  void post(std::function<void()> work) override { posted_.push_back(std::move(work)); }
  bool stand_in(const std::function<void()>&) override { return false; }
  // forward::Router::Port
  void wake(forward::LinkRef link) override { hub->wake(link); }
  void reschedule() override {}

  bool wants_turn_ = false;
  std::deque<std::function<void()>> posted_;
};

/// An application that speaks the wire itself: an edge (or any) link whose other end is the test.
class WireClient final : transport::StreamHandler {
 public:
  WireClient(World& world, WorldNode& node, forward::LinkType type = forward::LinkType::edge,
             link::LinkOptions options = {}, const std::string& node_id = "client");
  ~WireClient();

  /// Signs and sends. Answers come into the vectors below.
  void subscribe(const name::Name& name, std::uint64_t id, const SubscribeOptions& options = {});
  void unsubscribe(const name::Name& name, std::uint64_t id);
  void publish(const name::Name& to, const PublishOptions& options = {});
  void send_raw(const std::string& message);
  [[nodiscard]] std::string sign(const std::string& message) const;
  void ack(std::uint64_t id, bool success = true);
  void disconnect();

  std::vector<wire::SubscriptionAck> acks;
  std::vector<std::string> publishes;  ///< whole messages as they arrived
  std::vector<Control> announcements;  ///< Subscribe and Unsubscribe that arrived
  bool up = false;
  bool ended = false;
  int bad_tags = 0;
  transport::GrpcStatus status;
  MemoryStream* stream = nullptr;  ///< the client's end
  MemoryStream* far = nullptr;     ///< the node's

 private:
  transport::Intake on_message(base::ByteView message, const base::SharedBytes& owner) override;
  void on_progress() override {}
  void on_end(transport::CloseReason reason, const transport::GrpcStatus& end_status) override;

  struct Secrets;
  World& world_;
  forward::LinkType type_;
  std::unique_ptr<Secrets> secrets_;
};

class World {
 public:
  World() = default;
  World(const World&) = delete;
  World& operator=(const World&) = delete;
  ~World();

  WorldNode& node(const std::string& id, forward::RouterOptions options = {},
                  forward::ForwarderOptions forwarder = {}, const std::string& deployment = "");
  /// Takes a node out of the world, as a crash does: its streams are cut.
  void kill(WorldNode& node);
  WorldLink& link(WorldNode& from, WorldNode& to, forward::LinkType type = forward::LinkType::peer,
                  link::LinkOptions options = {});
  /// Both ends of a new stream.
  std::pair<MemoryStream*, MemoryStream*> pipe();

  /// Until nothing moves any more at this moment.
  void settle();
  void advance(base::Duration by);

  base::ManualClock clock;
  std::vector<std::unique_ptr<WorldNode>> nodes;
  std::vector<std::unique_ptr<MemoryStream>> streams;

 private:
  std::vector<std::unique_ptr<WorldLink>> links_;
};

}  // namespace slim::test
