#pragma once

#include "sync/object.hpp"

namespace sim {

/// A plain variable that threads share. Each access is a scheduling point; two accesses of different threads, one of
/// them a write, that no synchronization orders are a data race, and a violation.
template <class T>
class alignas(8) shared {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  shared(T value = T(), std::string_view name = {}) : value_(value) { detail::introduce(this, name, "shared"); }
  shared(const shared&) = delete;
  shared& operator=(const shared&) = delete;
  ~shared() { runtime::object_ends(this); }

  [[gnu::noinline]] T load() const {
    runtime::announce(OperationKind::plain_read, this, AccessMode::read);
    runtime::set_value(detail::word_of(value_));
    if (runtime::recording()) detail::show_value("-> ", value_);
    return value_;
  }
  operator T() const { return load(); }

  [[gnu::noinline]] void store(T value) {
    runtime::announce(OperationKind::plain_write, this, AccessMode::write);
    if (runtime::keeps_logical_state()) [[unlikely]]
      assign_and_tell(value);
    else
      value_ = value;
    runtime::set_value(detail::word_of(value));
    if (runtime::recording()) detail::show_value("", value);
  }
  T operator=(T value) {
    store(value);
    return value;
  }
  /// A read and a write, as two accesses.
  T operator+=(T by) { return *this = static_cast<T>(load() + by); }
  T operator-=(T by) { return *this = static_cast<T>(load() - by); }
  T operator++() { return *this += 1; }
  T operator--() { return *this -= 1; }

  /// For StateIdentity::logical.
  std::uint64_t contents() const { return detail::word_of(value_); }

 private:
  [[gnu::noinline, gnu::cold]] void assign_and_tell(T value) {
    const detail::Change<shared> change(*this);
    value_ = value;
  }

  T value_;
};

}  // namespace sim
