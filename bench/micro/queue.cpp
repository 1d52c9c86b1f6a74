// What a link's outgoing bytes cost on their way to the socket.
#include <cstring>
#include <vector>

#include <benchmark/benchmark.h>

#include <slim/transport/byte_queue.hpp>

namespace slim::bench {
namespace {

constexpr std::size_t kBatch = 64;  // messages between two writes
constexpr std::size_t kEntries = 64;

void drain(transport::ByteQueue& queue) {
  iovec entries[kEntries];
  while (!queue.empty()) {
    const std::size_t used = queue.gather(entries, kEntries);
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < used; ++i) bytes += entries[i].iov_len;
    benchmark::DoNotOptimize(entries);
    queue.pop(bytes);
  }
}

void queue_copied(benchmark::State& state) {
  const auto size = static_cast<std::size_t>(state.range(0));
  const std::vector<base::Byte> message(size);
  transport::ByteQueue queue;
  for (auto _ : state) {
    for (std::size_t i = 0; i < kBatch; ++i) {
      std::memcpy(queue.append(size), message.data(), size);
    }
    drain(queue);
  }
  state.SetItemsProcessed(kBatch * state.iterations());
}
BENCHMARK(queue_copied)->Arg(600)->Arg(16'384);

void queue_shared(benchmark::State& state) {
  const auto size = static_cast<std::size_t>(state.range(0));
  const auto owner = base::SharedBytes::allocate(size);
  transport::ByteQueue queue;
  for (auto _ : state) {
    for (std::size_t i = 0; i < kBatch; ++i) {
      std::memset(queue.append(400), 0, 400);
      queue.append_shared(owner.view(), owner);
    }
    drain(queue);
  }
  state.SetItemsProcessed(kBatch * state.iterations());
}
BENCHMARK(queue_shared)->Arg(16'384);

}  // namespace
}  // namespace slim::bench
