// Generation D's header MAC: the preimage, the check of what arrived, the tag of what leaves.
#include <vector>

#include <benchmark/benchmark.h>

#include <slim/wire/mac.hpp>

#include "sample.hpp"

namespace slim::bench {
namespace {

std::vector<base::Byte> body_of(const Sample& sample) {
  std::vector<base::Byte> body;
  wire::mac_body(sample.view, sample.message(), wire::HopFields::as_received, body);
  return body;
}

void mac_body(benchmark::State& state) {
  const Sample sample(wire::Dialect::d);
  std::vector<base::Byte> body;
  for (auto _ : state) {
    wire::mac_body(sample.view, sample.message(), wire::HopFields::as_received, body);
    benchmark::DoNotOptimize(body.data());
  }
}
BENCHMARK(mac_body);

void mac_verify(benchmark::State& state) {
  const Sample sample(wire::Dialect::d);
  const auto body = body_of(sample);
  const wire::MacTtl ttl(sample.view.header.ttl);
  const auto tag = sample.view.header.mac.in(sample.message());
  for (auto _ : state) {
    if (!sample_mac().verify(body, ttl.view(), tag)) state.SkipWithError("the tag is wrong");
  }
}
BENCHMARK(mac_verify);

void mac_tag(benchmark::State& state) {
  const auto body = body_of(Sample(wire::Dialect::d));
  const wire::MacTtl ttl(7);
  base::Byte tag[wire::kMacSize];
  for (auto _ : state) {
    sample_mac().tag(body, ttl.view(), tag);
    benchmark::DoNotOptimize(tag);
  }
}
BENCHMARK(mac_tag);

}  // namespace
}  // namespace slim::bench
