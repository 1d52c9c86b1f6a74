#include <algorithm>
#include <deque>
#include <map>
#include <mutex>
#include <set>

#include <slim/base/log.hpp>
#include <slim/base/timers.hpp>
#include <slim/forward/router.hpp>
#include <slim/wire/detect.hpp>

#include "ack_jobs.hpp"
#include "default_gateway.hpp"
#include "id_aliases.hpp"
#include "outboxes.hpp"
#include "peers.hpp"
#include "subscribe_rules.hpp"
#include "uplinks.hpp"
#include "upstream.hpp"

namespace slim::forward {
namespace {

const log::Target kTarget{"slim_datapath::tables"};

}  // namespace

struct Router::Impl {
  Impl(RouterOptions o, const base::Clock& c, base::Random& random, base::EpochDomain& e, Port& p)
      : options(o),
        clock(c),
        epochs(e),
        port(p),
        table(e, o.table, random),
        aliases(table, c, {random.next_u64(), random.next_u64()}),
        outboxes(o.outbox_bytes),
        uplinks(table, outboxes, e, random),
        peers(options, table, outboxes, random),
        jobs([this](LinkRef origin, const wire::SubscriptionAck& ack) {
          outboxes.put(origin, wire::encode_ack(ack));
        }) {}

  /// One change: holds the mutex, and afterwards tells the port what the change led to.
  class Section {
   public:
    explicit Section(Impl& impl) : impl_(impl), lock_(impl.mutex) {}
    Section(const Section&) = delete;
    Section& operator=(const Section&) = delete;
    ~Section() {
      if (impl_.epochs.waiting() >= kCollectAt) impl_.table.collect();
      const auto woken = impl_.outboxes.take_woken();
      const auto due = impl_.next_due();
      const bool earlier = due && (!impl_.scheduled || *due < *impl_.scheduled);
      if (earlier) impl_.scheduled = due;
      lock_.unlock();
      for (const LinkRef link : woken) impl_.port.wake(link);
      if (earlier) impl_.port.reschedule();
    }

   private:
    // Garbage that is worth a look at all readers.
    static constexpr std::size_t kCollectAt = 64;
    Impl& impl_;
    std::unique_lock<std::mutex> lock_;
  };

  struct Request {
    LinkRef arrival;
    LinkRef target;    ///< whose subscription it is
    LinkRef upstream;  ///< where an application wants it sent, if anywhere
    bool missing_upstream = false;
    name::Name name;
    std::uint64_t id = 0;
    std::uint32_t ttl = 0;
    const wire::MessageView& view;
    base::ByteView bytes;
  };

  [[nodiscard]] LinkRef at(std::uint64_t index) const {
    return index < by_index.size() ? by_index[index] : LinkRef{};
  }
  [[nodiscard]] bool is_gateway(LinkRef link) const {
    return link.type() == LinkType::edge && traits[link.index()].generation == wire::Generation::d;
  }
  static Reply success(const Request& r) {
    Reply reply;
    if (r.id != 0) reply.ack = wire::SubscriptionAck{r.id, true, ""};
    return reply;
  }
  Reply failure(const Request& r, std::string text) {
    refused = true;
    SLIM_DEBUG(kTarget, "subscription refused", kv("reason", text),
               kv("conn_index", r.arrival.index()));
    Reply reply;
    if (r.id != 0) {
      reply.ack = wire::SubscriptionAck{r.id, false, std::move(text)};
    } else if (r.arrival.type() == LinkType::local) {
      reply.error = std::move(text);
    }
    return reply;
  }

  /// The earlier of the timers' and the jobs' next time.
  [[nodiscard]] std::optional<base::Instant> next_due() {
    const auto timer = timers.next_due();
    const auto job = jobs.next_deadline();
    return timer && job ? std::min(*timer, *job) : timer ? timer : job;
  }

