#pragma once

#include "sync/object.hpp"

namespace sim {

/// A variable of a model or a property, not of the system that it describes. Reading and changing it is part of the
/// running event: it joins the event's footprint, and is no scheduling point of its own.
template <class T>
class alignas(8) ghost {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  explicit ghost(const T& value = T()) : value_(value) {}
  ghost(const ghost&) = delete;
  ghost& operator=(const ghost&) = delete;
  ~ghost() { runtime::object_ends(this); }

  [[gnu::noinline]] const T& get() const {
    runtime::access(this, AccessMode::read);
    if (runtime::keeps_logical_state()) runtime::learned(contents());
    return value_;
  }

  /// Calls `function` with the variable, to change it.
  template <class F>
  [[gnu::noinline]] void change(F function) {
    runtime::access(this, AccessMode::write);
    if (runtime::keeps_logical_state()) runtime::learned(contents());
    const detail::Change<ghost> change(*this);
    function(value_);
  }

  /// For StateIdentity::logical.
  std::uint64_t contents() const { return detail::word_of(value_); }

 private:
  T value_;
};

}  // namespace sim
