#include "traffic.hpp"

#include <algorithm>
#include <csignal>
#include <stdexcept>

#include "process.hpp"

namespace slim::bench {
namespace {

volatile std::sig_atomic_t stop = 0;

/// Without any arrival, after which a full window counts as lost where loss is allowed.
constexpr std::uint64_t kLostAfterNs = 200'000'000;
constexpr std::uint64_t kSettleNs = 2'000'000'000;
constexpr int kProbes = 1000;  // 10 ms apart

void check(bool going) {
  if (!going) throw std::runtime_error("the node ended a stream");
}

}  // namespace

bool stop_asked() noexcept { return stop != 0; }
void stop_on_sigterm() {
  std::signal(SIGTERM, [](int) { stop = 1; });
}

Traffic::Traffic(const Options& options) : options_(options) {
  const bool one_sender = options.shape == "fanout" || options.shape == "anycast";
  const std::size_t senders = one_sender ? 1 : options.pairs;
  const std::size_t receivers = one_sender ? options.subscribers : options.pairs;
  const Inbox::Rules rules{options.shape == "anycast" ? &seen_ : nullptr,
                           is_paced() ? &latencies_ : nullptr, options.allow_loss};
  for (std::size_t i = 0; i < receivers; ++i) {
    receivers_.push_back({make_peer(options), Inbox(rules)});
    receivers_[i].peer->subscribe(sink(one_sender ? 0 : i));
    poller_.add(receivers_[i].peer->fd());
  }
  for (std::size_t i = 0; i < options.stalled; ++i) {
    stalled_.push_back(make_peer(options));
    stalled_[i]->subscribe(sink(0));
  }
  for (std::size_t i = 0; i < senders; ++i) {
    senders_.push_back({make_peer(options)});
    poller_.add(senders_[i].peer->fd());
  }
  if (!receivers_[0].peer->acknowledges()) probe_until_subscribed();
  for (std::size_t i = 0; i < senders; ++i) {
    senders_[i].peer->prepare(sink(i), options.publish, options.window);
  }
}

Sink Traffic::sink(std::size_t index) const noexcept {
  using Delivery = Sink::Delivery;
  const Delivery delivery = options_.shape == "fanout"    ? Delivery::all
                            : options_.shape == "anycast" ? Delivery::any_one
                                                          : Delivery::one;
  return {index, delivery};
}

/// For releases that acknowledge nothing: what is published arrives once the subscription stands.
void Traffic::probe_until_subscribed() {
  for (int i = 0; i < kProbes; ++i) {
    for (std::size_t s = 0; s < senders_.size(); ++s) senders_[s].peer->probe(sink(s));
    for (int turn = 0; turn < 10; ++turn) exchange(1);
    const bool all = std::all_of(receivers_.begin(), receivers_.end(),
                                 [](const Receiver& r) { return r.inbox.probed(); });
    // An anycast's probes may go to one of its subscribers for ever.
    if (all || (options_.shape == "anycast" && i == 20)) return;
  }
  throw std::runtime_error("a subscription never came to stand");
}

/// What has come back of what a sender sent: from the slowest of its subscribers.
std::uint64_t Traffic::arrived(std::size_t sender) const noexcept {
  if (options_.shape == "anycast") return seen_.count();
  if (senders_.size() == receivers_.size()) return receivers_[sender].inbox.next();
  std::uint64_t least = ~std::uint64_t{0};
  for (const Receiver& r : receivers_) least = std::min(least, r.inbox.next());
  return least;
}

std::uint64_t Traffic::delivered() const noexcept {
  std::uint64_t n = 0;
  for (const Receiver& r : receivers_) n += r.inbox.received();
  return n;
}

std::uint64_t Traffic::sent() const noexcept {
  std::uint64_t n = 0;
  for (const Sender& s : senders_) n += s.sent;
  return n;
}

std::uint64_t Traffic::missing() const noexcept {
  const bool all = options_.shape == "fanout";
  return sent() * (all ? receivers_.size() : 1) - delivered();
}

/// Refills a window when a quarter of it is free: nodes are sent batches, not single messages.
void Traffic::send_closed() {
  for (std::size_t i = 0; i < senders_.size(); ++i) {
    Sender& s = senders_[i];
    const std::uint64_t back = arrived(i);
    s.given_up = std::min(s.given_up, s.sent - back);
    const std::uint64_t under_way = s.sent - back - s.given_up;
    std::size_t allowed = options_.window - std::min<std::size_t>(under_way, options_.window);
    if (allowed < (options_.window + 3) / 4) continue;
    while (s.peer->output().ring().pending().empty()) {
      const std::size_t numbered = s.peer->stamp(allowed, s.sent);
      s.sent += numbered;
      allowed -= numbered;
      check(s.peer->output().flush());
      if (numbered == 0) break;
    }
  }
}

void Traffic::send_paced() {
  const std::uint64_t now = now_ns();
  const auto gap = static_cast<std::uint64_t>(1e9 / options_.rate);
  while (next_due_ <= now) {
    Sender& s = senders_[due_sender_];
    if (!s.peer->stamp_one({s.sent, next_due_})) {
      // No room now: what is due stays due.
      check(s.peer->output().flush());
      if (!s.peer->stamp_one({s.sent, next_due_})) break;
    }
    ++s.sent;
    next_due_ += gap;
    due_sender_ = (due_sender_ + 1) % senders_.size();
  }
  for (Sender& s : senders_) check(s.peer->output().flush());
}

void Traffic::exchange(int wait_ms) {
  for (std::size_t i = 0; i < senders_.size(); ++i) {
    poller_.want_write(receivers_.size() + i, senders_[i].peer->output().wants_write());
  }
  for (const epoll_event& event : poller_.wait(wait_ms)) {
    const std::size_t index = event.data.u32;
    if (index < receivers_.size()) {
      Receiver& r = receivers_[index];
      check(r.peer->receive(&r.inbox));
      poller_.want_write(index, r.peer->output().wants_write());
      continue;
    }
    Peer& peer = *senders_[index - receivers_.size()].peer;
    if ((event.events & ~std::uint32_t{EPOLLOUT}) != 0) check(peer.receive(nullptr));
    check(peer.output().flush());
  }
}

void Traffic::give_up_on_lost() {
  if (!options_.allow_loss) return;
  const std::uint64_t now = now_ns();
  if (const std::uint64_t n = delivered(); n != progress_ || progress_at_ == 0) {
    progress_ = n;
    progress_at_ = now;
  } else if (now - progress_at_ > kLostAfterNs) {
    for (std::size_t i = 0; i < senders_.size(); ++i) {
      senders_[i].given_up = senders_[i].sent - arrived(i);
    }
    progress_at_ = now;
  }
}

void Traffic::turn() {
  if (is_paced()) {
    send_paced();
  } else {
    send_closed();
    give_up_on_lost();
  }
  exchange(0);
}

void Traffic::run_for(double seconds) {
  start_pacing();
  const std::uint64_t end = now_ns() + static_cast<std::uint64_t>(seconds * 1e9);
  while (now_ns() < end && !stop_asked()) {
    if (is_paced()) {
      send_paced();
      exchange(0);  // sleeping would add the time that waking takes
    } else {
      send_closed();
      give_up_on_lost();
      exchange(10);
    }
  }
}

void Traffic::settle() {
  std::uint64_t seen = delivered();
  for (std::uint64_t last = now_ns(); missing() > 0 && now_ns() - last < kSettleNs;) {
    for (Sender& s : senders_) check(s.peer->output().flush());
    exchange(10);
    if (delivered() != seen) last = now_ns();
    seen = delivered();
  }
}

nlohmann::json quantiles(const Histogram& latencies) {
  return {{"p50", latencies.quantile_us(0.5)},
          {"p99", latencies.quantile_us(0.99)},
          {"p999", latencies.quantile_us(0.999)},
          {"max", latencies.max_us()}};
}

nlohmann::json run_traffic(const Options& options) {
  Traffic traffic(options);
  traffic.run_for(options.warmup);
  traffic.latencies().clear();
  const std::uint64_t before = traffic.delivered();
  const double node_before = cpu_seconds(options.node_pid);
  const double own_before = own_cpu_seconds();
  const std::uint64_t start = now_ns();
  traffic.run_for(options.seconds);
  const double elapsed = static_cast<double>(now_ns() - start) / 1e9;
  const double own = own_cpu_seconds() - own_before;
  const double node = cpu_seconds(options.node_pid) - node_before;
  const std::uint64_t delivered = traffic.delivered() - before;
  const Memory memory = memory_of(options.node_pid);
  traffic.settle();
  const double messages = std::max(1.0, static_cast<double>(delivered));
  nlohmann::json out{{"delivered", delivered},
                     {"seconds", elapsed},
                     {"per_second", static_cast<double>(delivered) / elapsed},
                     {"lost", traffic.missing()},
                     {"load_cpu_us_per_message", own * 1e6 / messages},
                     {"load_cpu_share", own / elapsed}};
  if (options.node_pid != 0) {
    out["node_cpu_us_per_message"] = node * 1e6 / messages;
    out["node_cpu_cores"] = node / elapsed;
    out["node_rss"] = memory.resident;
    out["node_rss_peak"] = memory.peak;
  }
  if (options.rate > 0) out["latency_us"] = quantiles(traffic.latencies());
  return out;
}

}  // namespace slim::bench
