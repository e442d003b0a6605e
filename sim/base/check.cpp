#include "base/check.hpp"

#include <cstdio>
#include <cstdlib>

namespace sim {
namespace {
void (*failure_context)() = nullptr;
}

void set_failure_context(void (*describe)()) {
  failure_context = describe;
}

void check_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "racewalk: internal check failed: %s (%s:%d)\n", condition, file, line);
  if (failure_context != nullptr) failure_context();
  std::fprintf(stderr, "This is a bug of racewalk; please report it with the lines above.\n");
  std::abort();
}

}  // namespace sim
