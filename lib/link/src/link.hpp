/// One link on one stream: which generation, negotiation, header MAC, outgoing queue.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include <slim/link/hub.hpp>
#include <slim/wire/detect.hpp>
#include <slim/wire/known_header.hpp>
#include <slim/wire/known_names.hpp>
#include <slim/wire/mac.hpp>

#include "negotiation.hpp"

namespace slim::link {

/// Life: opening (dialled, no response headers yet) → negotiating → up → ended.
/// Thread: owner worker.
class Link final : public transport::StreamHandler {
 public:
  Link(Hub& hub, const LinkOptions& options, wire::PathKind path)
      : hub_(hub), options_(options), path_(path) {}
  Link(Hub& hub, Hub::DialledSetup setup);
  ~Link() = default;

  void attach(transport::MessageStream& stream);
  /// Nobody is told of the end any more.
  void forget_observer() noexcept { dialled_.observer = nullptr; }

  // transport::StreamHandler
  void on_open() override;
  [[nodiscard]] transport::Intake on_message(base::ByteView message,
                                             const base::SharedBytes& owner) override;
  void on_progress() override;
  void on_end(transport::CloseReason reason, const transport::GrpcStatus& status) override;

  /// A message that was forwarded here.
  void transmit(const forward::Departure& message);
  /// Control messages that the router has for this link.
  void drain_control();
  /// A link that holds a message for this one, which is full.
  void add_waiter(forward::LinkRef waiter, bool multicast);
  /// Offers the held message again.
  void resume();
  /// Ends the link once its queue has been written.
  void finish(transport::CloseReason reason, const transport::GrpcStatus& status = {});

  [[nodiscard]] forward::LinkRef ref() const noexcept { return ref_; }
  /// Remote and edge links are signed and verified, peers are not (docs/protocol/wire.md 6).
  [[nodiscard]] bool is_signed() const noexcept { return ref_.type() != forward::LinkType::peer; }
  [[nodiscard]] const LinkInfo& info() const noexcept { return info_; }
  /// Precondition: it is up.
  [[nodiscard]] LinkReport report() const;
  [[nodiscard]] std::size_t queued() const noexcept { return stream_ ? stream_->queued() : 0; }
  [[nodiscard]] bool is_full() const noexcept { return full_; }

  std::size_t owned_at = 0;  ///< the hub's place for it

 private:
  enum class State : std::uint8_t { opening, negotiating, up, ended };

  // Negotiation
  void start_timer();
  [[nodiscard]] transport::Intake first_message(base::ByteView message,
                                                const base::SharedBytes& owner);
  void negotiate(base::ByteView message);
  void greet_older();
  void answer_link_c(base::ByteView message);
  void agree(Agreement agreement);
  void fail_negotiation(const std::string& why);
  void count_up();
  void come_up(Agreement agreement, forward::LinkTraits traits = {});

  // Arriving messages
  [[nodiscard]] transport::Intake ingress(base::ByteView message, const base::SharedBytes& owner);
  void count_received(const wire::MessageView& view, base::ByteView message) noexcept;
  [[nodiscard]] transport::Intake routed(const wire::MessageView& view, base::ByteView message,
                                         const base::SharedBytes& owner);
  void keep_header(const wire::MessageView& view, base::ByteView message);
  [[nodiscard]] bool verify(const wire::MessageView& view, base::ByteView message);
  [[nodiscard]] const base::Byte* tag_for(const forward::Departure& message);
  [[nodiscard]] std::string_view mac_problem(const wire::MessageView& view, base::ByteView message);

  // Leaving messages
  void transmit_new(const forward::Departure& message);
  void send_whole(base::ByteView message);
  void after_append(std::size_t bytes);
  void drained();
  void watch_multicast();
  void watch_anycast();
  void detach(transport::CloseReason reason, const transport::GrpcStatus& status);
  [[nodiscard]] Direction direction() const noexcept {
    return info_.dialled ? Direction::outbound : Direction::inbound;
  }
  void count_end(transport::CloseReason reason, const transport::GrpcStatus& status, bool was_up);

  Hub& hub_;
  LinkOptions options_;
  Hub::DialledSetup dialled_;
  wire::PathKind path_ = wire::PathKind::dataplane;
  wire::Generation generation_ = wire::Generation::d;
  std::optional<DialledNegotiation> negotiation_;
  transport::MessageStream* stream_ = nullptr;
  State state_ = State::negotiating;
  base::TimerId timer_{};
  forward::LinkRef ref_;
  LinkInfo info_;
  std::optional<crypto::HmacSha256> mac_;

  /// The last header that was accepted, and the number of the flow that its repetitions make. The
  /// verdict goes with it: nothing else enters into that but the link's key.
  wire::KnownHeader known_;
  wire::KnownNames known_names_;
  std::uint64_t known_flow_ = 0;
  std::uint64_t flow_ = 0;  ///< of the message that is being worked on
  /// How the last flow's messages begin when they leave here, while their tails are of one size.
  struct LastHead {
    std::uint64_t flow = 0;
    std::size_t tail = 0;
    std::vector<base::Byte> bytes;
  };
  LastHead last_head_;
  base::Byte tag_[wire::kMacSize] = {};

  bool holds_message_ = false;  ///< the stream's next message was offered before
  bool full_ = false;
  bool more_control_ = false;
  std::uint64_t appended_ = 0;  ///< bytes, ever
  std::uint64_t messages_received_ = 0;
  std::uint64_t messages_sent_ = 0;
  base::Instant since_{};  ///< when the stream came, then when the link came up
  std::uint64_t drained_at_check_ = 0;
  std::vector<forward::LinkRef> waiters_;
  base::TimerId multicast_timer_{};
  base::TimerId anycast_timer_{};
};

}  // namespace slim::link
