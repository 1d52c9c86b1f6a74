// The table against a model that fits on a page, with random operations.
#include <map>
#include <random>
#include <set>
#include <thread>

#include <slim/forward/subscription_table.hpp>

#include "support/catch.hpp"
#include "support/seed.hpp"

using namespace slim;
using namespace slim::forward;
using wire::Generation;

namespace {

/// (service, instance) → link → ids. That is all there is to it.
class Model {
 public:
  using Key = std::pair<int, int>;  // instance -1: wildcard
  std::map<Key, std::map<LinkRef, std::set<std::uint64_t>>> names;

  enum class Removal { ok, no_prefix, no_id, no_record };
  Removal remove(Key key, LinkRef link, std::uint64_t id) {
    const bool prefix = std::any_of(names.begin(), names.end(),
                                    [&](const auto& e) { return e.first.first == key.first; });
    if (!prefix) return Removal::no_prefix;
    const auto found = names.find(key);
    if (found == names.end()) return Removal::no_id;
    const auto holder = found->second.find(link);
    if (holder == found->second.end()) return Removal::no_record;
    auto& ids = holder->second;
    if (id == 0 && !ids.contains(0)) {
      ids.clear();
    } else if (ids.erase(id) == 0 && ids.erase(0) == 0) {
      return Removal::no_record;
    }
    tidy(found, link);
    return Removal::ok;
  }
  void drop(LinkRef link) {
    for (auto it = names.begin(); it != names.end();) {
      it->second.erase(link);
      it = it->second.empty() ? names.erase(it) : std::next(it);
    }
  }
  std::set<LinkRef> match(Key key) const {
    std::set<LinkRef> out;
    for (const auto& [name, holders] : names) {
      if (name.first != key.first || (key.second != -1 && name.second != key.second)) continue;
      for (const auto& [link, ids] : holders) out.insert(link);
    }
    return out;
  }
  std::size_t records() const {
    std::size_t n = 0;
    for (const auto& [name, holders] : names) {
      for (const auto& [link, ids] : holders) n += ids.size();
    }
    return n;
  }

 private:
  void tidy(std::map<Key, std::map<LinkRef, std::set<std::uint64_t>>>::iterator name,
            LinkRef link) {
    if (!name->second[link].empty()) return;
    name->second.erase(link);
    if (name->second.empty()) names.erase(name);
  }
};

name::Name to_name(Model::Key key) {
  return name::make_name("o", "n", std::to_string(key.first),
                         key.second == -1
                             ? name::InstanceId::wildcard()
                             : name::InstanceId{0, static_cast<std::uint64_t>(key.second)});
}

std::set<LinkRef> found(const Candidates& candidates) {
  std::set<LinkRef> out;
  for (const LinkType type : {LinkType::local, LinkType::remote, LinkType::peer, LinkType::edge}) {
    for (const LinkRef link : candidates.of(type)) {
      CHECK(link.type() == type);
      CHECK(out.insert(link).second);  // never twice
    }
  }
  return out;
}

}  // namespace

