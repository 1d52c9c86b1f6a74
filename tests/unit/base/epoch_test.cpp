#include <atomic>
#include <thread>

#include <slim/base/epoch.hpp>

#include "support/catch.hpp"

using slim::base::EpochDomain;
using slim::base::EpochReader;

namespace {

struct Probe {
  std::atomic<int>* freed;
  int value = 7;
  ~Probe() {
    value = -1;
    ++*freed;
  }
};

void destroy(void* p, void*) { delete static_cast<Probe*>(p); }

}  // namespace

TEST_CASE("Epochs: nothing is freed while a reader that may see it is inside", "[base]") {
  EpochDomain domain;
  EpochReader& reader = domain.add_reader();
  std::atomic<int> freed{0};
  auto* probe = new Probe{&freed};
  {
    const EpochReader::Guard guard(reader);
    domain.retire(probe, destroy, nullptr);
    domain.collect();
    domain.collect();
    CHECK(freed == 0);
  }
  domain.collect();
  CHECK(freed == 1);
}

TEST_CASE("Epochs: a reader that came later does not hold up older garbage", "[base]") {
  EpochDomain domain;
  EpochReader& reader = domain.add_reader();
  std::atomic<int> freed{0};
  domain.retire(new Probe{&freed}, destroy, nullptr);
  domain.collect();
  CHECK(freed == 1);
  domain.retire(new Probe{&freed}, destroy, nullptr);
  {
    const EpochReader::Guard guard(reader);
    domain.collect();
    CHECK(freed == 1);
  }
}

TEST_CASE("Epochs: what is left is freed with the domain", "[base]") {
  std::atomic<int> freed{0};
  {
    EpochDomain domain;
    domain.retire(new Probe{&freed}, destroy, nullptr);
  }
  CHECK(freed == 1);
}

TEST_CASE("Epochs: readers on other threads never see freed memory", "[base]") {
  EpochDomain domain;
  std::atomic<int> freed{0};
  std::atomic<Probe*> shared{new Probe{&freed}};
  std::atomic<bool> stop{false};
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 2; ++t) {
    threads.emplace_back([&, reader = &domain.add_reader()] {
      while (!stop) {
        const EpochReader::Guard guard(*reader);
        for (int i = 0; i < 10; ++i) {
          if (shared.load()->value != 7) ++wrong;
        }
      }
    });
  }
  for (int i = 0; i < 20000; ++i) {
    domain.retire(shared.exchange(new Probe{&freed}), destroy, nullptr);
    if (i % 16 == 0) domain.collect();
  }
  stop = true;
  for (auto& t : threads) t.join();
  CHECK(wrong == 0);
  domain.collect();
  CHECK(freed == 20000);
  delete shared.load();
}
