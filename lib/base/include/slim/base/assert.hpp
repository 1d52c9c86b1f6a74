/// Checks of our own invariants. Never for what a peer sent: that is an error value.
#pragma once

namespace slim::base {

/// Reports a broken invariant. Debug builds end the process; release builds log it and go on, since
/// the caller still checks what memory safety needs.
void invariant_broken(const char* condition, const char* file, int line) noexcept;

/// How many invariants were found broken since the process started. Thread: any.
[[nodiscard]] unsigned long invariants_broken() noexcept;

}  // namespace slim::base

#define SLIM_ASSERT(condition)                       \
  (__builtin_expect(static_cast<bool>(condition), 1) \
       ? static_cast<void>(0)                        \
       : ::slim::base::invariant_broken(#condition, __FILE__, __LINE__))
