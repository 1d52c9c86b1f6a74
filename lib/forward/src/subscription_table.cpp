#include <algorithm>

#include <slim/base/assert.hpp>
#include <slim/forward/subscription_table.hpp>

#include "record_table.hpp"
#include "route_table.hpp"

namespace slim::forward {
namespace {

/// Different subscription ids that one link may hold for one name at a time.
constexpr std::size_t kMaxIdsPerName = 4096;

}  // namespace

class SubscriptionTable::Cursor {
 public:
  explicit Cursor(RecordTable& records) : records_(records) { records_.watched.push_back(&next_); }
  Cursor(const Cursor&) = delete;
  Cursor& operator=(const Cursor&) = delete;
  ~Cursor() { std::erase(records_.watched, &next_); }

  [[nodiscard]] Record* advance() {
    while (!next_) {
      if (link_index_ == records_.heads().size()) return nullptr;
      next_ = records_.heads()[link_index_++].newest;
    }
    return std::exchange(next_, next_->older);
  }

 private:
  RecordTable& records_;
  std::size_t link_index_ = 0;
  Record* next_ = nullptr;
};

struct SubscriptionTable::Impl {
  Impl(base::EpochDomain& e, TableLimits l, base::Random& random)
      : epochs(e),
        limits(l),
        routes(e, {random.next_u64(), random.next_u64()}),
        records({random.next_u64(), random.next_u64()}) {}

  /// Takes the ids that `gone` from a record, and the link from the route when none is left.
  template <class Gone>
  Removed take(Record& record, Gone&& gone) {
    Route& route = *record.route;
    Removed out{&route, record.link, {}, false};
    bool link_left = false;
    out.subscription_ids = records.erase_ids(record, gone, link_left);
    if (link_left) {
      const bool was_own = route.own_holders > 0;
      routes.detach(route, out.link);
      out.last_own = was_own && route.own_holders == 0;
    }
    return out;
  }

