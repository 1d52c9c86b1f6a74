#include "record_table.hpp"

#include <algorithm>
#include <array>

namespace slim::forward {

RecordId* Record::find(std::uint64_t id) noexcept {
  if (first_id.id == id) return &first_id;
  if (!more_ids) return nullptr;
  const auto found = std::find_if(more_ids->begin(), more_ids->end(),
                                  [id](const RecordId& r) { return r.id == id; });
  return found == more_ids->end() ? nullptr : &*found;
}

bool Record::has(std::uint64_t id) const noexcept { return const_cast<Record*>(this)->find(id); }

RecordTable::~RecordTable() {
  records_.for_each([](SplitNode& n) { static_cast<Record&>(n).~Record(); });
}

RecordTable::LinkHead& RecordTable::head(LinkRef link) {
  if (link.index() >= heads_.size()) heads_.resize(link.index() + 1);
  LinkHead& h = heads_[link.index()];
  if (h.link != link) {
    // The index was used by an earlier link, whose records are gone by now.
    h = LinkHead{};
    h.link = link;
  }
  return h;
}

const RecordTable::LinkHead* RecordTable::find_head(LinkRef link) const noexcept {
  if (link.index() >= heads_.size() || heads_[link.index()].link != link) return nullptr;
  return &heads_[link.index()];
}

void RecordTable::forget(LinkRef link) {
  if (find_head(link)) heads_[link.index()] = LinkHead{};
}

void RecordTable::count(LinkRef link, std::size_t added, std::size_t removed) {
  LinkHead& h = head(link);
  h.ids += added - removed;
  ids_ += added - removed;
}

std::uint64_t RecordTable::hash(const Route& route, LinkRef link) const noexcept {
  const std::array words{reinterpret_cast<std::uint64_t>(&route), link.bits()};
  return name::siphash13(key_, {reinterpret_cast<const base::Byte*>(words.data()), sizeof words});
}

Record* RecordTable::find(const Route& route, LinkRef link) const noexcept {
  return static_cast<Record*>(records_.find(hash(route, link), [&](const SplitNode& n) {
    const auto& record = static_cast<const Record&>(n);
    return record.route == &route && record.link == link;
  }));
}

Record& RecordTable::make(Route& route, LinkRef link, RecordId id) {
  Record* record = slab_.make(route, link, id);
  records_.insert(hash(route, link), *record);
  LinkHead& h = head(link);
  record->older = h.newest;
  if (h.newest) h.newest->newer = record;
  h.newest = record;
  count(link, 1, 0);
  return *record;
}

std::vector<std::uint64_t> RecordTable::put(Record& record, RecordId id) {
  std::vector<std::uint64_t> replaced;
  if (id.session != 0) {
    // Never all of them go here: the id that is put stays, whatever session it had.
    const auto stale = [&](const RecordId& r) {
      const bool is_stale = r.session != 0 && r.session != id.session && r.id != id.id;
      if (is_stale) replaced.push_back(r.id);
      return is_stale;
    };
    if (record.more_ids) {
      count(record.link, 0, std::erase_if(*record.more_ids, stale));
      if (record.more_ids->empty()) record.more_ids.reset();
    }
    if (stale(record.first_id)) {
      // Its place goes to the new id, or to another when the new one is there already.
      if (!record.has(id.id)) {
        record.first_id = id;
        return replaced;
      }
      record.first_id = record.more_ids->back();
      record.more_ids->pop_back();
      if (record.more_ids->empty()) record.more_ids.reset();
      count(record.link, 0, 1);
    }
  }
  if (RecordId* there = record.find(id.id)) {
    there->session = id.session;
    return replaced;
  }
  if (!record.more_ids) record.more_ids = std::make_unique<std::vector<RecordId>>();
  record.more_ids->push_back(id);
  count(record.link, 1, 0);
  return replaced;
}

void RecordTable::destroy(Record& record) {
  for (Record** position : watched) {
    if (*position == &record) *position = record.older;
  }
  LinkHead& h = head(record.link);
  if (h.sweep == &record) h.sweep = record.older;
  if (h.newest == &record) h.newest = record.older;
  if (record.newer) record.newer->older = record.older;
  if (record.older) record.older->newer = record.newer;
  records_.erase(hash(*record.route, record.link), record);
  slab_.destroy(&record);
}

}  // namespace slim::forward
