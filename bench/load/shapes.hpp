/// The shapes of load other than traffic: each runs to its end and says what it saw.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include <nlohmann/json.hpp>

#include "options.hpp"
#include "slim_peer.hpp"

namespace slim::bench {

// All throw std::runtime_error when the node refuses or ends something.

/// Subscriptions with acknowledgements, many under way; with a rate, while a pair publishes.
[[nodiscard]] nlohmann::json run_subscriptions(const Options& options);
/// Connections that come up, subscribe, get their acknowledgement and go.
[[nodiscard]] nlohmann::json run_churn(const Options& options);
/// Links that are opened and held, and what they cost the node in memory.
[[nodiscard]] nlohmann::json run_idle(const Options& options);

/// Brings up so many links, a few at a time so that their round trips overlap, and subscribes on
/// each if asked to.
[[nodiscard]] std::vector<std::unique_ptr<SlimPeer>> open_links(const Options& options,
                                                                std::size_t count, bool subscribe);

}  // namespace slim::bench
