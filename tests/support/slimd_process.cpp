#include "support/slimd_process.hpp"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <spawn.h>
#include <stdexcept>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace slim::test {
namespace {

constexpr auto kStartTime = std::chrono::seconds(30);

std::string write_temporary(const std::string& text) {
  std::string path = "/tmp/slimd-test-XXXXXX";
  const int fd = ::mkstemp(path.data());
  if (fd < 0 || ::write(fd, text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    throw std::runtime_error("cannot write " + path);
  }
  ::close(fd);
  return path;
}

std::size_t count(const std::string& text, const std::string& what) {
  std::size_t n = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++n;
  return n;
}

}  // namespace

SlimdProcess::SlimdProcess(const std::string& yaml, std::vector<std::string> arguments) {
  const char* program = std::getenv("SLIM_SLIMD");
  if (!program) throw std::runtime_error("SLIM_SLIMD does not name the program under test");
  config_path_ = write_temporary(yaml);
  arguments.insert(arguments.begin(), {program, "--config", config_path_});
  std::vector<char*> argv;
  for (std::string& a : arguments) argv.push_back(a.data());
  argv.push_back(nullptr);

  int output[2];
  if (::pipe2(output, O_CLOEXEC) != 0) throw std::runtime_error("pipe");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, output[1], STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, output[1], STDERR_FILENO);
  const int error = ::posix_spawn(&pid_, program, &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  ::close(output[1]);
  if (error != 0) throw std::runtime_error(std::string("cannot start ") + program);
  reader_ = std::thread([this, fd = output[0]] { read_output(fd); });

  const std::size_t servers = count(yaml, "endpoint: \"127.0.0.1:0\"");
  std::unique_lock lock(mutex_);
  const bool up = changed_.wait_for(lock, kStartTime, [&] {
    return ended_ || count(log_, "dataplane server started") >= servers;
  });
  if (!up || ended_) throw std::runtime_error("slimd did not start:\n" + log_);
  const std::string key = " port=";
  for (std::size_t at = log_.find("dataplane server started"); at != std::string::npos;
       at = log_.find("dataplane server started", at + 1)) {
    ports_.push_back(
        static_cast<std::uint16_t>(std::stoul(log_.substr(log_.find(key, at) + key.size()))));
  }
}

SlimdProcess::~SlimdProcess() {
  if (!reaped_) {
    signal(SIGKILL);
    wait(std::chrono::seconds(5));
  }
  if (reader_.joinable()) reader_.join();
  ::unlink(config_path_.c_str());
  for (const char* report : {"AddressSanitizer", "ThreadSanitizer",
                             "runtime error:", "LeakSanitizer", "invariant broken"}) {
    if (log_.find(report) == std::string::npos) continue;
    std::fprintf(stderr, "slimd under test reported a fault:\n%s\n", log_.c_str());
    std::abort();
  }
}

void SlimdProcess::read_output(int fd) {
  char buffer[4096];
  ssize_t n = 0;
  while ((n = ::read(fd, buffer, sizeof buffer)) > 0) {
    const std::lock_guard lock(mutex_);
    log_.append(buffer, static_cast<std::size_t>(n));
    changed_.notify_all();
  }
  ::close(fd);
  const std::lock_guard lock(mutex_);
  ended_ = true;
  changed_.notify_all();
}

void SlimdProcess::signal(int number) const { ::kill(pid_, number); }

int SlimdProcess::wait(std::chrono::milliseconds time) {
  if (reaped_) return exit_code_;
  const auto end = std::chrono::steady_clock::now() + time;
  int status = 0;
  while (::waitpid(pid_, &status, WNOHANG) == 0) {
    if (std::chrono::steady_clock::now() > end) return -1;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  reaped_ = true;
  exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return exit_code_;
}

bool SlimdProcess::logged(const std::string& text, std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, time, [&] { return log_.find(text) != std::string::npos; });
}

std::string SlimdProcess::log() const {
  const std::lock_guard lock(mutex_);
  return log_;
}

std::string simple_config(const std::string& server_extra, const std::string& service_extra,
                          const std::string& root_extra) {
  return "tracing: {log_level: debug}\n" + root_extra +
         "services:\n  slim/0:\n    node_id: node-under-test\n" + service_extra +
         "    dataplane:\n      servers:\n        - endpoint: \"127.0.0.1:0\"\n"
         "          tls: {insecure: true}\n" +
         server_extra;
}

}  // namespace slim::test