  Reply change(LinkRef arrival, const wire::MessageView& view, base::ByteView bytes,
               std::uint32_t ttl);
  /// The outcome of what was just done.
  void count(wire::Kind kind, LinkType origin) {
    auto& changes = kind == wire::Kind::subscribe ? subscribes : unsubscribes;
    auto& counts = std::exchange(refused, false) ? changes.refused : changes.done;
    ++counts[static_cast<std::size_t>(origin)];
  }
  Reply subscribe(const Request& r);
  Peers::SentList announce(const Route& route, const Request& r);
  Peers::SentList withdraw(const Route& route);
  void learn(const Route& route, const Request& r);
  Reply unsubscribe(const Request& r);
  Reply settle(const Request& r, const Peers::SentList& told);
  void send_upstream(const Request& r, AckJobs::Id job);
  void repeat_upstream(AckJobs::Id job, LinkRef link, std::string message, unsigned sent);
  void removed(const SubscriptionTable::Removed& what);
  void clean_up();
  void sweep_stale(LinkRef link);
  void sweep_later(LinkRef link, base::Duration delay);
  void cancel_sweep(LinkRef link);
  void lost(LinkRef link, AckJobs::Loss loss);

  RouterOptions options;
  const base::Clock& clock;
  base::EpochDomain& epochs;
  Port& port;
  LinkTable links;
  DefaultGateway gateway;

  mutable std::mutex mutex;
  SubscriptionTable table;
  IdAliases aliases;
  base::TimerQueue timers;
  std::optional<base::Instant> scheduled;
  Outboxes outboxes;
  Uplinks uplinks;
  std::set<LinkRef> cycles;  ///< uplinks that lead back here and are about to end
  Peers peers;
  AckJobs jobs;
  Upstream upstream;
  std::vector<LinkRef> by_index;
  std::vector<LinkTraits> traits;  ///< by link index
  std::set<LinkRef> reconnected;   ///< links of ours that were up before
  std::map<LinkRef, base::TimerId> sweeps;
  std::deque<LinkRef> leaving;  ///< ended links with records left
  bool cleaning = false;        ///< a timer for `leaving` is set
  bool refused = false;         ///< the change that is being made
  Statistics::Changes subscribes;
  Statistics::Changes unsubscribes;

