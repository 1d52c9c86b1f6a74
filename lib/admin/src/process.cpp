// Standard metrics of a process, from /proc.
#include <cstdlib>
#include <dirent.h>
#include <fstream>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#include "families.hpp"

namespace slim::admin {
namespace {

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

double open_descriptors() {
  DIR* directory = ::opendir("/proc/self/fd");
  if (!directory) return 0;
  double count = -1;  // the directory's own
  while (const dirent* entry = ::readdir(directory)) {
    if (entry->d_name[0] != '.') ++count;
  }
  ::closedir(directory);
  return count;
}

/// The fields of /proc/self/stat behind the command, which may hold spaces: field 3 is the first.
std::vector<std::string> stat_fields() {
  std::ifstream file("/proc/self/stat");
  std::string text{std::istreambuf_iterator<char>(file), {}};
  std::vector<std::string> out;
  std::size_t at = text.rfind(')');
  while (at != std::string::npos &&
         (at = text.find_first_not_of(") \n", at)) != std::string::npos) {
    const std::size_t end = text.find_first_of(" \n", at);
    out.push_back(text.substr(at, end - at));
    at = end;
  }
  return out;
}

/// Seconds since 1970 at which the machine was started.
double boot_time() {
  std::ifstream file("/proc/stat");
  std::string key;
  while (file >> key) {
    double value = 0;
    if (key == "btime" && file >> value) return value;
    std::getline(file, key);
  }
  return 0;
}

/// Bytes received and sent by all interfaces of the process's network namespace.
std::pair<double, double> network_bytes() {
  std::ifstream file("/proc/self/net/dev");
  std::pair<double, double> sum{0, 0};
  for (std::string line; std::getline(file, line);) {
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos) continue;
    const char* at = line.c_str() + colon + 1;
    for (int column = 0; column < 9; ++column) {
      char* end = nullptr;
      const double value = std::strtod(at, &end);
      if (column == 0) sum.first += value;
      if (column == 8) sum.second += value;
      at = end;
    }
  }
  return sum;
}

}  // namespace

void add_process_metrics(Families& families) {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  families.counter("process_cpu_seconds_total", "Processor time used, in seconds.")
      .add(seconds(usage.ru_utime) + seconds(usage.ru_stime));
  families.gauge("process_open_fds", "Open file descriptors.").add(open_descriptors());
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  families.gauge("process_max_fds", "File descriptors that may be open.")
      .add(static_cast<double>(files.rlim_cur));
  const auto stat = stat_fields();
  constexpr std::size_t kThreads = 17;  // field 20
  constexpr std::size_t kStart = 19;
  constexpr std::size_t kVirtual = 20;
  constexpr std::size_t kResident = 21;
  if (stat.size() > kResident) {
    const auto value = [&stat](std::size_t field) {
      return std::strtod(stat[field].c_str(), nullptr);
    };
    families.gauge("process_threads", "Threads.").add(value(kThreads));
    families.gauge("process_virtual_memory_bytes", "Virtual memory, in bytes.")
        .add(value(kVirtual));
    families.gauge("process_resident_memory_bytes", "Resident memory, in bytes.")
        .add(value(kResident) * static_cast<double>(::sysconf(_SC_PAGESIZE)));
    families
        .gauge("process_start_time_seconds", "When the process was started, in seconds since 1970.")
        .add(boot_time() + value(kStart) / static_cast<double>(::sysconf(_SC_CLK_TCK)));
  }
  const auto [received, sent] = network_bytes();
  families
      .counter("process_network_receive_bytes_total",
               "Bytes received by all interfaces of the process's network namespace.")
      .add(received);
  families
      .counter("process_network_transmit_bytes_total",
               "Bytes sent by all interfaces of the process's network namespace.")
      .add(sent);
}

}  // namespace slim::admin
