// Who gets a message: the table's lookup among few and many names.
#include <memory>
#include <vector>

#include <benchmark/benchmark.h>

#include <slim/base/epoch.hpp>
#include <slim/base/random.hpp>
#include <slim/forward/subscription_table.hpp>

namespace slim::bench {
namespace {

constexpr auto kGeneration = wire::Generation::d;
constexpr std::size_t kIdsOfAPrefix = 1000;
constexpr std::uint32_t kLinks = 20;

/// A table of so many names, and some of them in an order that no cache foresees.
struct Names {
  base::EpochDomain epochs;
  base::SeededRandom random{1};
  forward::SubscriptionTable table{epochs, {.subscriptions_per_link = 10'000'000}, random};
  base::EpochReader& reader = epochs.add_reader();
  std::vector<name::Name> wanted;

  explicit Names(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      const forward::LinkRef link(forward::LinkType::edge, 0,
                                  static_cast<std::uint32_t>(i % kLinks), 1);
      (void)table.add(kGeneration, name_of(i), link, i + 1, forward::RecordOrigin::announced);
    }
    for (int i = 0; i < 1024; ++i) wanted.push_back(name_of(random.next_u64() % count));
  }
  static name::Name name_of(std::size_t i) {
    return name::make_name("org", "bench", "p" + std::to_string(i / kIdsOfAPrefix),
                           {1, i % kIdsOfAPrefix});
  }
};

void match(benchmark::State& state) {
  Names names(static_cast<std::size_t>(state.range(0)));
  std::size_t i = 0;
  for (auto _ : state) {
    const base::EpochReader::Guard guard(names.reader);
    const name::Name& name = names.wanted[i++ % names.wanted.size()];
    const auto found = names.table.find(kGeneration, name.hashes, name.id);
    if (found.empty()) state.SkipWithError("a name was not found");
    benchmark::DoNotOptimize(found);
  }
}
BENCHMARK(match)->Arg(1)->Arg(100'000);

void subscribe(benchmark::State& state) {
  const auto count = static_cast<std::size_t>(state.range(0));
  for (auto _ : state) {
    state.PauseTiming();
    auto names = std::make_unique<Names>(1);
    std::vector<name::Name> all;
    for (std::size_t i = 0; i < count; ++i) all.push_back(Names::name_of(i));
    state.ResumeTiming();
    const forward::LinkRef link(forward::LinkType::edge, 0, kLinks, 1);
    for (std::size_t i = 0; i < count; ++i) {
      (void)names->table.add(kGeneration, all[i], link, i + 1, forward::RecordOrigin::announced);
    }
    state.PauseTiming();
    names.reset();
    state.ResumeTiming();
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(count) * state.iterations());
}
BENCHMARK(subscribe)->Arg(100'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace slim::bench
