/// The real program, started by a test on ports of its own choosing and stopped with it.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <sys/types.h>
#include <thread>
#include <vector>

namespace slim::test {

class SlimdProcess {
 public:
  /// Runs slimd with this configuration and waits until its servers are bound. The program is that
  /// of the environment variable SLIM_SLIMD.
  explicit SlimdProcess(const std::string& yaml, std::vector<std::string> arguments = {});
  /// Kills it if it still runs, and fails the process with a message if a sanitizer spoke.
  ~SlimdProcess();
  SlimdProcess(const SlimdProcess&) = delete;
  SlimdProcess& operator=(const SlimdProcess&) = delete;

  /// The bound port of the n-th server.
  [[nodiscard]] std::uint16_t port(std::size_t n = 0) const { return ports_.at(n); }
  [[nodiscard]] std::string address(std::size_t n = 0) const {
    return "127.0.0.1:" + std::to_string(port(n));
  }
  void signal(int number) const;
  /// The exit code, 128 + signal when it was killed, -1 when it does not end in time.
  int wait(std::chrono::milliseconds time = std::chrono::seconds(20));
  /// Whether the log has said it, now or within `time`.
  bool logged(const std::string& text, std::chrono::milliseconds time = std::chrono::seconds(5));
  [[nodiscard]] std::string log() const;

 private:
  void read_output(int fd);

  pid_t pid_ = -1;
  int exit_code_ = -1;
  bool reaped_ = false;
  std::string config_path_;
  std::vector<std::uint16_t> ports_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::string log_;
  bool ended_ = false;
  std::thread reader_;
};

/// One plain server on 127.0.0.1 with a port that the system chooses, and `more` below the service.
[[nodiscard]] std::string simple_config(const std::string& server_extra = "",
                                        const std::string& service_extra = "",
                                        const std::string& root_extra = "");

}  // namespace slim::test