  /// Lists of subscriptions that somebody may want the rest of. They end before the table.
  struct Listing {
    std::uint64_t id = 0;
    SubscriptionTable::CursorPtr cursor;
  };
  std::array<Listing, 4> listings;
  std::uint64_t last_listing = 0;
};

Router::Router(RouterOptions options, const base::Clock& clock, base::Random& random,
               base::EpochDomain& epochs, Port& port)
    : impl_(std::make_unique<Impl>(options, clock, random, epochs, port)) {}

Router::~Router() = default;

// --- links ---

std::optional<LinkRef> Router::add_link(LinkType type, unsigned worker) {
  Impl::Section section(*impl_);
  const auto link = impl_->links.add(type, worker);
  if (!link) return std::nullopt;
  if (impl_->by_index.size() <= link->index()) impl_->by_index.resize(link->index() + 1);
  impl_->by_index[link->index()] = *link;
  if (impl_->traits.size() <= link->index()) impl_->traits.resize(link->index() + 1);
  impl_->traits[link->index()] = {};
  return link;
}

void Router::link_up(LinkRef link, const LinkTraits& traits) {
  Impl::Section section(*impl_);
  Impl& i = *impl_;
  i.traits[link.index()] = traits;
  const bool translates = traits.translate && !traits.uplink && link.type() != LinkType::peer;
  i.links.set_translation(link, translates, traits.dialect);
  i.links.set_up(link, true);
  i.outboxes.open(link);
  const bool again = i.reconnected.erase(link) > 0;
  if (again) {
    i.table.begin_session(link);
    i.sweep_later(link, i.options.ack_timeout);
  }
  if (link.type() == LinkType::peer) {
    i.peers.up(link, again ? Peers::Names::own_only : Peers::Names::all);
  } else if (traits.uplink) {
    i.uplinks.up(link, traits);
  } else {
    i.upstream.replay(link, [&](const std::string& message) { i.outboxes.put(link, message); });
  }
  // A local application speaks D, so that no other neighbour can be its gateway.
  if (i.is_gateway(link)) i.gateway.edge_up(link);
}

void Router::Impl::lost(LinkRef link, AckJobs::Loss loss) {
  outboxes.close(link);
  jobs.neighbour_lost(link, loss);
  if (is_gateway(link)) gateway.edge_gone(link);
}

void Router::link_down(LinkRef link) {
  Impl::Section section(*impl_);
  impl_->links.set_up(link, false);
  impl_->lost(link, AckJobs::Loss::may_return);
  if (link.type() == LinkType::peer) impl_->peers.down(link);
  impl_->uplinks.down(link);
  impl_->reconnected.insert(link);
  impl_->cancel_sweep(link);
}

void Router::remove_link(LinkRef link) {
  Impl::Section section(*impl_);
  Impl& i = *impl_;
  i.links.close(link);
  i.lost(link, AckJobs::Loss::for_good);
  i.jobs.origin_lost(link);
  i.upstream.forget(link);
  i.uplinks.remove(link);
  i.cycles.erase(link);
  i.reconnected.erase(link);
  i.cancel_sweep(link);
  i.by_index[link.index()] = {};
  i.leaving.push_back(link);
  if (!i.cleaning) i.clean_up();
}

/// Works on the links that ended, a slice of their names a call; a timer that is due at once goes
/// on.
void Router::Impl::clean_up() {
  cleaning = false;
  std::size_t left = options.cleanup_slice;
  const auto on_removed = [&](const SubscriptionTable::Removed& what) {
    removed(what);
    --left;
  };
  while (!leaving.empty()) {
    const LinkRef link = leaving.front();
    if (left == 0 || !table.drop(link, left, on_removed)) {
      cleaning = true;
      timers.set(clock.now(), [this] { clean_up(); });
      return;
    }
    leaving.pop_front();
    if (link.type() == LinkType::peer) peers.remove(link);
    links.free(link);
  }
}

/// Routes that the link announced before it was lost have until then to be announced again.
void Router::Impl::sweep_later(LinkRef link, base::Duration delay) {
  cancel_sweep(link);
  sweeps[link] = timers.set(clock.now() + delay, [this, link] { sweep_stale(link); });
}

void Router::Impl::cancel_sweep(LinkRef link) {
  const auto found = sweeps.find(link);
  if (found == sweeps.end()) return;
  timers.cancel(found->second);
  sweeps.erase(found);
}

void Router::Impl::sweep_stale(LinkRef link) {
  sweeps.erase(link);
  if (!table.drop_stale(link, options.cleanup_slice, [this](const auto& what) { removed(what); })) {
    sweep_later(link, base::Duration{0});
  }
}

/// Records went with their link, not by an Unsubscribe: nobody waits for acknowledgements.
void Router::Impl::removed(const SubscriptionTable::Removed& what) {
  if (what.link.type() == LinkType::peer) {
    (void)peers.end_relay(what, options.announcement_ttl);
  } else if (what.last_own) {
    (void)withdraw(*what.route);
  }
}

/// Tells all who are told of names that are subscribed here; returns who will acknowledge.
Peers::SentList Router::Impl::announce(const Route& route, const Request& r) {
  Peers::SentList told;
  if (r.view.generation == wire::Generation::d) told = peers.announce(route, r.id);
  if (uplinks.contains(r.target)) return told;
  for (const auto& [uplink, id] : uplinks.announce(route)) told.push_back({uplink, id});
  return told;
}

Peers::SentList Router::Impl::withdraw(const Route& route) {
  Peers::SentList told = peers.withdraw(route);
  for (const auto& [uplink, id] : uplinks.withdraw(route)) told.push_back({uplink, id});
  return told;
}

// --- subscriptions: forwarding.md 4.2 ---

Router::Reply Router::subscription(LinkRef arrival, const wire::MessageView& view,
                                   base::ByteView bytes, std::uint32_t ttl) {
  Impl::Section section(*impl_);
  Reply reply = impl_->change(arrival, view, bytes, ttl);
  impl_->count(view.kind, arrival.type());
  return reply;
}

Router::Reply Router::Impl::change(LinkRef arrival, const wire::MessageView& view,
                                   base::ByteView bytes, std::uint32_t ttl) {
  const wire::HeaderView& header = view.header;
  // Before anything is copied, since the strings may be as long as a message.
  std::size_t name_bytes = 0;
  for (const wire::Span& part : header.destination.strings) name_bytes += part.size;
  if (name_bytes > options.max_name_bytes) {
    return failure({arrival, arrival, {}, false, {}, view.subscription_id, ttl, view, bytes},
                   "name is too long");
  }
  Request r{arrival, arrival, {},   false, subscribed_name(view, bytes), view.subscription_id,
            ttl,     view,    bytes};
  // Instructions to the node: obeyed only where they cannot come from the network.
  if (arrival.type() == LinkType::local) {
    if (header.has_recv_from) {
      r.target = at(header.recv_from);
      if (!r.target) {
        return failure(r, "connection not found: " + std::to_string(header.recv_from));
      }
      if (r.target.type() == LinkType::local) return success(r);
    }
    if (header.has_forward_to) {
      r.upstream = at(header.forward_to);
      r.missing_upstream = !r.upstream;
      if (r.upstream && r.upstream.type() == LinkType::local) r.upstream = {};
    }
  }
  return view.kind == wire::Kind::subscribe ? subscribe(r) : unsubscribe(r);
}

Router::Reply Router::Impl::subscribe(const Request& r) {
  if (const LinkRef uplink = uplinks.cycle(r.name)) {
    cycles.insert(uplink);
    outboxes.wake(uplink);
    return failure(r, "uplinks form a cycle");
  }
  const RecordOrigin origin = r.target == r.arrival ? RecordOrigin::announced : RecordOrigin::local;
  const bool from_peer = r.target.type() == LinkType::peer && r.target == r.arrival;
  if (from_peer && r.id != 0) {
    const Route* known = table.route(r.view.generation, r.name);
    if (known && peers.is_echo(*known, r.id, r.arrival)) return success(r);
  }
  const Repeats repeats =
      traits[r.arrival.index()].counts_repeats ? Repeats::counted : Repeats::idempotent;
  const auto added = table.add(r.view.generation, r.name, r.target, r.id, origin, repeats);
  if (!added) return failure(r, refusal(added.error()));
  if (links.translates(r.target)) learn(*added->route, r);
  if (r.target.type() == LinkType::peer && !added->replaced.empty()) {
    (void)peers.end_relay({added->route, r.target, added->replaced, false},
                          options.announcement_ttl);
  }
  if (r.target.type() != LinkType::peer) return settle(r, announce(*added->route, r));
  if (r.ttl >= 2) return settle(r, peers.relay(r.target, *added->route, r.id, r.ttl));
  return settle(r, {});
}

/// What translation has to know: names by both hash functions, and who speaks 0.3.
void Router::Impl::learn(const Route& route, const Request& r) {
  table.spell(route);
  if (r.view.generation != wire::Generation::a || !links.translates(r.arrival)) return;
  if (wire::dialect_of_a(r.view, r.bytes) != wire::Dialect::a3) return;
  links.set_translation(r.arrival, true, wire::Dialect::a3);
}

Router::Reply Router::Impl::unsubscribe(const Request& r) {
  const auto removed = table.remove(r.view.generation, r.name, r.target, r.id);
  if (!removed) return failure(r, refusal(removed.error(), r.name, r.id));
  if (r.target.type() == LinkType::peer) {
    // Two hops at least: what was relayed has to be ended where it went.
    return settle(r, peers.end_relay(*removed, std::max<std::uint32_t>(r.ttl, 2)));
  }
  return settle(r, removed->last_own ? withdraw(*removed->route) : Peers::SentList{});
}

/// Acknowledges now, or when those that were told have answered.
Router::Reply Router::Impl::settle(const Request& r, const Peers::SentList& told) {
  if (r.missing_upstream) return failure(r, "remote subscription ack error");
  const bool wait_for_peers = !told.empty() && r.id != 0 &&
                              jobs.size() < options.max_waiting_acks &&
                              std::none_of(told.begin(), told.end(), [&](const Peers::Sent& s) {
                                return jobs.is_crowded(s.peer, s.subscription_id);
                              });
  if (!wait_for_peers && !r.upstream) return success(r);
  const AckJobs::Id job = jobs.open(r.id != 0 ? r.arrival : LinkRef{}, r.id);
  if (wait_for_peers) {
    for (const Peers::Sent& sent : told) {
      jobs.expect(job, sent.peer, sent.subscription_id, AckJobs::Weight::ignored);
    }
    jobs.limit(job, clock.now() + options.ack_timeout);
  }
  if (r.upstream) send_upstream(r, job);
  jobs.settle(job);
  return {};
}

void Router::Impl::send_upstream(const Request& r, AckJobs::Id job) {
  upstream.sent(r.upstream, r.view, r.bytes, r.arrival.index());
  std::string message = Upstream::restated(r.view, r.bytes, r.id, r.arrival.index());
  if (r.id == 0) {
    outboxes.put(r.upstream, std::move(message));
    return;
  }
  jobs.expect(job, r.upstream, r.id, AckJobs::Weight::decisive);
  repeat_upstream(job, r.upstream, std::move(message), 0);
}

void Router::Impl::repeat_upstream(AckJobs::Id job, LinkRef link, std::string message,
                                   unsigned sent) {
  if (!jobs.contains(job)) return;
  if (sent > options.resends) {
    jobs.give_up(job, AckJobs::Weight::decisive);
    return;
  }
  outboxes.put(link, message);
  timers.set(clock.now() + options.ack_timeout,
             [this, job, link, message = std::move(message), sent]() mutable {
               repeat_upstream(job, link, std::move(message), sent + 1);
             });
}

void Router::acknowledged(LinkRef neighbour, const wire::SubscriptionAck& ack) {
  Impl::Section section(*impl_);
  impl_->jobs.acknowledged(neighbour, ack);
}

Router::Drained Router::drain(LinkRef link, std::size_t max_bytes, std::vector<std::string>& out) {
  Impl::Section section(*impl_);
  Impl& i = *impl_;
  if (i.cycles.contains(link)) return Drained::cycle;
  if (i.outboxes.empty(link)) {
    i.peers.refill(link);
    i.uplinks.refill(link);
  }
  const Drained drained = i.outboxes.take(link, max_bytes, out);
  const bool has_more = i.peers.listing(link) || i.uplinks.listing(link);
  return drained == Drained::all && has_more ? Drained::more : drained;
}

// --- time ---

std::optional<base::Instant> Router::next_due() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->next_due();
}

