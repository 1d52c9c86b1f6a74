/// Which of many connections can be read or written.
#pragma once

#include <array>
#include <span>
#include <stdexcept>
#include <sys/epoll.h>
#include <unistd.h>
#include <vector>

namespace slim::bench {

/// Thread: one.
class Poller {
 public:
  Poller() : fd_(::epoll_create1(EPOLL_CLOEXEC)) {
    if (fd_ < 0) throw std::runtime_error("no epoll: too many open files?");
  }
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;
  ~Poller() { ::close(fd_); }

  /// Entries are numbered from 0 in the order of adding.
  void add(int fd) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u32 = static_cast<std::uint32_t>(entries_.size());
    if (::epoll_ctl(fd_, EPOLL_CTL_ADD, fd, &event) != 0) throw std::runtime_error("epoll_ctl");
    entries_.push_back({fd, false});
  }
  void want_write(std::size_t index, bool wanted) {
    Entry& entry = entries_[index];
    if (entry.writes == wanted) return;
    entry.writes = wanted;
    epoll_event event{};
    event.events = EPOLLIN | (wanted ? std::uint32_t{EPOLLOUT} : 0U);
    event.data.u32 = static_cast<std::uint32_t>(index);
    ::epoll_ctl(fd_, EPOLL_CTL_MOD, entry.fd, &event);
  }
  void forget(std::size_t index) { ::epoll_ctl(fd_, EPOLL_CTL_DEL, entries_[index].fd, nullptr); }

  [[nodiscard]] std::span<const epoll_event> wait(int milliseconds) {
    const int n = ::epoll_wait(fd_, events_.data(), static_cast<int>(events_.size()), milliseconds);
    return {events_.data(), static_cast<std::size_t>(n > 0 ? n : 0)};
  }

 private:
  struct Entry {
    int fd;
    bool writes;
  };
  int fd_;
  std::vector<Entry> entries_;
  std::array<epoll_event, 64> events_{};
};

}  // namespace slim::bench
