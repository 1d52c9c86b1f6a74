/// What the kernel says about processes: the node under load, and the load generator itself.
#pragma once

#include <cstddef>

namespace slim::bench {

/// Seconds of processor time that a process has used; 0 for pid 0.
[[nodiscard]] double cpu_seconds(int pid);
/// The same of this process, to the microsecond.
[[nodiscard]] double own_cpu_seconds();

struct Memory {
  std::size_t resident = 0;  ///< bytes
  std::size_t peak = 0;      ///< bytes, over the life of the process
};
/// Zeros for pid 0.
[[nodiscard]] Memory memory_of(int pid);

/// As many open files as this process may have.
void raise_open_files();

}  // namespace slim::bench