void Router::run_due() {
  Impl::Section section(*impl_);
  impl_->scheduled.reset();
  impl_->timers.run_due(impl_->clock.now());
  impl_->jobs.expire(impl_->clock.now());
  impl_->table.collect();
}

// --- what forwarding reads ---

const SubscriptionTable& Router::table() const noexcept { return impl_->table; }
LinkTable& Router::links() noexcept { return impl_->links; }
const LinkTable& Router::links() const noexcept { return impl_->links; }
IdAliases& Router::aliases() noexcept { return impl_->aliases; }
base::EpochDomain& Router::epochs() noexcept { return impl_->epochs; }
const UplinkSet* Router::uplinks(wire::Generation generation) const noexcept {
  return impl_->uplinks.set(generation);
}
const base::Clock& Router::clock() const noexcept { return impl_->clock; }
Router::Gateway Router::gateway() const noexcept { return impl_->gateway.get(); }

void Router::set_gateway_auto(bool on) {
  Impl::Section section(*impl_);
  impl_->gateway.set_auto(on);
}

std::string Router::pin_gateway(std::uint32_t index) {
  Impl::Section section(*impl_);
  const LinkRef link = impl_->at(index);
  const std::string start = "invalid default gateway " + std::to_string(index) + ": ";
  if (!link) return start + "connection not found";
  if (link.type() != LinkType::edge) {
    return start + "connection type is " + std::string(to_string(link.type())) + ", expected Edge";
  }
  impl_->gateway.pin(link);
  return {};
}

