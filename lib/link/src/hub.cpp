#include <algorithm>

#include <slim/link/hub.hpp>
#include <slim/wire/mac.hpp>

#include "handoff.hpp"
#include "link.hpp"

namespace slim::link {
namespace {

using forward::LinkRef;
using forward::Readiness;

/// Payloads at least this large are worth one copy that several queues share, unless they lie in a
/// block that is not much larger: that is shared itself.
constexpr std::size_t kShare = 4 * 1024;
constexpr std::size_t kShareOf = 16;

/// What is handed to another worker at once, about, in bytes; and how many of these it takes before
/// it writes what came of them.
constexpr std::size_t kPassAt = 256 * 1024;
constexpr int kTakeAtOnce = 2;

}  // namespace

struct Hub::Peers {
  /// To each other worker, and publishers of this one that wait for room on the way there.
  std::vector<std::unique_ptr<Handoff>> to;
  std::vector<std::vector<LinkRef>> waiting;
  bool unpassed = false;
};

Hub::Hub(unsigned worker, HubOptions options, NodeIdentity identity, forward::Router& router,
         Executor& executor)
    : worker_(worker),
      options_(options),
      identity_(std::move(identity)),
      router_(router),
      executor_(executor),
      forwarder_(options.forwarder, router, *this, counters_),
      peers_(std::make_unique<Peers>()),
      last_flow_(static_cast<std::uint64_t>(worker) << 48) {}

Hub::~Hub() = default;

void Hub::meet(std::vector<Hub*> hubs) {
  hubs_ = std::move(hubs);
  peers_->waiting.resize(hubs_.size());
  for (std::size_t i = 0; i < hubs_.size(); ++i) {
    peers_->to.push_back(std::make_unique<Handoff>(options_.handoff_bytes));
  }
}

// --- links ---

Link& Hub::add(std::unique_ptr<Link> link) {
  link->owned_at = owned_.size();
  owned_.push_back(std::move(link));
  return *owned_.back();
}

transport::StreamHandler* Hub::accept(transport::MessageStream& stream, const LinkOptions& options,
                                      wire::PathKind path) {
  Link& link = add(std::make_unique<Link>(*this, options, path));
  link.attach(stream);
  return &link;
}

transport::StreamHandler* Hub::dial(DialledSetup setup) {
  return &add(std::make_unique<Link>(*this, std::move(setup)));
}

void Hub::attach(transport::StreamHandler* handler, transport::MessageStream& stream) {
  static_cast<Link*>(handler)->attach(stream);
}

void Hub::abandon(transport::StreamHandler* handler, transport::CloseReason reason) {
  auto* link = static_cast<Link*>(handler);
  link->forget_observer();
  link->finish(reason);
}

Link* Hub::find(LinkRef link) const noexcept {
  if (link.index() >= by_index_.size()) return nullptr;
  Link* found = by_index_[link.index()];
  return found && found->ref() == link ? found : nullptr;
}

void Hub::place(LinkRef ref, Link& link) {
  if (by_index_.size() <= ref.index()) by_index_.resize(ref.index() + 1);
  by_index_[ref.index()] = &link;
}

void Hub::displace(LinkRef ref) noexcept { by_index_[ref.index()] = nullptr; }

void Hub::retire(Link& link) {
  const std::size_t place = link.owned_at;
  retired_.push_back(std::move(owned_[place]));
  if (place + 1 != owned_.size()) {
    owned_[place] = std::move(owned_.back());
    owned_[place]->owned_at = place;
  }
  owned_.pop_back();
  executor_.request_turn_end();
}

std::size_t Hub::links() const noexcept { return owned_.size(); }

std::vector<LinkReport> Hub::list(std::uint32_t from, std::size_t max) const {
  std::vector<LinkReport> out;
  for (std::size_t i = from; i < by_index_.size() && out.size() < max; ++i) {
    if (by_index_[i]) out.push_back(by_index_[i]->report());
  }
  return out;
}

std::vector<ClosedLink> Hub::closed() const {
  std::vector<ClosedLink> out;
  for (std::size_t i = 0; i < closed_.size(); ++i) {
    out.push_back(closed_[(closed_next_ + closed_.size() - 1 - i) % closed_.size()]);
  }
  return out;
}

void Hub::remember(ClosedLink link) {
  if (options_.remembered == 0) return;
  if (closed_.size() < options_.remembered) {
    closed_.push_back(std::move(link));
  } else {
    closed_[closed_next_] = std::move(link);
  }
  closed_next_ = (closed_next_ + 1) % options_.remembered;
}

QueueLevels Hub::queues() const {
  QueueLevels out;
  for (const auto& link : owned_) {
    const std::size_t queued = link->queued();
    out.bytes += queued;
    out.largest = std::max<std::uint64_t>(out.largest, queued);
    if (link->is_full()) ++out.full;
  }
  return out;
}

// --- sending ---

Readiness Hub::readiness(LinkRef target) {
  const Readiness its = router_.links().readiness(target);
  if (its != Readiness::ready || target.worker() == worker_) return its;
  return peers_->to[target.worker()]->has_room() ? Readiness::ready : Readiness::full;
}

void Hub::send(std::span<const LinkRef> targets, const forward::Departure& message) {
  executor_.request_turn_end();
  if (hubs_.size() == 1) {
    transmit_all(targets, message);
    return;
  }
  if (targets.size() == 1) {
    send_to_worker(targets[0].worker(), targets, message);
    return;
  }
  // One entry a worker, however many of its links are meant.
  for (unsigned w = 0; w < hubs_.size(); ++w) {
    local_targets_.clear();
    std::copy_if(targets.begin(), targets.end(), std::back_inserter(local_targets_),
                 [w](LinkRef t) { return t.worker() == w; });
    if (!local_targets_.empty()) send_to_worker(w, local_targets_, message);
  }
}

void Hub::send_to_worker(unsigned worker, std::span<const LinkRef> targets,
                         const forward::Departure& message) {
  if (worker == worker_) {
    transmit_all(targets, message);
    return;
  }
  Handoff& handoff = *peers_->to[worker];
  handoff.filling().add(targets, message);
  peers_->unpassed = true;
  // A long turn lets the other worker begin before it ends.
  if (handoff.filling().bytes() >= kPassAt) pass_to(worker);
}

void Hub::transmit_all(std::span<const LinkRef> targets, const forward::Departure& message) {
  if (targets.size() > 1 && message.tail.size() >= kShare &&
      (!message.owner || message.tail.size() * kShareOf < message.owner.size())) {
    const base::SharedBytes copy = base::SharedBytes::copy_of(message.tail);
    const forward::Departure shared{message.view, message.bytes, copy.view(),
                                    copy,         message.ttl,   message.incoming_conn,
                                    message.from, message.flow};
    transmit_all(targets, shared);
    return;
  }
  for (const LinkRef target : targets) {
    Link* link = find(target);
    if (!link) {
      counters_.count_dropped(forward::DropReason::connection_gone, message.from);
      continue;
    }
    link->transmit(message);
  }
}

base::ByteView Hub::mac_body(const forward::Departure& message) {
  if (mac_body_of_ != &message.view) {
    wire::mac_body(message.view, message.bytes, wire::HopFields::absent, mac_body_);
    mac_body_of_ = &message.view;
  }
  return mac_body_;
}

void Hub::take_handoffs(unsigned from) {
  Handoff& handoff = *hubs_[from]->peers_->to[worker_];
  // Written before the next ones are taken, while they are in the processor's cache.
  for (int batches = 0; batches < kTakeAtOnce; ++batches) {
    auto batch = handoff.take();
    if (!batch) return;
    for (const HandoffBatch::Message& m : batch->messages()) {
      mac_body_of_ = nullptr;
      transmit_all(batch->targets_of(m), batch->departure(m));
    }
    mac_body_of_ = nullptr;
    if (!handoff.done(std::move(batch))) continue;
    hubs_[from]->executor_.post([hub = hubs_[from], to = worker_] {
      for (const LinkRef waiter : std::exchange(hub->peers_->waiting[to], {})) {
        hub->resume_later(waiter);
      }
    });
  }
  executor_.post([this, from] { take_handoffs(from); });
}

// --- waiting publishers ---

void Hub::wait_for(LinkRef waiter, LinkRef target, bool multicast) {
  if (target.worker() == worker_) {
    Link* link = find(target);
    if (link) {
      link->add_waiter(waiter, multicast);
    } else {
      resume_later(waiter);
    }
    return;
  }
  if (router_.links().readiness(target) == Readiness::ready) {
    // Not the link but the way to its worker is full.
    peers_->waiting[target.worker()].push_back(waiter);
    if (!peers_->to[target.worker()]->ask_for_room()) {
      std::erase(peers_->waiting[target.worker()], waiter);
      resume_later(waiter);
    }
    return;
  }
  Hub* other = hubs_[target.worker()];
  other->executor_.post([other, waiter, target, multicast] {
    if (Link* link = other->find(target)) {
      link->add_waiter(waiter, multicast);
    } else {
      other->resume(waiter);
    }
  });
}

void Hub::resume(LinkRef waiter) {
  if (waiter.worker() == worker_) {
    resume_later(waiter);
    return;
  }
  Hub* other = hubs_[waiter.worker()];
  other->executor_.post([other, waiter] { other->resume_later(waiter); });
}

void Hub::resume_later(LinkRef waiter) {
  to_resume_.push_back(waiter);
  executor_.request_turn_end();
}

// --- control messages ---

void Hub::wake(LinkRef link) {
  if (!executor_.is_current()) {
    executor_.post([this, link] { wake(link); });
    return;
  }
  to_drain_.push_back(link);
  executor_.request_turn_end();
}

void Hub::drain(LinkRef ref) {
  if (Link* link = find(ref)) link->drain_control();
}

// --- turns ---

void Hub::pass_to(unsigned worker) {
  Handoff& handoff = *peers_->to[worker];
  const bool is_small = handoff.filling().is_small();
  switch (handoff.pass()) {
    case Handoff::Passed::quiet:
      return;
    case Handoff::Passed::full:
      peers_->unpassed = true;
      // The consumer is busy; it is asked to say when it has taken something.
      hubs_[worker]->executor_.post(
          [this] { executor_.post([this] { executor_.request_turn_end(); }); });
      return;
    case Handoff::Passed::wake:
      break;
  }
  const auto take = [hub = hubs_[worker], from = worker_] { hub->take_handoffs(from); };
  // A few messages are done sooner here than the other thread is awake; with many, two threads get
  // more done than one.
  if (is_small && hubs_[worker]->executor_.stand_in(take)) return;
  hubs_[worker]->executor_.post(take);
}

void Hub::end_turn() {
  changes_left_ = kChangesPerTurn;
  for (const LinkRef link : std::exchange(to_drain_, {})) drain(link);
  for (const LinkRef waiter : std::exchange(to_resume_, {})) {
    if (Link* link = find(waiter)) link->resume();
  }
  if (std::exchange(peers_->unpassed, false)) {
    for (unsigned w = 0; w < hubs_.size(); ++w) {
      if (w != worker_) pass_to(w);
    }
  }
  forwarder_.end_turn();
  retired_.clear();
}

// --- stopping ---

void Hub::stop_intake() { intake_stopped_ = true; }

bool Hub::has_handoffs() const noexcept {
  return peers_->unpassed || std::any_of(peers_->to.begin(), peers_->to.end(),
                                         [](const auto& handoff) { return handoff->is_busy(); });
}

void Hub::finish_all(transport::CloseReason reason) {
  while (!owned_.empty()) owned_.back()->finish(reason);
}

}  // namespace slim::link
