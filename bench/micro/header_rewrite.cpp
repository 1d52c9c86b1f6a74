// The header as it leaves a node: sizes, and the bytes in front of the payload.
#include <vector>

#include <benchmark/benchmark.h>

#include <slim/wire/rewrite.hpp>

#include "sample.hpp"

namespace slim::bench {
namespace {

void rewrite(benchmark::State& state, wire::Dialect dialect) {
  const Sample sample(dialect);
  const base::Byte tag[32] = {};
  const wire::HopHeader hop{7, 1234, dialect == wire::Dialect::d ? tag : nullptr};
  std::vector<base::Byte> out(sample.bytes.size() + 128);
  for (auto _ : state) {
    const wire::RewriteLayout layout = wire::layout(sample.view, hop);
    benchmark::DoNotOptimize(
        wire::write_head(sample.view, sample.message(), hop, layout, out.data()));
    benchmark::ClobberMemory();
  }
}

BENCHMARK_CAPTURE(rewrite, b, wire::Dialect::b);
BENCHMARK_CAPTURE(rewrite, c, wire::Dialect::c);
BENCHMARK_CAPTURE(rewrite, d, wire::Dialect::d);

}  // namespace
}  // namespace slim::bench
