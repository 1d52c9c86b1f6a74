/// Messages from links of one wire dialect to links of others, where both are configured for it
/// (docs/translation.md).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <slim/forward/egress.hpp>
#include <slim/forward/once_per_name.hpp>
#include <slim/wire/generation.hpp>

namespace slim::forward {

class Router;

/// A message in another dialect, with the links that may get it.
struct Translated {
  std::string bytes;
  /// Of `bytes`. Its address tells messages apart while they are sent, so no two share it.
  wire::MessageView view;
  std::vector<LinkRef> links;  ///< in the order of anycast's preference

  [[nodiscard]] Departure departure(LinkRef arrival) const noexcept {
    const base::ByteView all = base::as_bytes(bytes);
    return {view,          all, view.tail.in(all), kNoOwner, view.header.ttl, arrival.index(),
            arrival.type()};
  }

 private:
  static const base::SharedBytes kNoOwner;
};

/// Thread: owner worker, under its epoch guard.
class Translator {
 public:
  explicit Translator(Router& router) : router_(router) {}
  Translator(const Translator&) = delete;
  Translator& operator=(const Translator&) = delete;

  /// Whether anything that arrives there may be translated. Two atomic reads at most; one where no
  /// link translates.
  [[nodiscard]] bool applies(LinkRef arrival) const noexcept;

  struct Found {
    /// In dialects in turn, so that an anycast that takes the first spreads. Until the next call.
    std::span<const Translated> messages;
    /// There are links that would get it, but not in their dialect.
    bool refused = false;
  };
  /// The message in each dialect of which a translating link other than `arrival` has the name.
  /// Refusals are logged once a minute for each name. Precondition: applies(arrival).
  [[nodiscard]] Found translate(LinkRef arrival, const Departure& departure);

 private:
  Router& router_;
  std::vector<Translated> messages_;
  std::uint32_t turn_ = 0;
  OncePerName logged_;
};

}  // namespace slim::forward