void Router::unpin_gateway() {
  Impl::Section section(*impl_);
  impl_->gateway.unpin();
}

LinkRef Router::link_at(std::uint64_t index) const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->at(index);
}

Router::Statistics Router::statistics() const {
  const std::lock_guard lock(impl_->mutex);
  return {impl_->links.size(),     impl_->table.records(), impl_->table.routes(),
          impl_->table.prefixes(), impl_->jobs.size(),     impl_->subscribes,
          impl_->unsubscribes};
}

std::optional<Router::Page> Router::list(std::uint64_t after, std::size_t max) {
  const std::lock_guard lock(impl_->mutex);
  Impl& i = *impl_;
  auto listing = std::find_if(i.listings.begin(), i.listings.end(),
                              [after](const auto& l) { return after != 0 && l.id == after; });
  if (after != 0 && listing == i.listings.end()) return std::nullopt;
  if (after == 0) {
    listing = std::min_element(i.listings.begin(), i.listings.end(),
                               [](const auto& a, const auto& b) { return a.id < b.id; });
    listing->cursor = i.table.walk();
  }
  Page page;
  while (page.items.size() < max) {
    auto holding = i.table.next(*listing->cursor);
    if (!holding) {
      *listing = {};
      return page;
    }
    if (holding->subscription_ids.size() > max) holding->subscription_ids.resize(max);
    page.items.push_back({i.table.name_of(*holding->route),
                          SubscriptionTable::generation_of(*holding->route), holding->link,
                          std::move(holding->subscription_ids)});
  }
  // Another number each time: a page that was read is not read again as if it were the next.
  page.next = listing->id = ++i.last_listing;
  return page;
}

}  // namespace slim::forward
