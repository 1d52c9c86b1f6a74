#include <atomic>
#include <cstdio>
#include <cstdlib>

#include <slim/base/assert.hpp>

namespace slim::base {
namespace {
std::atomic<unsigned long> broken{0};
}

void invariant_broken(const char* condition, const char* file, int line) noexcept {
  // Not through the log: the log may be what is broken.
  if (broken.fetch_add(1, std::memory_order_relaxed) < 100) {
    std::fprintf(stderr, "slimd: invariant broken: %s (%s:%d)\n", condition, file, line);
  }
#ifndef NDEBUG
  std::abort();
#endif
}

unsigned long invariants_broken() noexcept { return broken.load(std::memory_order_relaxed); }

}  // namespace slim::base
