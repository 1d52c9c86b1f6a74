// slim-load: loads a node over loopback and says what arrived.
//
// One thread writes and reads all connections. Every publish is numbered; the numbers that arrive
// must be those that were sent, in order, or the run fails.
#include <cstdio>
#include <exception>

#include "nats_peer.hpp"
#include "process.hpp"
#include "shapes.hpp"
#include "traffic.hpp"

namespace slim::bench {

std::unique_ptr<Peer> make_peer(const Options& options) {
  if (options.nats) return std::make_unique<NatsPeer>(options.target);
  auto peer = std::make_unique<SlimPeer>(options);
  peer->await_link();
  return peer;
}

namespace {

nlohmann::json run(const Options& options) {
  if (options.shape == "subscriptions") return run_subscriptions(options);
  if (options.shape == "churn") return run_churn(options);
  if (options.shape == "idle") return run_idle(options);
  return run_traffic(options);
}

}  // namespace
}  // namespace slim::bench

int main(int argc, char** argv) {
  slim::bench::Options options;
  try {
    if (const auto code = slim::bench::parse(argc, argv, options)) return *code;
    slim::bench::raise_open_files();
    slim::bench::stop_on_sigterm();
    const nlohmann::json result = slim::bench::run(options);
    std::puts(result.dump().c_str());
    return result["lost"] == 0 || options.allow_loss ? 0 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
