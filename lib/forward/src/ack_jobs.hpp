/// Subscriptions whose acknowledgement waits for neighbours (docs/protocol/forwarding.md 9.2).
#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <unordered_map>
#include <vector>

#include <slim/base/clock.hpp>
#include <slim/forward/link_ref.hpp>
#include <slim/wire/control.hpp>

namespace slim::forward {

/// A job waits for acknowledgements of peers, whose outcome does not matter, and for that of the
/// one node to which an application sent its subscription, whose outcome does. Thread: under the
/// router's mutex.
class AckJobs {
 public:
  using Finished = std::function<void(LinkRef origin, const wire::SubscriptionAck&)>;
  explicit AckJobs(Finished finished) : finished_(std::move(finished)) {}

  using Id = std::uint64_t;
  enum class Weight : bool { ignored, decisive };

  [[nodiscard]] Id open(LinkRef origin, std::uint64_t subscription_id);
  /// Whether so many wait for this acknowledgement that searching among them would cost others: one
  /// application may use one id for all its names.
  [[nodiscard]] bool is_crowded(LinkRef neighbour, std::uint64_t subscription_id) const;
  void expect(Id job, LinkRef neighbour, std::uint64_t subscription_id, Weight weight);
  /// Stops waiting for peers at `deadline`, which must not be earlier than that of any job before.
  void limit(Id job, base::Instant deadline);
  [[nodiscard]] std::optional<base::Instant> next_deadline();
  void expire(base::Instant now);
  /// Stops waiting for those of this weight: success for ignored ones, failure for decisive ones.
  void give_up(Id job, Weight weight);
  /// Finishes the job if nothing is expected any more.
  void settle(Id job);

  /// An acknowledgement arrived. One that nobody waits for is ignored.
  void acknowledged(LinkRef neighbour, const wire::SubscriptionAck& ack);
  enum class Loss : bool { may_return, for_good };
  /// Nothing is expected of a lost peer any more. What an application sent to a link that may come
  /// back is repeated until its time is up.
  void neighbour_lost(LinkRef neighbour, Loss loss);
  /// Nobody is left to be told.
  void origin_lost(LinkRef origin);

  [[nodiscard]] bool contains(Id job) const { return jobs_.contains(job); }
  [[nodiscard]] std::size_t size() const noexcept { return jobs_.size(); }

 private:
  struct Key {
    LinkRef neighbour;
    std::uint64_t subscription_id;
    friend bool operator==(const Key&, const Key&) = default;
  };
  struct Hash {
    std::size_t operator()(const Key& key) const noexcept {
      return std::hash<std::uint64_t>{}(key.neighbour.bits() * 0x9e3779b97f4a7c15ULL ^
                                        key.subscription_id);
    }
  };
  struct Expected {
    Id job;
    Weight weight;
  };
  struct Job {
    LinkRef origin;
    std::uint64_t subscription_id;
    bool failed = false;
    std::vector<std::pair<Key, Weight>> expected;
  };
  using Expectations = std::unordered_multimap<Key, Expected, Hash>;
  /// Removes one expectation from its job; the iterator's entry is erased.
  Expectations::iterator resolve(Expectations::iterator expectation, bool success);

  Finished finished_;
  Expectations expectations_;
  std::unordered_map<Id, Job> jobs_;
  // In order, since all wait equally long; finished jobs leave from the front as it is looked at.
  std::deque<std::pair<base::Instant, Id>> deadlines_;
  Id last_ = 0;
};

}  // namespace slim::forward