TEST_CASE("Subscription table: agrees with the model over random operations", "[forward]") {
  const std::uint64_t seed = test::seed_or(std::random_device{}());
  INFO("SLIM_TEST_SEED=" << seed);
  std::mt19937_64 rng(seed);
  const auto below = [&](int n) { return static_cast<int>(rng() % static_cast<unsigned>(n)); };
  base::EpochDomain epochs;
  base::SeededRandom random(seed);
  SubscriptionTable table(epochs, {}, random);
  Model model;
  std::vector<LinkRef> links;
  for (std::uint32_t i = 0; i < 12; ++i) {
    links.emplace_back(static_cast<LinkType>(i % 4), i % 3, i, 1);
  }
  for (int step = 0; step < 60'000; ++step) {
    const Model::Key key{below(6), below(7) - 1};
    const LinkRef link = links[static_cast<std::size_t>(below(12))];
    const auto id = static_cast<std::uint64_t>(below(4));
    const int what = below(100);
    if (what < 50) {
      REQUIRE(table.add(Generation::d, to_name(key), link, id, RecordOrigin::announced).ok());
      model.names[key][link].insert(id);
    } else if (what < 97) {
      const auto removed = table.remove(Generation::d, to_name(key), link, id);
      const auto expected = model.remove(key, link, id);
      REQUIRE(removed.ok() == (expected == Model::Removal::ok));
      if (!removed) REQUIRE(static_cast<int>(removed.error()) + 1 == static_cast<int>(expected));
    } else if (what < 99) {
      while (!table.drop(link, 3, [](const auto&) {})) {
      }
      model.drop(link);
    } else {
      table.collect();
    }
    const Model::Key asked{below(6), below(7) - 1};
    REQUIRE(found(table.find(Generation::d, to_name(asked).hashes, to_name(asked).id)) ==
            model.match(asked));
    REQUIRE(table.records() == model.records());
    REQUIRE(table.routes() == model.names.size());
  }
  for (const LinkRef link : links) {
    while (!table.drop(link, 100, [](const auto&) {})) {
    }
  }
  CHECK(table.records() == 0);
  CHECK(table.routes() == 0);
  CHECK(table.prefixes() == 0);
}

TEST_CASE("Subscription table: generations and strange names stay apart", "[forward]") {
  base::EpochDomain epochs;
  base::SeededRandom random(1);
  SubscriptionTable table(epochs, {}, random);
  const LinkRef link(LinkType::edge, 0, 0, 1);
  const name::Name name = to_name({1, 1});
  REQUIRE(table.add(Generation::c, name, link, 1, RecordOrigin::announced).ok());
  CHECK(found(table.find(Generation::d, name.hashes, name.id)).empty());
  CHECK(found(table.find(Generation::c, name.hashes, name.id)).size() == 1);
}

TEST_CASE("Subscription table: limits hold per link, per node and per name", "[forward]") {
  base::EpochDomain epochs;
  base::SeededRandom random(1);
  SubscriptionTable table(epochs, {5, 8}, random);
  const LinkRef a(LinkType::edge, 0, 0, 1);
  const LinkRef b(LinkType::edge, 0, 1, 1);
  const auto add = [&](LinkRef link, int service, std::uint64_t id) {
    return table.add(Generation::d, to_name({service, 1}), link, id, RecordOrigin::announced);
  };
  for (int i = 0; i < 4; ++i) REQUIRE(add(a, i, 1).ok());
  REQUIRE(add(a, 0, 2).ok());
  REQUIRE(add(a, 0, 2).ok());  // repeated: costs nothing
  CHECK(add(a, 9, 1).error() == AddError::link_limit);
  CHECK(add(a, 0, 3).error() == AddError::link_limit);
  for (int i = 0; i < 3; ++i) REQUIRE(add(b, i, 1).ok());
  CHECK(add(b, 9, 1).error() == AddError::total_limit);
  REQUIRE(table.remove(Generation::d, to_name({0, 1}), a, 2).ok());
  CHECK(add(b, 9, 1).ok());
}

TEST_CASE("Subscription table: what a link announced before its loss goes unless repeated",
          "[forward]") {
  base::EpochDomain epochs;
  base::SeededRandom random(1);
  SubscriptionTable table(epochs, {}, random);
  const LinkRef link(LinkType::peer, 0, 0, 1);
  const auto add = [&](int service, std::uint64_t id, RecordOrigin origin) {
    REQUIRE(table.add(Generation::d, to_name({service, 1}), link, id, origin).ok());
  };
  add(1, 11, RecordOrigin::announced);
  add(1, 12, RecordOrigin::announced);
  add(2, 21, RecordOrigin::announced);
  add(3, 31, RecordOrigin::local);
  table.begin_session(link);
  add(1, 13, RecordOrigin::announced);  // anew, under another id
  std::vector<std::uint64_t> gone;
  while (!table.drop_stale(link, 1, [&](const SubscriptionTable::Removed& r) {
    gone.insert(gone.end(), r.subscription_ids.begin(), r.subscription_ids.end());
  })) {
  }
  CHECK(gone == std::vector<std::uint64_t>{21});
  const name::Name one = to_name({1, 1});
  CHECK(table.holds(*table.route(Generation::d, one), link, 13));
  CHECK_FALSE(table.holds(*table.route(Generation::d, one), link, 11));
  CHECK(table.route(Generation::d, to_name({2, 1})) == nullptr);
  CHECK(table.route(Generation::d, to_name({3, 1})) != nullptr);
  CHECK(table.records() == 2);
}

