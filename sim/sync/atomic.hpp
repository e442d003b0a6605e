#pragma once

#include <atomic>
#include <type_traits>

#include "sync/object.hpp"

namespace sim {

/// std::atomic, with every access a scheduling point. The memory order is taken into account for data races only; every
/// access executes as if sequentially consistent.
template <class T>
class alignas(8) atomic {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  using value_type = T;

  atomic(T value = T(), std::string_view name = {}) : value_(value) { detail::introduce(this, name, "atomic"); }
  atomic(const atomic&) = delete;
  atomic& operator=(const atomic&) = delete;
  ~atomic() { runtime::object_ends(this); }

  [[gnu::noinline]] T load(std::memory_order order = std::memory_order_seq_cst) const {
    runtime::announce(OperationKind::atomic_load, this, AccessMode::read, loading(order));
    runtime::set_value(detail::word_of(value_));
    if (runtime::recording()) detail::show_value("-> ", value_);
    return value_;
  }
  operator T() const { return load(); }

  [[gnu::noinline]] void store(T value, std::memory_order order = std::memory_order_seq_cst) {
    runtime::announce(OperationKind::atomic_store, this, AccessMode::write, storing(order));
    write(value, value);
    if (runtime::recording()) detail::show_value("", value);
  }
  T operator=(T value) {
    store(value);
    return value;
  }

  [[gnu::noinline]] T exchange(T value, std::memory_order order = std::memory_order_seq_cst) {
    return modify([&](T) { return value; }, order);
  }

  [[gnu::noinline]] bool compare_exchange_strong(T& expected, T desired, std::memory_order success,
                                                 std::memory_order failure) {
    runtime::announce(OperationKind::atomic_cas, this, AccessMode::write, both(success));
    const T old = value_;
    const bool equal = std::memcmp(&value_, &expected, sizeof(T)) == 0;
    if (equal) {
      write(desired, old);
    } else {
      runtime::set_mode(AccessMode::read, loading(failure));
      runtime::set_value(detail::word_of(old));
      expected = old;
    }
    if (runtime::recording()) equal ? detail::show_change(old, " -> ", desired) : show_failure(old);
    return equal;
  }
  bool compare_exchange_strong(T& expected, T desired, std::memory_order order = std::memory_order_seq_cst) {
    return compare_exchange_strong(expected, desired, order, order);
  }
  /// Never fails spuriously.
  bool compare_exchange_weak(T& expected, T desired, std::memory_order success, std::memory_order failure) {
    return compare_exchange_strong(expected, desired, success, failure);
  }
  bool compare_exchange_weak(T& expected, T desired, std::memory_order order = std::memory_order_seq_cst) {
    return compare_exchange_strong(expected, desired, order, order);
  }

  // clang-format off
  [[gnu::noinline]] T fetch_add(T by, std::memory_order o = std::memory_order_seq_cst) { return modify([&](T v) { return static_cast<T>(v + by); }, o); }
  [[gnu::noinline]] T fetch_sub(T by, std::memory_order o = std::memory_order_seq_cst) { return modify([&](T v) { return static_cast<T>(v - by); }, o); }
  [[gnu::noinline]] T fetch_and(T by, std::memory_order o = std::memory_order_seq_cst) { return modify([&](T v) { return static_cast<T>(v & by); }, o); }
  [[gnu::noinline]] T fetch_or(T by, std::memory_order o = std::memory_order_seq_cst) { return modify([&](T v) { return static_cast<T>(v | by); }, o); }
  [[gnu::noinline]] T fetch_xor(T by, std::memory_order o = std::memory_order_seq_cst) { return modify([&](T v) { return static_cast<T>(v ^ by); }, o); }
  T operator++() { return static_cast<T>(fetch_add(1) + 1); }
  T operator--() { return static_cast<T>(fetch_sub(1) - 1); }
  T operator++(int) { return fetch_add(1); }
  T operator--(int) { return fetch_sub(1); }
  T operator+=(T by) { return static_cast<T>(fetch_add(by) + by); }
  T operator-=(T by) { return static_cast<T>(fetch_sub(by) - by); }
  T operator&=(T by) { return static_cast<T>(fetch_and(by) & by); }
  T operator|=(T by) { return static_cast<T>(fetch_or(by) | by); }
  T operator^=(T by) { return static_cast<T>(fetch_xor(by) ^ by); }

  // Read-modify-writes whose old value is not returned: additions commute with each other.
  [[gnu::noinline]] void store_add(T by) { add([&](T v) { return static_cast<T>(v + by); }); }
  [[gnu::noinline]] void store_sub(T by) { add([&](T v) { return static_cast<T>(v - by); }); }
  [[gnu::noinline]] void store_or(T by) { write_only([&](T v) { return static_cast<T>(v | by); }); }
  [[gnu::noinline]] void store_and(T by) { write_only([&](T v) { return static_cast<T>(v & by); }); }
  // clang-format on

  static constexpr bool is_always_lock_free = true;
  bool is_lock_free() const { return true; }

  /// For StateIdentity::logical.
  std::uint64_t contents() const { return detail::word_of(value_); }

 private:
  static Synchronization loading(std::memory_order order) {
    return order == std::memory_order_relaxed || order == std::memory_order_release ? Synchronization::none
                                                                                    : Synchronization::acquire;
  }
  static Synchronization storing(std::memory_order order) {
    return order == std::memory_order_relaxed ? Synchronization::none : Synchronization::release;
  }
  static Synchronization both(std::memory_order order) {
    switch (order) {
      case std::memory_order_relaxed:
        return Synchronization::none;
      case std::memory_order_consume:
      case std::memory_order_acquire:
        return Synchronization::acquire;
      case std::memory_order_release:
        return Synchronization::release;
      default:
        return Synchronization::both;
    }
  }

  [[gnu::noinline, gnu::cold]] static void show_failure(T old) {
    runtime::set_text(detail::text_of(old) + ", so not changed");
  }

  void write(T value, T seen) {
    assign(value);
    runtime::set_value(detail::word_of(seen));
  }

  void assign(T value) {
    if (runtime::keeps_logical_state()) [[unlikely]]
      assign_and_tell(value);
    else
      value_ = value;
  }
  [[gnu::noinline, gnu::cold]] void assign_and_tell(T value) {
    const detail::Change<atomic> change(*this);
    value_ = value;
  }

  template <class F>
  T modify(F function, std::memory_order order) {
    runtime::announce(OperationKind::atomic_rmw, this, AccessMode::write, both(order));
    const T old = value_;
    write(function(old), old);
    if (runtime::recording()) detail::show_change(old, " -> ", value_);
    return old;
  }

  template <class F>
  void add(F function) {
    write_only(function, AccessMode::add);
  }

  template <class F>
  void write_only(F function, AccessMode mode = AccessMode::write) {
    runtime::announce(OperationKind::atomic_add, this, mode, Synchronization::both);
    assign(function(value_));
    if (runtime::recording()) detail::show_value("now ", value_);
  }

  T value_;
};

}  // namespace sim
