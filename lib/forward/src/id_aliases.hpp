/// 64-bit forms of generation D's instance ids, for the generations before it.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <unordered_map>

#include <slim/base/clock.hpp>
#include <slim/forward/subscription_table.hpp>
#include <slim/name/siphash.hpp>

namespace slim::forward {

/// An alias is a keyed hash of its id, so that a name has the same one for as long as the node
/// runs, whether it is remembered or not. Remembered are those of subscribed names, which are all
/// that can be answered; of so many at most that a peer cannot fill the memory. Thread: any, inside
/// an epoch guard of the table's domain.
class IdAliases {
 public:
  static constexpr std::size_t kMax = 65'536;

  IdAliases(const SubscriptionTable& table, const base::Clock& clock, name::SipKey key)
      : table_(table), clock_(clock), key_(key) {}
  IdAliases(const IdAliases&) = delete;
  IdAliases& operator=(const IdAliases&) = delete;

  /// The alias of an id that does not fit 64 bits, under this prefix; nullopt when too many are in
  /// use.
  [[nodiscard]] std::optional<std::uint64_t> alias(const name::Hashes& hashes,
                                                   const name::InstanceId& id);
  /// The id that has this alias; the number itself where none has.
  [[nodiscard]] name::InstanceId id_of(std::uint64_t alias) const;

 private:
  struct Entry {
    name::Hashes hashes;  ///< of one of the names that have the id
    name::InstanceId id;
  };
  [[nodiscard]] bool is_subscribed(const name::Hashes& hashes,
                                   const name::InstanceId& id) const noexcept;
  void forget_unsubscribed();

  const SubscriptionTable& table_;
  const base::Clock& clock_;
  name::SipKey key_;
  mutable std::mutex mutex_;
  std::unordered_map<std::uint64_t, Entry> by_alias_;
  base::Instant next_search_{};
};

}  // namespace slim::forward