TEST_CASE("Subscription table: a walk sees all that stays, whatever goes meanwhile", "[forward]") {
  base::EpochDomain epochs;
  base::SeededRandom random(1);
  SubscriptionTable table(epochs, {}, random);
  const LinkRef a(LinkType::edge, 0, 0, 1);
  const LinkRef b(LinkType::edge, 0, 1, 1);
  for (int i = 0; i < 20; ++i) {
    REQUIRE(
        table.add(Generation::d, to_name({i, 1}), i % 2 ? a : b, 1, RecordOrigin::announced).ok());
  }
  const auto cursor = table.walk();
  std::set<std::string> seen;
  int step = 0;
  while (const auto holding = table.next(*cursor)) {
    seen.insert(table.name_of(*holding->route).parts[2]);
    // Take away the one just seen and, now and then, one that may be next.
    REQUIRE(table.remove(Generation::d, table.name_of(*holding->route), holding->link, 1).ok());
    if (++step == 3) (void)table.remove(Generation::d, to_name({12, 1}), b, 1);
    if (step == 5) (void)table.remove(Generation::d, to_name({1, 1}), a, 1);
    table.collect();
  }
  CHECK(seen.size() >= 18);
  CHECK(table.records() == 0);
}

TEST_CASE("Subscription table: readers on other threads see whole lists while it changes",
          "[forward]") {
  base::EpochDomain epochs;
  base::SeededRandom random(1);
  SubscriptionTable table(epochs, {}, random);
  // Links 0 to 3 hold instance 1 throughout; others come and go around them.
  const name::Name stable = to_name({1, 1});
  std::vector<LinkRef> links;
  for (std::uint32_t i = 0; i < 40; ++i) links.emplace_back(LinkType::edge, 0, i, 1);
  for (std::size_t i = 0; i < 4; ++i) {
    REQUIRE(table.add(Generation::d, stable, links[i], 1, RecordOrigin::announced).ok());
  }
  std::atomic<bool> stop{false};
  std::atomic<int> wrong{0};
  std::atomic<int> looks{0};
  std::vector<std::thread> readers;
  for (int t = 0; t < 2; ++t) {
    readers.emplace_back([&, reader = &epochs.add_reader()] {
      while (!stop) {
        const base::EpochReader::Guard guard(*reader);
        for (const name::InstanceId id : {stable.id, name::InstanceId::wildcard()}) {
          std::set<LinkRef> seen;
          std::size_t n = 0;
          for (const LinkRef link :
               table.find(Generation::d, stable.hashes, id).of(LinkType::edge)) {
            ++n;
            seen.insert(link);
            if (link.index() >= 40) ++wrong;
          }
          if (seen.size() != n) ++wrong;
          for (std::size_t i = 0; i < 4; ++i) {
            if (!seen.contains(links[i])) ++wrong;
          }
        }
        ++looks;
      }
    });
  }
  std::mt19937_64 rng(7);
  for (int step = 0; step < 30'000 || looks < 100; ++step) {
    const LinkRef link = links[4 + rng() % 36];
    const Model::Key key{1, rng() % 2 ? 1 : static_cast<int>(rng() % 500)};
    if (rng() % 2) {
      (void)table.add(Generation::d, to_name(key), link, 1, RecordOrigin::announced);
    } else {
      (void)table.remove(Generation::d, to_name(key), link, 1);
    }
    if (step % 64 == 0) table.collect();
  }
  stop = true;
  for (auto& t : readers) t.join();
  CHECK(wrong == 0);
}
