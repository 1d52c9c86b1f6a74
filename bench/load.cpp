// slim-load: loads a generation D node over loopback and says what arrived.
//
// One thread writes and reads all streams. Every publish is numbered; the numbers that arrive must
// be those that were sent, in order, or the run fails.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <memory>
#include <poll.h>
#include <sstream>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "slim_peer.hpp"

namespace {

using namespace slim;
using namespace slim::bench;
using SteadyClock = std::chrono::steady_clock;

struct Options {
  std::string host = "127.0.0.1";
  std::uint16_t port = 46357;
  std::string shape = "pairs";
  std::size_t pairs = 1;
  std::size_t subscribers = 8;
  std::size_t stalled = 0;
  PublishShape publish;
  double seconds = 3;
  double warmup = 0.5;
  double rate = 0;  ///< messages a second over all publishers; 0 as fast as it goes
  int node_pid = 0;
};

std::uint64_t now_ns() {
  return static_cast<std::uint64_t>(SteadyClock::now().time_since_epoch().count());
}

/// Seconds of processor time that a process has used.
double cpu_seconds(int pid) {
  if (pid == 0) return 0;
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string text((std::istreambuf_iterator<char>(file)), {});
  std::istringstream fields(text.substr(text.rfind(')') + 2));
  std::string skip;
  for (int i = 0; i < 11; ++i) fields >> skip;
  double user = 0;
  double system = 0;
  fields >> user >> system;
  return (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

/// SIGTERM ends the measured time early; the result is printed as always.
volatile std::sig_atomic_t stop_asked = 0;

/// Where a publisher's messages are to arrive.
struct Receiver {
  std::unique_ptr<SlimPeer> peer;
  std::vector<std::uint64_t> expected;  ///< next number by publisher
};

struct Sender {
  std::unique_ptr<SlimPeer> peer;
  std::uint64_t sent = 0;
};

class Load {
 public:
  explicit Load(const Options& options) : options_(options) {
    const bool fanout = options_.shape == "fanout";
    const std::size_t senders = fanout ? 1 : options_.pairs;
    const std::size_t receivers = fanout ? options_.subscribers : options_.pairs;
    for (std::size_t i = 0; i < receivers; ++i) {
      receivers_.push_back({make_peer(), std::vector<std::uint64_t>(senders)});
      const std::uint64_t id = fanout ? 0 : i;
      receivers_[i].peer->subscribe(name(id), 1);
    }
    for (std::size_t i = 0; i < options_.stalled; ++i) {
      stalled_.push_back(make_peer());
      stalled_.back()->subscribe(name(0), 1);
    }
    options_.publish.fanout = fanout ? 256 : 1;
    for (std::size_t i = 0; i < senders; ++i) {
      senders_.push_back({make_peer(), 0});
      senders_[i].peer->prepare(name(i), options_.publish);
    }
    for (auto& r : receivers_) fds_.push_back({r.peer->stream().fd(), POLLIN, 0});
    for (auto& s : senders_) fds_.push_back({s.peer->stream().fd(), POLLIN, 0});
  }

  nlohmann::json run() {
    run_for(options_.warmup);
    latencies_.clear();
    const std::uint64_t before = received_;
    const double cpu_before = cpu_seconds(options_.node_pid);
    const auto start = SteadyClock::now();
    run_for(options_.seconds);
    const double elapsed = std::chrono::duration<double>(SteadyClock::now() - start).count();
    const double cpu = cpu_seconds(options_.node_pid) - cpu_before;
    const std::uint64_t delivered = received_ - before;
    settle();
    nlohmann::json out{{"delivered", delivered},
                       {"seconds", elapsed},
                       {"per_second", static_cast<double>(delivered) / elapsed},
                       {"lost", missing()}};
    if (options_.node_pid != 0 && delivered > 0) {
      out["node_cpu_us_per_message"] = cpu * 1e6 / static_cast<double>(delivered);
    }
    std::sort(latencies_.begin(), latencies_.end());
    const auto quantile = [&](double q) {
      return latencies_.empty() ? 0.0
                                : static_cast<double>(latencies_[static_cast<std::size_t>(
                                      q * static_cast<double>(latencies_.size() - 1))]) /
                                      1e3;
    };
    if (options_.rate > 0)
      out["latency_us"] = {
          {"p50", quantile(0.5)}, {"p99", quantile(0.99)}, {"p999", quantile(0.999)}};
    return out;
  }

 private:
  std::unique_ptr<SlimPeer> make_peer() {
    return std::make_unique<SlimPeer>(options_.host, options_.port);
  }
  static name::Name name(std::uint64_t id) {
    return name::make_name("org", "bench", "sink", {1, id});
  }

  void run_for(double seconds) {
    const auto end = SteadyClock::now() + std::chrono::duration<double>(seconds);
    next_send_ = now_ns();
    while (SteadyClock::now() < end && stop_asked == 0) {
      for (std::size_t i = 0; i < senders_.size(); ++i) fill(i);
      turn(options_.rate > 0 ? 0 : 1);
    }
  }

  /// As fast as it goes: keeps a bounded amount under way. Paced: sends what is due, stamped with
  /// the time at which it was due, so that a stalled node cannot hide the wait.
  void fill(std::size_t index) {
    Sender& sender = senders_[index];
    constexpr std::size_t kUnderWay = 512 * 1024;
    if (options_.rate > 0) {
      if (index != 0) return;
      const auto gap = static_cast<std::uint64_t>(1e9 / options_.rate);
      while (next_send_ <= now_ns()) {
        Sender& due = senders_[turn_++ % senders_.size()];
        due.peer->publish({due.sent++, next_send_});
        next_send_ += gap;
      }
    } else {
      while (sender.peer->stream().pending() < kUnderWay) sender.peer->publish({sender.sent++, 0});
    }
    for (auto& s : senders_) check(s.peer->stream().flush());
  }

  void turn(int wait_ms) {
    for (std::size_t i = 0; i < fds_.size(); ++i) {
      RawStream& stream = i < receivers_.size() ? receivers_[i].peer->stream()
                                                : senders_[i - receivers_.size()].peer->stream();
      fds_[i].events = static_cast<short>(POLLIN | (stream.wants_write() ? POLLOUT : 0));
    }
    ::poll(fds_.data(), fds_.size(), wait_ms);
    for (std::size_t i = 0; i < fds_.size(); ++i) {
      if (fds_[i].revents == 0) continue;
      if (i < receivers_.size()) {
        receive(receivers_[i]);
      } else {
        RawStream& stream = senders_[i - receivers_.size()].peer->stream();
        if ((fds_[i].revents & POLLIN) != 0) check(stream.receive([](std::string_view) {}));
        check(stream.flush());
      }
    }
  }

  void receive(Receiver& receiver) {
    const std::size_t which = static_cast<std::size_t>(&receiver - receivers_.data());
    const std::size_t from = senders_.size() == 1 ? 0 : which;
    check(receiver.peer->stream().receive([&](std::string_view message) {
      const auto stamp = SlimPeer::stamp_of(message);
      if (!stamp) return;
      if (stamp->number != receiver.expected[from]) {
        std::fprintf(stderr, "expected number %llu, got %llu\n",
                     static_cast<unsigned long long>(receiver.expected[from]),
                     static_cast<unsigned long long>(stamp->number));
        std::exit(1);
      }
      ++receiver.expected[from];
      ++received_;
      if (stamp->sent_ns != 0) latencies_.push_back(now_ns() - stamp->sent_ns);
    }));
  }

  /// Until everything that was sent has arrived, or nothing has for two seconds.
  void settle() {
    auto last = SteadyClock::now();
    std::uint64_t seen = received_;
    while (missing() > 0 && SteadyClock::now() - last < std::chrono::seconds(2)) {
      for (auto& s : senders_) check(s.peer->stream().flush());
      turn(10);
      if (received_ != seen) last = SteadyClock::now();
      seen = received_;
    }
  }

  [[nodiscard]] std::uint64_t missing() const {
    std::uint64_t n = 0;
    for (std::size_t r = 0; r < receivers_.size(); ++r) {
      const std::size_t from = senders_.size() == 1 ? 0 : r;
      n += senders_[from].sent - receivers_[r].expected[from];
    }
    return n;
  }

  static void check(bool going) {
    if (going) return;
    std::fprintf(stderr, "the node ended a stream\n");
    std::exit(1);
  }

  Options options_;
  std::vector<Receiver> receivers_;
  std::vector<Sender> senders_;
  std::vector<std::unique_ptr<SlimPeer>> stalled_;  ///< never read from
  std::vector<pollfd> fds_;
  std::uint64_t received_ = 0;
  std::uint64_t next_send_ = 0;
  std::size_t turn_ = 0;
  std::vector<std::uint64_t> latencies_;
};

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("slim-load: loads a SLIM node and says what arrived");
  Options options;
  app.add_option("--host", options.host);
  app.add_option("--port", options.port)->required();
  app.add_option("--shape", options.shape)->check(CLI::IsMember({"pairs", "fanout"}));
  app.add_option("--pairs", options.pairs, "publishers, each with a subscriber of its own");
  app.add_option("--subscribers", options.subscribers, "of one publisher, for --shape fanout");
  app.add_option("--stalled", options.stalled,
                 "more subscribers of the first publisher, which read nothing");
  app.add_option("--size", options.publish.payload, "payload bytes");
  app.add_option("--identities", options.publish.identities, "different headers; 1 repeats");
  app.add_option("--identity-bytes", options.publish.identity_bytes);
  app.add_option("--seconds", options.seconds);
  app.add_option("--warmup", options.warmup);
  app.add_option("--rate", options.rate, "messages a second; 0 as fast as it goes");
  app.add_option("--node-pid", options.node_pid, "whose processor time to count");
  CLI11_PARSE(app, argc, argv);
  std::signal(SIGTERM, [](int) { stop_asked = 1; });
  try {
    Load load(options);
    const nlohmann::json result = load.run();
    std::puts(result.dump().c_str());
    return result["lost"] == 0 ? 0 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
