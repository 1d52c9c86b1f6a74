/// Epoch-based reclamation: readers of a shared structure never wait, and what a writer unlinked is
/// freed only when no reader can still see it.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

namespace slim::base {

class EpochDomain;

/// One reading thread's place in a domain. Thread: owner only. Lifetime: shorter than the domain's.
class EpochReader {
 public:
  EpochReader(const EpochReader&) = delete;
  EpochReader& operator=(const EpochReader&) = delete;

  /// While it lives, nothing that was reachable when it was made is freed. Must not nest; keep it
  /// short, a turn of the event loop at most, since memory waits for it.
  class [[nodiscard]] Guard {
   public:
    explicit Guard(EpochReader& reader) noexcept;
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;
    ~Guard();

   private:
    EpochReader& reader_;
  };

 private:
  friend class EpochDomain;
  explicit EpochReader(EpochDomain& domain) noexcept : domain_(domain) {}

  EpochDomain& domain_;
  // 0 outside a guard. Own cache line: it is written once a guard and read only by writers.
  alignas(64) std::atomic<std::uint64_t> epoch_{0};
};

/// Structures that it protects load and store their links with sequential consistency: that is what
/// orders a reader's entry before its first load, and it costs nothing extra on loads.
class EpochDomain {
 public:
  EpochDomain() = default;
  EpochDomain(const EpochDomain&) = delete;
  EpochDomain& operator=(const EpochDomain&) = delete;
  /// Precondition: no guard lives. Frees what is still retired.
  ~EpochDomain();

  /// Thread: any. The reader lives as long as the domain.
  [[nodiscard]] EpochReader& add_reader();

  /// Hands over an object that was just unlinked. Thread: one writer at a time.
  void retire(void* object, void (*destroy)(void* object, void* context), void* context);
  /// Frees what no reader can see any more. Thread: as retire().
  void collect();
  [[nodiscard]] std::size_t waiting() const noexcept { return retired_.size(); }

 private:
  friend class EpochReader;
  struct Retired {
    std::uint64_t epoch;
    void* object;
    void (*destroy)(void*, void*);
    void* context;
  };
  [[nodiscard]] std::uint64_t oldest_active();

  std::atomic<std::uint64_t> now_{1};
  std::mutex readers_mutex_;
  std::vector<std::unique_ptr<EpochReader>> readers_;
  std::deque<Retired> retired_;
};

}  // namespace slim::base
