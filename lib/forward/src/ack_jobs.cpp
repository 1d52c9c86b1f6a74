#include "ack_jobs.hpp"

#include <algorithm>

namespace slim::forward {

AckJobs::Id AckJobs::open(LinkRef origin, std::uint64_t subscription_id) {
  jobs_.emplace(++last_, Job{origin, subscription_id, false, {}});
  return last_;
}

bool AckJobs::is_crowded(LinkRef neighbour, std::uint64_t subscription_id) const {
  constexpr std::size_t kMany = 32;
  return expectations_.count({neighbour, subscription_id}) >= kMany;
}

void AckJobs::expect(Id id, LinkRef neighbour, std::uint64_t subscription_id, Weight weight) {
  const Key key{neighbour, subscription_id};
  jobs_.at(id).expected.emplace_back(key, weight);
  expectations_.emplace(key, Expected{id, weight});
}

AckJobs::Expectations::iterator AckJobs::resolve(Expectations::iterator expectation, bool success) {
  const Key key = expectation->first;
  const Expected expected = expectation->second;
  const auto next = expectations_.erase(expectation);
  Job& job = jobs_.at(expected.job);
  const auto found =
      std::find(job.expected.begin(), job.expected.end(), std::pair(key, expected.weight));
  job.expected.erase(found);
  if (expected.weight == Weight::decisive && !success) job.failed = true;
  return next;
}

void AckJobs::settle(Id id) {
  const auto found = jobs_.find(id);
  if (found == jobs_.end() || !found->second.expected.empty()) return;
  const Job job = std::move(found->second);
  jobs_.erase(found);
  if (!job.origin) return;
  finished_(job.origin,
            {job.subscription_id, !job.failed, job.failed ? "remote subscription ack error" : ""});
}

void AckJobs::give_up(Id id, Weight weight) {
  const auto found = jobs_.find(id);
  if (found == jobs_.end()) return;
  const auto expected = found->second.expected;
  for (const auto& [key, its_weight] : expected) {
    if (its_weight != weight) continue;
    const auto [begin, end] = expectations_.equal_range(key);
    const auto mine = std::find_if(begin, end, [id, weight](const auto& e) {
      return e.second.job == id && e.second.weight == weight;
    });
    if (mine != end) resolve(mine, weight == Weight::ignored);
  }
  settle(id);
}

void AckJobs::acknowledged(LinkRef neighbour, const wire::SubscriptionAck& ack) {
  const auto found = expectations_.find({neighbour, ack.subscription_id});
  if (found == expectations_.end()) return;
  const Id job = found->second.job;
  resolve(found, ack.success);
  settle(job);
}

void AckJobs::limit(Id job, base::Instant deadline) { deadlines_.emplace_back(deadline, job); }

std::optional<base::Instant> AckJobs::next_deadline() {
  while (!deadlines_.empty() && !jobs_.contains(deadlines_.front().second)) deadlines_.pop_front();
  if (deadlines_.empty()) return std::nullopt;
  return deadlines_.front().first;
}

void AckJobs::expire(base::Instant now) {
  for (auto next = next_deadline(); next && *next <= now; next = next_deadline()) {
    const Id job = deadlines_.front().second;
    deadlines_.pop_front();
    give_up(job, Weight::ignored);
  }
}

void AckJobs::neighbour_lost(LinkRef neighbour, Loss loss) {
  std::vector<Id> touched;
  for (auto it = expectations_.begin(); it != expectations_.end();) {
    const bool decisive = it->second.weight == Weight::decisive;
    if (it->first.neighbour != neighbour || (decisive && loss == Loss::may_return)) {
      ++it;
      continue;
    }
    touched.push_back(it->second.job);
    it = resolve(it, !decisive);
  }
  for (const Id job : touched) settle(job);
}

void AckJobs::origin_lost(LinkRef origin) {
  for (auto& [id, job] : jobs_) {
    if (job.origin == origin) job.origin = {};
  }
}

}  // namespace slim::forward
