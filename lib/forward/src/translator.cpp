#include <array>
#include <optional>

#include <slim/base/log.hpp>
#include <slim/forward/router.hpp>
#include <slim/forward/translator.hpp>
#include <slim/wire/control.hpp>
#include <slim/wire/detect.hpp>
#include <slim/wire/translate.hpp>

#include "id_aliases.hpp"

namespace slim::forward {
namespace {

using wire::Dialect;

const log::Target kTarget{"slim_datapath::forwarder"};
constexpr std::array kDialects{Dialect::a3, Dialect::a5, Dialect::b, Dialect::c, Dialect::d};
constexpr std::array kPreference{LinkType::local, LinkType::remote, LinkType::edge};

/// Names as the node knows them, for one message.
class Dictionary final : public wire::NameDictionary {
 public:
  Dictionary(Router& router, const wire::HeaderView& header) : router_(router), header_(header) {}

  std::optional<std::array<std::string, 3>> strings(Dialect dialect,
                                                    const name::Hashes& hashes) override {
    return router_.table().parts_of(dialect, hashes);
  }
  std::optional<std::uint64_t> alias(const name::InstanceId& id) override {
    if (wire::fits_64_bits(id)) return id.low;
    const bool is_source = id == header_.source.id;
    return router_.aliases().alias((is_source ? header_.source : header_.destination).hashes, id);
  }
  name::InstanceId id_of(std::uint64_t alias) override { return router_.aliases().id_of(alias); }

 private:
  Router& router_;
  const wire::HeaderView& header_;
};

/// What the sender speaks. In generation A a link may not have shown it yet.
Dialect dialect_of(const Router& router, LinkRef arrival, const Departure& departure) {
  const Dialect known = router.links().dialect(arrival);
  if (known != Dialect::a5) return known;
  return wire::dialect_of_a(departure.view, departure.bytes).value_or(known);
}

/// A destination in the key spaces of the dialects.
class Destination {
 public:
  Destination(Router& router, const Departure& departure, Dialect from)
      : router_(router),
        view_(departure.view.header.destination),
        bytes_(departure.bytes),
        from_(from) {}

  [[nodiscard]] Candidates in(Dialect to) {
    const name::Hashes* hashes = &view_.hashes;
    if ((from_ == Dialect::a3) != (to == Dialect::a3)) {
      if (!other_) other_ = other_hashes();
      if (!other_->known) return {};
      hashes = &other_->hashes;
    }
    name::InstanceId id = view_.id;
    if (!id.is_wildcard() && (from_ == Dialect::d) != (to == Dialect::d)) {
      // Generations before D subscribe no id that is wider than theirs.
      if (from_ == Dialect::d && !wire::fits_64_bits(id)) return {};
      if (to == Dialect::d) id = router_.aliases().id_of(id.low);
    }
    return router_.table().find(wire::generation_of(to), *hashes, id);
  }

 private:
  struct Other {
    bool known = false;
    name::Hashes hashes{};
  };
  [[nodiscard]] Other other_hashes() const {
    const Dialect to = from_ == Dialect::a3 ? Dialect::d : Dialect::a3;
    if (view_.has_strings) return {true, wire::hashes_of(to, wire::to_name(view_, bytes_).parts)};
    const auto parts = router_.table().parts_of(from_, view_.hashes);
    if (!parts) return {};
    return {true, wire::hashes_of(to, *parts)};
  }

  Router& router_;
  const wire::NameView& view_;
  base::ByteView bytes_;
  Dialect from_;
  std::optional<Other> other_;  ///< by the hash function that `from_` does not use
};

std::vector<LinkRef> translating(const Candidates& candidates, LinkRef arrival,
                                 const LinkTable& links, bool anycast) {
  std::vector<LinkRef> out;
  for (const LinkType type : kPreference) {
    const auto all = candidates.of(type);
    if (all.empty()) continue;
    const std::size_t start = anycast && all.size() > 1 ? candidates.next_turn(type) : 0;
    for (std::size_t i = 0; i < all.size(); ++i) {
      const LinkRef link = all[(start + i) % all.size()];
      if (link != arrival && links.translates(link)) out.push_back(link);
    }
  }
  return out;
}

}  // namespace

const base::SharedBytes Translated::kNoOwner;

bool Translator::applies(LinkRef arrival) const noexcept {
  const LinkTable& links = router_.links();
  return links.translating() > 1 && links.translates(arrival);
}

Translator::Found Translator::translate(LinkRef arrival, const Departure& departure) {
  const wire::HeaderView& header = departure.view.header;
  const Dialect from = dialect_of(router_, arrival, departure);
  Dictionary names(router_, header);
  Destination destination(router_, departure, from);
  Found found;
  messages_.clear();
  messages_.reserve(kDialects.size());  // views keep their addresses
  const std::uint32_t first = turn_++;
  for (std::uint32_t i = 0; i < kDialects.size(); ++i) {
    const Dialect to = kDialects[(first + i) % kDialects.size()];
    if (to == from) continue;
    std::vector<LinkRef> links =
        translating(destination.in(to), arrival, router_.links(), header.fanout == 1);
    if (links.empty()) continue;
    auto bytes = wire::translate_publish(departure.view, departure.bytes, from, to, names);
    if (!bytes) {
      found.refused = true;
      if (logged_.admit(header.destination.hashes, router_.clock().now())) {
        SLIM_WARN(kTarget, "message not translated",
                  kv("name", shown(header.destination, departure.bytes)),
                  kv("reason", wire::to_string(bytes.error())),
                  kv("generation", wire::to_string(departure.view.generation)),
                  kv("subscribed_by", wire::to_string(wire::generation_of(to))));
      }
      continue;
    }
    Translated& message = messages_.emplace_back();
    message.bytes = *std::move(bytes);
    message.links = std::move(links);
    // Strings come from other messages and make it larger; what its receivers could not read would
    // end their streams.
    const bool readable = message.bytes.size() <= wire::kMaxMessageSize &&
                          wire::decode(wire::generation_of(to), base::as_bytes(message.bytes),
                                       message.view) == wire::DecodeError::none;
    if (readable) continue;
    found.refused = true;
    messages_.pop_back();
  }
  found.messages = messages_;
  return found;
}

}  // namespace slim::forward
