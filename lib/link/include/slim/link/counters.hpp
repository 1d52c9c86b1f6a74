/// What one worker counts of its links; a reader sums over workers.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <slim/base/counter.hpp>
#include <slim/base/histogram.hpp>
#include <slim/forward/link_ref.hpp>
#include <slim/link/forwarding_time.hpp>
#include <slim/transport/close_reason.hpp>
#include <slim/wire/generation.hpp>

namespace slim::link {

enum class Direction : std::uint8_t { inbound, outbound };
inline constexpr std::size_t kDirections = 2;

/// How the first messages on a stream ended.
enum class NegotiationResult : std::uint8_t {
  ok,
  not_offered,  ///< a neighbour of a generation without negotiation
  timeout,
  invalid,
  self,
  domain_mismatch,
};
inline constexpr std::size_t kNegotiationResults = 6;

/// How an attempt to connect ended.
enum class DialResult : std::uint8_t {
  ok,
  unreachable,
  timeout,
  tls,
  http,
  auth,
  negotiation,
  other
};
inline constexpr std::size_t kDialResults = 8;

enum class ReconnectResult : std::uint8_t { started, ok, gave_up, cancelled };
inline constexpr std::size_t kReconnectResults = 4;

// The labels of metrics.
[[nodiscard]] std::string_view to_string(Direction direction) noexcept;
[[nodiscard]] std::string_view to_string(NegotiationResult result) noexcept;
[[nodiscard]] std::string_view to_string(DialResult result) noexcept;
[[nodiscard]] std::string_view to_string(ReconnectResult result) noexcept;

inline constexpr std::array<base::Duration, 7> kLifetimes{
    std::chrono::seconds(1),  std::chrono::seconds(10), std::chrono::minutes(1),
    std::chrono::minutes(10), std::chrono::hours(1),    std::chrono::hours(6),
    std::chrono::hours(24)};
inline constexpr std::array<base::Duration, 7> kNegotiationTimes{
    std::chrono::milliseconds(1),   std::chrono::milliseconds(5),   std::chrono::milliseconds(25),
    std::chrono::milliseconds(100), std::chrono::milliseconds(500), std::chrono::seconds(1),
    std::chrono::seconds(5)};

/// Thread: counted by the owner worker, read by any.
struct LinkCounters {
  template <class T>
  using ByType = std::array<T, forward::kLinkTypes>;
  template <class T>
  using ByDirection = std::array<T, kDirections>;
  using Lifetimes = base::Histogram<kLifetimes.size()>;
  using NegotiationTimes = base::Histogram<kNegotiationTimes.size()>;

  ByType<base::Counter> mac_missing;
  ByType<base::Counter> mac_mismatch;
  base::Counter undecodable;
  base::Counter ignored;  ///< no member, or a second Link

  ByType<ByDirection<base::Counter>> up;
  ByType<ByDirection<base::Counter>> opened;
  ByType<ByDirection<std::array<base::Counter, transport::kCloseReasons>>> closed;
  ByType<Lifetimes> lifetimes{Lifetimes(kLifetimes), Lifetimes(kLifetimes), Lifetimes(kLifetimes),
                              Lifetimes(kLifetimes)};
  std::array<base::Counter, 4> generations;  ///< links that are up, by wire::Generation

  ByDirection<std::array<base::Counter, kNegotiationResults>> negotiations;
  ByDirection<NegotiationTimes> negotiation_times{NegotiationTimes(kNegotiationTimes),
                                                  NegotiationTimes(kNegotiationTimes)};

  /// From the beginning of the turn that read a publish to the outgoing queue.
  ForwardingTime forwarding;

  ByType<std::array<base::Counter, kDialResults>> dials;
  ByType<std::array<base::Counter, kReconnectResults>> reconnects;

  [[nodiscard]] std::uint64_t mac_failures() const noexcept {
    std::uint64_t sum = 0;
    for (const auto* counts : {&mac_missing, &mac_mismatch}) {
      for (const base::Counter& counter : *counts) sum += counter.value();
    }
    return sum;
  }
  void count(Direction direction, NegotiationResult result) noexcept {
    negotiations[static_cast<std::size_t>(direction)][static_cast<std::size_t>(result)].add();
  }
  void count(forward::LinkType type, DialResult result) noexcept {
    dials[static_cast<std::size_t>(type)][static_cast<std::size_t>(result)].add();
  }
  void count(forward::LinkType type, ReconnectResult result) noexcept {
    reconnects[static_cast<std::size_t>(type)][static_cast<std::size_t>(result)].add();
  }
};

}  // namespace slim::link
