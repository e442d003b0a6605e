#pragma once

#include <cstddef>

#include "sync/object.hpp"

namespace sim {

/// std::latch. Countings commute with each other. Counting it down below zero is a violation, but does not end the
/// execution: it would end in one thread or another, depending on an order that nothing else depends on.
class alignas(8) latch {
 public:
  explicit latch(std::ptrdiff_t expected, std::string_view name = {}) : count_(expected) {
    if (expected < 0) runtime::violate("latch-misuse", "a latch is made with a count below zero");
    detail::introduce(this, name, "latch");
  }
  latch(const latch&) = delete;
  latch& operator=(const latch&) = delete;
  ~latch() { runtime::object_ends(this); }

  [[gnu::noinline]] void count_down(std::ptrdiff_t update = 1) {
    runtime::announce(OperationKind::latch_count_down, this, AccessMode::add, Synchronization::release);
    if (update < 0) runtime::violate("latch-misuse", "a latch is counted down by a negative number");
    if (update > count_) runtime::report_violation("latch-misuse", "a latch is counted down below zero");
    const detail::Change<latch> change(*this);
    count_ = update > count_ - lowest ? lowest : count_ - update;
    if (runtime::recording()) detail::show_value("now ", count_);
  }

  [[gnu::noinline]] bool try_wait() const {
    runtime::announce(OperationKind::latch_try_wait, this, AccessMode::read, Synchronization::acquire);
    const bool open = is_open(this);
    if (!open) runtime::set_mode(AccessMode::read);
    runtime::set_value(open ? 1 : 0);
    if (runtime::recording()) runtime::set_text(open ? "-> open" : "-> closed");
    return open;
  }

  [[gnu::noinline]] void wait() const {
    runtime::announce_blocking(OperationKind::latch_wait, this, AccessMode::read, is_open, this,
                               Synchronization::acquire);
  }

  /// Two events: it counts down, and waits.
  [[gnu::noinline]] void arrive_and_wait(std::ptrdiff_t update = 1) {
    count_down(update);
    wait();
  }

  static constexpr std::ptrdiff_t max() { return PTRDIFF_MAX; }

  /// For StateIdentity::logical.
  std::uint64_t contents() const { return static_cast<std::uint64_t>(count_); }

 private:
  static bool is_open(const void* self) { return static_cast<const latch*>(self)->count_ <= 0; }

  static constexpr std::ptrdiff_t lowest = PTRDIFF_MIN / 2;

  std::ptrdiff_t count_;
};

}  // namespace sim
