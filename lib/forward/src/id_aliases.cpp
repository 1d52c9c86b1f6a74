#include "id_aliases.hpp"

#include <array>

namespace slim::forward {
namespace {

/// A search looks at everything, so a peer that fills the table must not cause one with each
/// message.
constexpr auto kBetweenSearches = std::chrono::seconds(1);

}  // namespace

bool IdAliases::is_subscribed(const name::Hashes& hashes,
                              const name::InstanceId& id) const noexcept {
  return !table_.find(wire::Generation::d, hashes, id).empty();
}

std::optional<std::uint64_t> IdAliases::alias(const name::Hashes& hashes,
                                              const name::InstanceId& id) {
  const std::array words{id.high, id.low};
  const std::uint64_t alias = name::siphash13(
      key_, {reinterpret_cast<const base::Byte*>(words.data()), words.size() * sizeof words[0]});
  // All bits set is the wildcard's.
  if (alias == ~std::uint64_t{0}) return std::nullopt;
  const bool subscribed = is_subscribed(hashes, id);
  const std::lock_guard lock(mutex_);
  if (const auto found = by_alias_.find(alias); found != by_alias_.end()) {
    if (found->second.id == id) return alias;
    return std::nullopt;
  }
  if (!subscribed) return alias;
  if (by_alias_.size() >= kMax) forget_unsubscribed();
  if (by_alias_.size() >= kMax) return std::nullopt;
  by_alias_.emplace(alias, Entry{hashes, id});
  return alias;
}

void IdAliases::forget_unsubscribed() {
  const base::Instant now = clock_.now();
  if (now < next_search_) return;
  next_search_ = now + kBetweenSearches;
  std::erase_if(by_alias_, [this](const auto& entry) {
    return !is_subscribed(entry.second.hashes, entry.second.id);
  });
}

name::InstanceId IdAliases::id_of(std::uint64_t alias) const {
  const std::lock_guard lock(mutex_);
  const auto found = by_alias_.find(alias);
  return found != by_alias_.end() ? found->second.id : name::InstanceId{0, alias};
}

}  // namespace slim::forward
