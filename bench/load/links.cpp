#include <algorithm>
#include <stdexcept>

#include "poller.hpp"
#include "process.hpp"
#include "shapes.hpp"
#include "traffic.hpp"

namespace slim::bench {
namespace {

constexpr std::size_t kAtOnce = 32;

}  // namespace

std::vector<std::unique_ptr<SlimPeer>> open_links(const Options& options, std::size_t count,
                                                  bool subscribe) {
  std::vector<std::unique_ptr<SlimPeer>> links;
  links.reserve(count);
  while (links.size() < count) {
    const std::size_t begin = links.size();
    const std::size_t end = std::min(count, begin + kAtOnce);
    for (std::size_t i = begin; i < end; ++i) links.push_back(std::make_unique<SlimPeer>(options));
    for (std::size_t i = begin; i < end; ++i) links[i]->await_link();
    if (!subscribe) continue;
    for (std::size_t i = begin; i < end; ++i) {
      links[i]->send_subscribe(links[i]->name("churn", i + 1), 1);
      if (!links[i]->output().flush()) throw std::runtime_error("the node ended a stream");
    }
    for (std::size_t i = begin; i < end && links[i]->acknowledges(); ++i) links[i]->await_ack();
  }
  return links;
}

nlohmann::json run_churn(const Options& options) {
  const std::size_t at_a_time = std::min(options.count, std::max<std::size_t>(options.links, 1));
  const Memory before = memory_of(options.node_pid);
  const double node_before = cpu_seconds(options.node_pid);
  const double own_before = own_cpu_seconds();
  const std::uint64_t start = now_ns();
  std::size_t done = 0;
  while (done < options.count && !stop_asked()) {
    done += open_links(options, std::min(at_a_time, options.count - done), true).size();
  }
  const double elapsed = static_cast<double>(now_ns() - start) / 1e9;
  const Memory after = memory_of(options.node_pid);
  const auto n = static_cast<double>(std::max<std::size_t>(done, 1));
  return {{"connections", done},
          {"seconds", elapsed},
          {"per_second", static_cast<double>(done) / elapsed},
          {"lost", 0},
          {"load_cpu_us_per_connection", (own_cpu_seconds() - own_before) * 1e6 / n},
          {"node_cpu_us_per_connection", (cpu_seconds(options.node_pid) - node_before) * 1e6 / n},
          {"node_rss_before", before.resident},
          {"node_rss_after", after.resident}};
}

nlohmann::json run_idle(const Options& options) {
  // What the first few cost once is not what each costs.
  const auto first = open_links(options, kAtOnce, false);
  const Memory before = memory_of(options.node_pid);
  const std::uint64_t start = now_ns();
  const auto links = open_links(options, options.links, false);
  const double elapsed = static_cast<double>(now_ns() - start) / 1e9;
  Poller poller;
  for (const auto& link : links) poller.add(link->fd());
  const std::uint64_t end = now_ns() + static_cast<std::uint64_t>(options.seconds * 1e9);
  std::size_t ended = 0;
  while (now_ns() < end && !stop_asked()) {
    for (const epoll_event& event : poller.wait(100)) {
      if (links[event.data.u32]->receive(nullptr)) continue;
      ++ended;
      poller.forget(event.data.u32);
    }
  }
  const Memory after = memory_of(options.node_pid);
  const auto n = static_cast<double>(links.size());
  return {{"links", links.size()},
          {"lost", ended},
          {"per_second", n / elapsed},
          {"node_rss_before", before.resident},
          {"node_rss_after", after.resident},
          {"node_rss_per_link",
           (static_cast<double>(after.resident) - static_cast<double>(before.resident)) / n}};
}

}  // namespace slim::bench
