#pragma once

#include <utility>
#include <variant>

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
template <class T, class E>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  template <class G>
  Result(Failure<G> failure) : state_(std::in_place_index<1>, std::move(failure.error)) {}

  explicit operator bool() const { return state_.index() == 0; }
  bool has_value() const { return state_.index() == 0; }

  /// Require: the result holds a value.
  T& operator*() & { return checked(); }
  const T& operator*() const& { return const_cast<Result*>(this)->checked(); }
  T&& operator*() && { return std::move(checked()); }
  T* operator->() { return &checked(); }
  const T* operator->() const { return &const_cast<Result*>(this)->checked(); }

  /// Requires: the result holds no value.
  const E& error() const {
    SIM_CHECK(state_.index() == 1);
    return *std::get_if<1>(&state_);
  }

 private:
  T& checked() {
    SIM_CHECK(state_.index() == 0);
    return *std::get_if<0>(&state_);
  }

  std::variant<T, E> state_;
};

}  // namespace sim
