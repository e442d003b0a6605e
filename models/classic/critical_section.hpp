#pragma once

#include "sync/atomic.hpp"
#include "sync/property.hpp"

namespace models::classic {

/// What an algorithm for mutual exclusion protects: the property `mutual-exclusion`.
class CriticalSection {
 public:
  /// Two scheduling points. Requires: the caller believes to be alone.
  void use() {
    sim::check(inside_.fetch_add(1) == 0, "mutual-exclusion", "two threads are in the critical section");
    inside_.fetch_sub(1);
  }

 private:
  sim::atomic<int> inside_{0, "inside"};
};

}  // namespace models::classic
