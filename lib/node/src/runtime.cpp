#include <algorithm>
#include <atomic>
#include <cmath>
#include <fstream>
#include <pthread.h>
#include <sched.h>

#include <slim/base/log.hpp>
#include <slim/forward/link_ref.hpp>
#include <slim/node/runtime.hpp>

namespace slim::node {
namespace {

const log::Target kTarget{"slim::runtime"};

thread_local const void* current_worker = nullptr;

constexpr auto kBeat = std::chrono::seconds(1);

/// Whole CPUs that the control group grants, 0 for no limit. Version 2 only: the first line is
/// `quota period` or `max period`.
unsigned quota_cores() {
  std::ifstream file("/sys/fs/cgroup/cpu.max");
  std::string quota;
  double period = 0;
  if (!(file >> quota >> period) || quota == "max" || period <= 0) return 0;
  return static_cast<unsigned>(std::max(1.0, std::ceil(std::atof(quota.c_str()) / period)));
}

}  // namespace

unsigned available_cores() {
  cpu_set_t set;
  unsigned cores = 1;
  if (::sched_getaffinity(0, sizeof set, &set) == 0) {
    cores = static_cast<unsigned>(std::max(1, CPU_COUNT(&set)));
  }
  const unsigned quota = quota_cores();
  return quota > 0 ? std::min(cores, quota) : cores;
}

Runtime::Runtime(unsigned cores, std::string thread_name) : thread_name_(std::move(thread_name)) {
  const unsigned available = std::min(available_cores(), forward::LinkRef::kMaxWorkers);
  if (cores > available) {
    SLIM_WARN(kTarget, "runtime.n_cores is more than this process may use", kv("requested", cores),
              kv("used", available));
  }
  const unsigned count = cores == 0 ? available : std::min(cores, available);
  for (unsigned i = 0; i < count; ++i) workers_.push_back(std::make_unique<Worker>(clock_));
}

Runtime::~Runtime() { stop(); }

void Runtime::start() {
  for (auto& worker : workers_) {
    worker->thread = std::thread([this, w = worker.get()] {
      current_worker = w;
      // The kernel keeps 15 characters of a thread's name.
      ::pthread_setname_np(::pthread_self(), thread_name_.substr(0, 15).c_str());
      log::name_this_thread(thread_name_);
      clockid_t processor_clock = 0;
      if (::pthread_getcpuclockid(::pthread_self(), &processor_clock) == 0) {
        w->processor_clock = processor_clock;
      }
      w->loop.post([this, w] { beat(*w); });
      w->loop.run();
    });
  }
}

void Runtime::beat(Worker& worker) {
  worker.last_beat.set(static_cast<std::uint64_t>(worker.loop.now().time_since_epoch().count()));
  worker.loop.after(kBeat, [this, w = &worker] { beat(*w); });
}

base::Duration Runtime::silent_for(unsigned worker) const noexcept {
  const base::Duration last(workers_[worker]->last_beat.value());
  return last.count() == 0 ? base::Duration{0} : clock_.now().time_since_epoch() - last;
}

base::Duration Runtime::busy_for(unsigned worker) const noexcept {
  const clockid_t processor_clock = workers_[worker]->processor_clock;
  timespec time{};
  if (processor_clock == 0 || ::clock_gettime(processor_clock, &time) != 0) return {};
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

void Runtime::stop() {
  for (auto& worker : workers_) worker->loop.stop();
  for (auto& worker : workers_) {
    if (worker->thread.joinable()) worker->thread.join();
  }
}

bool Runtime::is_current(unsigned worker) const noexcept {
  return current_worker == workers_[worker].get();
}

void Runtime::on_all(std::function<void(unsigned)> work, std::function<void()> done) {
  struct Shared {
    std::function<void(unsigned)> work;
    std::function<void()> done;
    std::atomic<unsigned> left;
  };
  auto shared = std::make_shared<Shared>();
  shared->work = std::move(work);
  shared->done = std::move(done);
  shared->left = workers();
  for (unsigned i = 0; i < workers(); ++i) {
    loop(i).post([this, shared, i] {
      shared->work(i);
      if (--shared->left == 0) loop(0).post(shared->done);
    });
  }
}

}  // namespace slim::node