  base::EpochDomain& epochs;
  TableLimits limits;
  RouteTable routes;
  RecordTable records;
};

SubscriptionTable::SubscriptionTable(base::EpochDomain& epochs, TableLimits limits,
                                     base::Random& random)
    : impl_(std::make_unique<Impl>(epochs, limits, random)) {}

SubscriptionTable::~SubscriptionTable() { impl_->epochs.collect(); }

Candidates SubscriptionTable::find(wire::Generation generation, const name::Hashes& hashes,
                                   const name::InstanceId& id) const noexcept {
  return impl_->routes.find(generation, hashes, id);
}

std::optional<std::array<std::string, 3>> SubscriptionTable::parts_of(
    wire::Dialect dialect, const name::Hashes& hashes) const {
  return impl_->routes.parts_of(dialect, hashes);
}

void SubscriptionTable::spell(const Route& route) { impl_->routes.spell(*route.prefix); }

base::Result<SubscriptionTable::Added, AddError> SubscriptionTable::add(
    wire::Generation generation, const name::Name& name, LinkRef link,
    std::uint64_t subscription_id, RecordOrigin origin, Repeats repeats) {
  RecordTable::LinkHead& head = impl_->records.head(link);
  const RecordId id{subscription_id, origin == RecordOrigin::local ? 0 : head.session};
  Route* route = impl_->routes.find_route(generation, name.hashes, name.id);
  Record* record = route ? impl_->records.find(*route, link) : nullptr;
  if (!record || !record->has(subscription_id)) {
    // Ids of one name are searched one by one.
    if (head.ids >= impl_->limits.subscriptions_per_link ||
        (record && record->size() >= kMaxIdsPerName)) {
      return base::fail(AddError::link_limit);
    }
    if (impl_->records.ids() >= impl_->limits.subscriptions_total) {
      return base::fail(AddError::total_limit);
    }
  }
  if (record) {
    if (repeats == Repeats::counted && record->has(subscription_id)) ++record->repeats;
    return Added{route, impl_->records.put(*record, id)};
  }
  route = &impl_->routes.attach(generation, name, link, route);
  impl_->records.make(*route, link, id);
  return Added{route, {}};
}

base::Result<SubscriptionTable::Removed, RemoveError> SubscriptionTable::remove(
    wire::Generation generation, const name::Name& name, LinkRef link,
    std::uint64_t subscription_id) {
  if (!impl_->routes.find_prefix(generation, name.hashes)) {
    return base::fail(RemoveError::no_prefix);
  }
  Route* route = impl_->routes.find_route(generation, name.hashes, name.id);
  if (!route) return base::fail(RemoveError::no_id);
  Record* record = impl_->records.find(*route, link);
  if (!record) return base::fail(RemoveError::no_record);
  if (record->repeats > 0) {
    --record->repeats;
    return Removed{route, link, {}, false};
  }
  if (subscription_id == 0 && !record->has(0)) {
    return impl_->take(*record, [](const RecordId&) { return true; });
  }
  const std::uint64_t id = record->has(subscription_id) ? subscription_id : 0;
  if (!record->has(id)) return base::fail(RemoveError::no_record);
  return impl_->take(*record, [id](const RecordId& r) { return r.id == id; });
}

bool SubscriptionTable::drop(LinkRef link, std::size_t max, const OnRemoved& on_removed) {
  while (max-- > 0) {
    const RecordTable::LinkHead* head = impl_->records.find_head(link);
    if (!head || !head->newest) break;
    on_removed(impl_->take(*head->newest, [](const RecordId&) { return true; }));
  }
  const RecordTable::LinkHead* head = impl_->records.find_head(link);
  if (head && head->newest) return false;
  impl_->records.forget(link);
  return true;
}

void SubscriptionTable::begin_session(LinkRef link) {
  RecordTable::LinkHead& head = impl_->records.head(link);
  ++head.session;
  if (head.session == 0) head.session = 1;
  head.sweeping = false;
}

bool SubscriptionTable::drop_stale(LinkRef link, std::size_t max, const OnRemoved& on_removed) {
  RecordTable::LinkHead& head = impl_->records.head(link);
  if (!head.sweeping) {
    head.sweeping = true;
    head.sweep = head.newest;
  }
  while (head.sweep && max-- > 0) {
    Record& record = *head.sweep;
    head.sweep = record.older;
    const Removed removed = impl_->take(
        record, [&](const RecordId& r) { return r.session != 0 && r.session != head.session; });
    if (!removed.subscription_ids.empty()) on_removed(removed);
  }
  if (head.sweep) return false;
  head.sweeping = false;
  return true;
}

const Route* SubscriptionTable::route(wire::Generation generation, const name::Name& name) const {
  return impl_->routes.find_route(generation, name.hashes, name.id);
}

bool SubscriptionTable::holds(const Route& route, LinkRef link,
                              std::uint64_t subscription_id) const {
  const Record* record = impl_->records.find(route, link);
  return record && record->has(subscription_id);
}

name::Name SubscriptionTable::name_of(const Route& route) const {
  return {route.prefix->hashes, route.prefix->text.parts(), route.id};
}

wire::Generation SubscriptionTable::generation_of(const Route& route) noexcept {
  return route.prefix->generation;
}

std::vector<LinkRef> SubscriptionTable::links_of(const Route& route) {
  const Targets::Read read = route.links.read();
  if (read.one) return {read.one};
  std::vector<LinkRef> links;
  if (!read.many) return links;
  for (const auto& slot : read.many->lists) {
    if (const TargetList* list = slot.load()) {
      const auto view = list->view();
      links.insert(links.end(), view.begin(), view.end());
    }
  }
  return links;
}

void SubscriptionTable::FreeCursor::operator()(Cursor* cursor) const noexcept { delete cursor; }

SubscriptionTable::CursorPtr SubscriptionTable::walk() {
  return CursorPtr(new Cursor(impl_->records));
}

std::optional<SubscriptionTable::Holding> SubscriptionTable::next(Cursor& cursor) const {
  const Record* record = cursor.advance();
  if (!record) return std::nullopt;
  Holding out{record->route, record->link, {record->first_id.id}};
  if (record->more_ids) {
    for (const RecordId& more : *record->more_ids) out.subscription_ids.push_back(more.id);
  }
  return out;
}

void SubscriptionTable::collect() { impl_->epochs.collect(); }

std::size_t SubscriptionTable::records() const noexcept { return impl_->records.ids(); }
std::size_t SubscriptionTable::routes() const noexcept { return impl_->routes.routes(); }
std::size_t SubscriptionTable::prefixes() const noexcept { return impl_->routes.prefixes(); }
std::size_t SubscriptionTable::records_of(LinkRef link) const noexcept {
  const RecordTable::LinkHead* head = impl_->records.find_head(link);
  return head ? head->ids : 0;
}

}  // namespace slim::forward
