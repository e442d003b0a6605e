#pragma once

namespace sim {

/// Called by SIM_CHECK: prints the condition and what `set_failure_context` left, then aborts.
[[noreturn]] void check_failed(const char* condition, const char* file, int line);

/// Text that a failing SIM_CHECK prints beside the condition: the seed and the schedule of the running execution.
/// `describe` is called once, at the failure; nullptr removes it.
void set_failure_context(void (*describe)());

}  // namespace sim

/// States what must be true of racewalk itself, in every build. One condition per check.
#define SIM_CHECK(condition) \
  (__builtin_expect(!(condition), 0) ? ::sim::check_failed(#condition, __FILE__, __LINE__) : (void)0)
