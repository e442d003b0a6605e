#pragma once

#include <mutex>

#include "sync/object.hpp"

namespace sim {

class condition_variable;

/// std::mutex. Locking it twice in one thread blocks for ever, which is a deadlock.
class alignas(8) mutex {
 public:
  explicit mutex(std::string_view name = {}) { detail::introduce(this, name, "mutex"); }
  mutex(const mutex&) = delete;
  mutex& operator=(const mutex&) = delete;
  ~mutex() { runtime::object_ends(); }

  void lock() {
    runtime::announce_blocking(OperationKind::mutex_lock, this, AccessMode::write, is_free, this,
                               Synchronization::acquire);
    own();
  }

  bool try_lock() {
    runtime::announce(OperationKind::mutex_try_lock, this, AccessMode::write, Synchronization::acquire);
    const bool free = owner_ == 0;
    if (free)
      own();
    else
      runtime::set_mode(AccessMode::read);
    runtime::set_value(free ? 1 : 0);
    if (runtime::recording()) runtime::set_text(free ? "-> taken" : "-> busy");
    return free;
  }

  void unlock() {
    if (owner_ != me() && runtime::in_program()) {
      runtime::violate("mutex-misuse", "a thread unlocks a mutex that it does not hold");
    }
    runtime::announce(OperationKind::mutex_unlock, this, AccessMode::write, Synchronization::release);
    disown();
  }

  /// For StateIdentity::logical.
  std::uint64_t contents() const { return owner_; }

 private:
  friend class condition_variable;

  static std::uint32_t me() { return runtime::this_thread() + 1; }
  static bool is_free(const void* self) { return static_cast<const mutex*>(self)->owner_ == 0; }
  void own() {
    const detail::Change<mutex> change(*this);
    owner_ = me();
  }
  void disown() {
    const detail::Change<mutex> change(*this);
    owner_ = 0;
  }

  std::uint32_t owner_ = 0;  ///< Thread plus 1; 0: free.
};

}  // namespace sim
