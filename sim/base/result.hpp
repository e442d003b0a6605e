#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

#include "base/check.hpp"

namespace sim {

/// The value of a function that succeeds with nothing to return.
struct Ok {
  friend bool operator==(Ok, Ok) = default;
};

/// Wraps an error, so that `return Failure{error};` converts to any Result with that error type.
template <class E>
struct Failure {
  E error;
};
template <class E>
Failure(E) -> Failure<E>;

/// Either a value or the reason why there is none. `error()` carries what a person needs to act on it.
///
/// No std::variant: a Result may lie on the stack of a program under test, where its bytes are part of the state. This
/// one has none without a meaning: what neither the value nor the error fills is zero.
template <class T, class E>
class [[nodiscard]] Result {
  static constexpr bool is_plain = std::is_trivially_copyable_v<T> && std::is_trivially_copyable_v<E>;

 public:
  Result(T value) : Result(Kind::value) { new (storage_) T(std::move(value)); }
  template <class G>
  Result(Failure<G> failure) : Result(Kind::error) {
    new (storage_) E(std::move(failure.error));
  }
  Result(const Result&) requires is_plain = default;
  Result(const Result& other) requires(!is_plain) : Result(other.kind_) {
    if (has_value())
      new (storage_) T(other.value());
    else
      new (storage_) E(other.problem());
  }
  Result(Result&& other) noexcept requires(!is_plain) : Result(other.kind_) {
    if (has_value())
      new (storage_) T(std::move(other.value()));
    else
      new (storage_) E(std::move(other.problem()));
  }
  Result& operator=(const Result&) requires is_plain = default;
  Result& operator=(Result other) requires(!is_plain) {
    std::destroy_at(this);
    return *std::construct_at(this, std::move(other));
  }
  ~Result() requires is_plain = default;
  ~Result() requires(!is_plain) {
    if (has_value())
      std::destroy_at(&value());
    else
      std::destroy_at(&problem());
  }

  explicit operator bool() const { return has_value(); }
  bool has_value() const { return kind_ == Kind::value; }

  /// Require: the result holds a value.
  T& operator*() & { return checked(); }
  const T& operator*() const& { return const_cast<Result*>(this)->checked(); }
  T&& operator*() && { return std::move(checked()); }
  T* operator->() { return &checked(); }
  const T* operator->() const { return &const_cast<Result*>(this)->checked(); }

  /// Requires: the result holds no value.
  const E& error() const {
    SIM_CHECK(!has_value());
    return problem();
  }

 private:
  // As wide as the storage is aligned, so that there is no gap between them.
  static constexpr std::size_t alignment = alignof(T) > alignof(E) ? alignof(T) : alignof(E);
  enum class Kind : std::conditional_t<(alignment > 4), std::uint64_t, std::uint32_t> { value, error };

  explicit Result(Kind kind) : kind_(kind) { std::memset(storage_, 0, sizeof storage_); }

  T& value() { return *std::launder(reinterpret_cast<T*>(storage_)); }
  const T& value() const { return *std::launder(reinterpret_cast<const T*>(storage_)); }
  E& problem() { return *std::launder(reinterpret_cast<E*>(storage_)); }
  const E& problem() const { return *std::launder(reinterpret_cast<const E*>(storage_)); }
  T& checked() {
    SIM_CHECK(has_value());
    return value();
  }

  Kind kind_;
  alignas(alignment) std::byte storage_[sizeof(T) > sizeof(E) ? sizeof(T) : sizeof(E)];
};

}  // namespace sim
