#include <algorithm>
#include <optional>
#include <stdexcept>

#include <slim/wire/control.hpp>

#include "poller.hpp"
#include "process.hpp"
#include "shapes.hpp"
#include "traffic.hpp"

namespace slim::bench {
namespace {

/// Subscribes sent between two looks at what else there is to do. Few beside paced traffic, whose
/// latencies must be the node's, not this program's.
constexpr std::size_t kSlice = 256;
constexpr std::size_t kSliceBesideTraffic = 8;
constexpr std::int64_t kSubscribeBytes = 4096;
constexpr std::uint64_t kPatienceNs = 60'000'000'000;

/// The subscriptions that one link states: those of all whose number leaves the rest `index` when
/// it is divided by the number of links.
class Subscriber {
 public:
  Subscriber(const Options& options, SlimPeer& peer, std::size_t index)
      : options_(options), peer_(peer), next_(index) {}

  /// Up to `slice` more; how many it sent.
  std::size_t send(std::size_t slice) {
    std::size_t sent = 0;
    while (sent < slice && next_ < options_.count && under_way() < options_.ack_window &&
           peer_.stream().credit() > kSubscribeBytes) {
      peer_.send_subscribe(name(next_), next_ + 1);
      next_ += options_.links;
      ++stated_;
      ++sent;
    }
    if (sent > 0) flush();
    return sent;
  }
  void flush() {
    if (!peer_.output().flush()) throw std::runtime_error("the node ended a stream");
  }
  /// How many acknowledgements came. They come in the order of what they answer.
  std::size_t receive() {
    const std::size_t before = acknowledged_;
    const bool going =
        peer_.stream().receive([] {}, [this](std::string_view message) { take(message); });
    if (!going) throw std::runtime_error("the node ended a stream");
    return acknowledged_ - before;
  }
  [[nodiscard]] bool wants_write() { return peer_.output().wants_write(); }

 private:
  [[nodiscard]] std::size_t under_way() const noexcept { return stated_ - acknowledged_; }
  [[nodiscard]] name::Name name(std::size_t number) const {
    return peer_.name("p" + std::to_string(number % options_.prefixes),
                      number / options_.prefixes + 1);
  }
  void take(std::string_view message) {
    wire::MessageView view;
    const base::ByteView bytes = base::as_bytes(message);
    if (wire::decode(wire::generation_of(options_.dialect), bytes, view) !=
            wire::DecodeError::none ||
        view.kind != wire::Kind::subscription_ack) {
      return;
    }
    const wire::SubscriptionAck ack = wire::decode_ack(bytes, view);
    if (!ack.success) throw std::runtime_error("a subscription was refused: " + ack.error);
    if (ack.subscription_id == 0 || ack.subscription_id > options_.count)
      throw std::runtime_error("an acknowledgement of nothing");
    ++acknowledged_;
  }

  const Options& options_;
  SlimPeer& peer_;
  std::size_t next_;
  std::size_t stated_ = 0;
  std::size_t acknowledged_ = 0;
};

class Adding {
 public:
  Adding(const Options& options, std::vector<std::unique_ptr<SlimPeer>>& links)
      : rate_(options.subscribe_rate), start_(now_ns()) {
    for (std::size_t i = 0; i < links.size(); ++i) {
      subscribers_.emplace_back(options, *links[i], i);
      poller_.add(links[i]->fd());
    }
  }
  /// One turn; how many acknowledgements came. What is due at the wanted rate is sent.
  std::size_t turn(std::size_t slice, int wait_ms) {
    slice = std::min(slice, due());
    std::size_t sent = 0;
    for (std::size_t tried = 0; tried < subscribers_.size() && sent < slice; ++tried) {
      const std::size_t i = turn_++ % subscribers_.size();
      sent += subscribers_[i].send(slice - sent);
      poller_.want_write(i, subscribers_[i].wants_write());
    }
    sent_ += sent;
    std::size_t came = 0;
    for (const epoll_event& event : poller_.wait(sent > 0 || rate_ > 0 ? 0 : wait_ms)) {
      const std::size_t i = event.data.u32;
      came += subscribers_[i].receive();
      subscribers_[i].flush();
      poller_.want_write(i, subscribers_[i].wants_write());
    }
    return came;
  }

 private:
  [[nodiscard]] std::size_t due() const {
    if (rate_ == 0) return ~std::size_t{0};
    const double passed = static_cast<double>(now_ns() - start_) / 1e9;
    return static_cast<std::size_t>(passed * rate_) + 1 - sent_;
  }

  std::vector<Subscriber> subscribers_;
  Poller poller_;
  double rate_;
  std::uint64_t start_;
  std::size_t sent_ = 0;
  std::size_t turn_ = 0;
};

}  // namespace

nlohmann::json run_subscriptions(const Options& options) {
  Options pair = options;
  pair.shape = "pairs";
  pair.pairs = 1;
  std::optional<Traffic> traffic;
  nlohmann::json out;
  if (options.rate > 0) {
    traffic.emplace(pair);
    traffic->run_for(options.warmup);
    traffic->latencies().clear();
    traffic->run_for(options.seconds);
    out["quiet_latency_us"] = quantiles(traffic->latencies());
    traffic->latencies().clear();
  }
  auto links = open_links(options, options.links, false);
  Adding adding(options, links);
  const Memory before = memory_of(options.node_pid);
  const double node_before = cpu_seconds(options.node_pid);
  const double own_before = own_cpu_seconds();
  const std::uint64_t start = now_ns();
  std::uint64_t last = start;
  std::size_t done = 0;
  if (traffic) traffic->start_pacing();
  const std::uint64_t end = start + static_cast<std::uint64_t>(options.at_most * 1e9);
  while (done < options.count && last < end && !stop_asked()) {
    const std::size_t came = adding.turn(traffic ? kSliceBesideTraffic : kSlice, traffic ? 0 : 10);
    done += came;
    if (came > 0) last = now_ns();
    if (now_ns() - last > kPatienceNs)
      throw std::runtime_error("acknowledgements stopped at " + std::to_string(done));
    if (traffic) traffic->turn();
  }
  const double elapsed = static_cast<double>(now_ns() - start) / 1e9;
  const double own = own_cpu_seconds() - own_before;
  const double node = cpu_seconds(options.node_pid) - node_before;
  const Memory after = memory_of(options.node_pid);
  if (traffic) {
    out["adding_latency_us"] = quantiles(traffic->latencies());
    traffic->settle();
  }
  const auto n = static_cast<double>(std::max<std::size_t>(done, 1));
  out["lost"] = traffic ? traffic->missing() : 0;
  out["subscriptions"] = done;
  out["prefixes"] = options.prefixes;
  out["links"] = options.links;
  out["seconds"] = elapsed;
  out["per_second"] = static_cast<double>(done) / elapsed;
  out["load_cpu_us_per_subscription"] = own * 1e6 / n;
  out["load_cpu_share"] = own / elapsed;
  if (options.node_pid != 0) {
    out["node_cpu_us_per_subscription"] = node * 1e6 / n;
    out["node_rss_before"] = before.resident;
    out["node_rss_after"] = after.resident;
    out["node_rss_per_subscription"] =
        (static_cast<double>(after.resident) - static_cast<double>(before.resident)) / n;
  }
  return out;
}

}  // namespace slim::bench
