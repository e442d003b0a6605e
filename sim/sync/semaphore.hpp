#pragma once

#include <cstddef>

#include "sync/object.hpp"

namespace sim {

/// std::counting_semaphore. `release` beyond LeastMaxValue is a violation.
template <std::ptrdiff_t LeastMaxValue = (std::ptrdiff_t{1} << 31) - 1>
class alignas(8) counting_semaphore {
 public:
  explicit counting_semaphore(std::ptrdiff_t desired, std::string_view name = {}) : count_(desired) {
    detail::introduce(this, name, "semaphore");
  }
  counting_semaphore(const counting_semaphore&) = delete;
  counting_semaphore& operator=(const counting_semaphore&) = delete;
  ~counting_semaphore() { runtime::object_ends(); }

  static constexpr std::ptrdiff_t max() { return LeastMaxValue; }

  void acquire() {
    runtime::announce_blocking(OperationKind::semaphore_acquire, this, AccessMode::write, is_positive, this,
                               Synchronization::acquire);
    add(-1);
  }

  bool try_acquire() {
    runtime::announce(OperationKind::semaphore_try_acquire, this, AccessMode::write, Synchronization::acquire);
    const bool positive = count_ > 0;
    if (positive)
      add(-1);
    else
      runtime::set_mode(AccessMode::read);
    runtime::set_value(positive ? 1 : 0);
    return positive;
  }

  void release(std::ptrdiff_t update = 1) {
    runtime::announce(OperationKind::semaphore_release, this, AccessMode::write, Synchronization::release);
    if (update < 0 || update > LeastMaxValue - count_) {
      runtime::violate("semaphore-misuse", "a semaphore is released beyond its maximum");
    }
    add(update);
  }

  /// For StateIdentity::logical.
  std::uint64_t contents() const { return static_cast<std::uint64_t>(count_); }

 private:
  static bool is_positive(const void* self) { return static_cast<const counting_semaphore*>(self)->count_ > 0; }
  void add(std::ptrdiff_t by) {
    const detail::Change<counting_semaphore> change(*this);
    count_ += by;
    if (runtime::recording()) runtime::set_text("now " + std::to_string(count_));
  }

  std::ptrdiff_t count_;
};

using binary_semaphore = counting_semaphore<1>;

}  // namespace sim
