/// Why routes are there: the subscription ids by link and name.
#pragma once

#include <deque>
#include <memory>
#include <vector>

#include <slim/forward/link_ref.hpp>
#include <slim/name/siphash.hpp>

#include "slab.hpp"
#include "split_ordered.hpp"

namespace slim::forward {

struct Route;

/// Session 0 stands for a record that an application of this node made, which is never stale.
struct RecordId {
  std::uint64_t id;
  std::uint32_t session;
};

/// One link's subscription ids of one name. Nearly always exactly one, which needs no allocation.
struct Record : SplitNode {
  Record(Route& r, LinkRef l, RecordId first) : route(&r), link(l), first_id(first) {}

  Route* route;
  LinkRef link;
  Record* newer = nullptr;  ///< neighbours in the link's list, newest first
  Record* older = nullptr;
  RecordId first_id;
  std::uint32_t repeats = 0;  ///< of the first subscription, by a link that counts them
  std::unique_ptr<std::vector<RecordId>> more_ids;

  [[nodiscard]] RecordId* find(std::uint64_t id) noexcept;
  [[nodiscard]] bool has(std::uint64_t id) const noexcept;
  [[nodiscard]] std::size_t size() const noexcept { return 1 + (more_ids ? more_ids->size() : 0); }
};

/// Thread: one writer.
class RecordTable {
 public:
  explicit RecordTable(name::SipKey key) : key_(key) {}
  RecordTable(const RecordTable&) = delete;
  RecordTable& operator=(const RecordTable&) = delete;
  ~RecordTable();

  /// What is known of a link; made on first use.
  struct LinkHead {
    LinkRef link;
    Record* newest = nullptr;
    std::size_t ids = 0;  ///< subscription ids over all of its names
    std::uint32_t session = 1;
    Record* sweep = nullptr;  ///< where the search for stale records goes on
    bool sweeping = false;
  };
  [[nodiscard]] LinkHead& head(LinkRef link);
  [[nodiscard]] const LinkHead* find_head(LinkRef link) const noexcept;
  void forget(LinkRef link);
  [[nodiscard]] const std::deque<LinkHead>& heads() const noexcept { return heads_; }
  /// Subscription ids over all links.
  [[nodiscard]] std::size_t ids() const noexcept { return ids_; }

  [[nodiscard]] Record* find(const Route& route, LinkRef link) const noexcept;
  Record& make(Route& route, LinkRef link, RecordId id);
  /// Adds or renews an id. Ids of the link's earlier sessions go, and are returned: it has
  /// announced the name anew.
  std::vector<std::uint64_t> put(Record& record, RecordId id);
  /// Removes and returns the ids that `gone`; destroys the record when none is left, and says so.
  template <class Gone>
  std::vector<std::uint64_t> erase_ids(Record& record, Gone&& gone, bool& destroyed);

  /// Positions that must not dangle when a record goes: each is moved on to the next older one.
  std::vector<Record**> watched;

 private:
  [[nodiscard]] std::uint64_t hash(const Route& route, LinkRef link) const noexcept;
  void count(LinkRef link, std::size_t added, std::size_t removed);
  void destroy(Record& record);

  name::SipKey key_;
  SplitOrderedIndex records_;
  Slab<Record> slab_;
  std::deque<LinkHead> heads_;  // by link index; references stay valid while it grows
  std::size_t ids_ = 0;
};

template <class Gone>
std::vector<std::uint64_t> RecordTable::erase_ids(Record& record, Gone&& gone, bool& destroyed) {
  std::vector<std::uint64_t> erased;
  if (record.more_ids) {
    std::erase_if(*record.more_ids, [&](const RecordId& r) {
      if (!gone(r)) return false;
      erased.push_back(r.id);
      return true;
    });
  }
  const bool first_gone = gone(record.first_id);
  if (first_gone) erased.push_back(record.first_id.id);
  count(record.link, 0, erased.size());
  destroyed = first_gone && (!record.more_ids || record.more_ids->empty());
  if (destroyed) {
    destroy(record);
    return erased;
  }
  if (first_gone) {
    record.first_id = record.more_ids->back();
    record.more_ids->pop_back();
  }
  if (record.more_ids && record.more_ids->empty()) record.more_ids.reset();
  return erased;
}

}  // namespace slim::forward
