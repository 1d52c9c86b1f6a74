// Reading and checking a publish of each generation.
#include <benchmark/benchmark.h>

#include "sample.hpp"

namespace slim::bench {
namespace {

void decode(benchmark::State& state, wire::Dialect dialect) {
  const Sample sample(dialect, static_cast<std::size_t>(state.range(0)));
  wire::MessageView view;
  for (auto _ : state) {
    benchmark::DoNotOptimize(wire::decode(wire::generation_of(dialect), sample.message(), view));
    benchmark::DoNotOptimize(view);
  }
}

BENCHMARK_CAPTURE(decode, b, wire::Dialect::b)->Arg(64);
BENCHMARK_CAPTURE(decode, c, wire::Dialect::c)->Arg(64);
// The payload must not matter.
BENCHMARK_CAPTURE(decode, d, wire::Dialect::d)->Arg(64)->Arg(16'384);

}  // namespace
}  // namespace slim::bench
