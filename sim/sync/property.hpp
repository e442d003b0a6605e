#pragma once

#include <concepts>
#include <cstdint>
#include <new>
#include <string_view>
#include <type_traits>
#include <utility>

#include <fmt/format.h>

#include "sync/object.hpp"

namespace sim {

/// Returns a value from 0 to n-1; every one is explored. Requires: n is at least 1.
inline std::uint32_t choose(std::uint32_t n) {
  if (n == 0) runtime::violate("choose-misuse", "sim::choose(0): there is no value to choose");
  return runtime::choose(n);
}

/// Ends the execution as a violation of `property` unless `condition` holds.
inline void check(bool condition, std::string_view property, std::string_view detail = {}) {
  if (!condition) [[unlikely]]
    runtime::violate(property, detail);
}

/// Records a violation of `property` unless `condition` holds, and goes on, so that one execution can violate several.
inline void expect(bool condition, std::string_view property, std::string_view detail = {}) {
  if (!condition) [[unlikely]]
    runtime::report_violation(property, detail);
}

/// Drops the execution unless `condition` holds; it is counted in Report::assumed_away. What was violated before, data
/// races included, is reported.
inline void assume(bool condition) {
  if (!condition) [[unlikely]]
    runtime::assume_failed();
}

/// Adds `name=value` to the outcome of the execution.
template <class T>
void observe(std::string_view name, const T& value) {
  if constexpr (std::is_integral_v<T> || std::is_enum_v<T>) {
    runtime::observe_integer(name, static_cast<std::int64_t>(value));
  } else if constexpr (std::is_convertible_v<const T&, std::string_view>) {
    runtime::observe_text(name, value);
  } else {
    runtime::observe_text(name, detail::text_of(value));
  }
}

/// Marks a goal as reached: Report::goals says how often, so that "holds" is never vacuous. `goal` must be a literal.
inline void reach(std::string_view goal) {
  runtime::reach(goal);
}

namespace detail {
// Out of line, so that a text's bytes are no part of the caller's frame, and so of the state.
template <class... A>
[[gnu::noinline, gnu::cold]] void add_note(fmt::format_string<A...> format, A&&... arguments) {
  runtime::add_note(fmt::format(format, std::forward<A>(arguments)...));
}
template <class... A>
[[gnu::noinline, gnu::cold]] void describe(fmt::format_string<A...> format, A&&... arguments) {
  runtime::set_text(fmt::format(format, std::forward<A>(arguments)...));
}
}  // namespace detail

/// A log line: an annotation of the current event. It costs no state and no interleaving, and is formatted only when an
/// execution is recorded.
template <class... A>
void note(fmt::format_string<A...> format, A&&... arguments) {
  if (runtime::recording()) detail::add_note<A...>(format, std::forward<A>(arguments)...);
}

/// True iff the execution is recorded for people, so that text is wanted.
inline bool is_recorded() {
  return runtime::recording();
}

/// Replaces what the calling thread's last event shows to people: "Status=NONE" says more than a count of bytes.
template <class... A>
void describe(fmt::format_string<A...> format, A&&... arguments) {
  if (runtime::recording()) detail::describe<A...>(format, std::forward<A>(arguments)...);
}

/// While one lives, operations of the calling thread execute at once and leave no event: for making the initial state
/// before other threads exist.
using InitialState = runtime::InitialState;

/// Blocks until `predicate`, evaluated atomically, holds; no spinning. The predicate must only read.
template <std::predicate P>
void await(P predicate) {
  runtime::await([](const void* it) { return static_cast<bool>((*static_cast<const P*>(it))()); }, &predicate);
}

namespace detail {
/// A predicate and the name of its property, in the heap of the thread that states it: they live as long as it.
template <std::predicate P>
class StatedPredicate {
 public:
  static StatedPredicate& make(std::string_view property, P predicate) {
    void* const memory = ::operator new(sizeof(StatedPredicate) + property.size());
    auto* const stated = new (memory) StatedPredicate(std::move(predicate), property.size());
    std::memcpy(reinterpret_cast<char*>(stated + 1), property.data(), property.size());
    return *stated;
  }
  std::string_view property() const { return {reinterpret_cast<const char*>(this + 1), size_}; }
  static bool holds(const void* it) { return static_cast<bool>(static_cast<const StatedPredicate*>(it)->predicate_()); }

 private:
  StatedPredicate(P predicate, std::size_t size) : predicate_(std::move(predicate)), size_(size) {}

  P predicate_;
  std::size_t size_;
};
}  // namespace detail

/// From now on, until the calling thread ends, `predicate` must hold in every state. It must only read, and only what
/// is tracked: primitives and files.
template <std::predicate P>
void invariant(std::string_view property, P predicate) {
  using Stated = detail::StatedPredicate<P>;
  const Stated& stated = Stated::make(property, std::move(predicate));
  runtime::invariant(stated.property(), Stated::holds, &stated);
}

/// From now on, until the calling thread ends, `predicate` must hold again and again (GF in linear temporal logic): in
/// every execution that never ends and is strongly fair, after each state there comes one in which it holds. Of those
/// only Strategy::stateful knows, with Options::livelocks. And it must hold where the thread ends, or before that where
/// an object ends that it reads, and in a deadlock. What a crash kills is not judged. It must only read, and only what
/// is tracked: primitives and files. Of at most 8 such properties at a time executions that never end are judged.
/// States are scheduling points: what a predicate is in between does not count. Not for loops that never end: what is
/// stated stays in memory until the thread ends, so that no state would come again.
template <std::predicate P>
void eventually(std::string_view property, P predicate) {
  using Stated = detail::StatedPredicate<P>;
  const Stated& stated = Stated::make(property, std::move(predicate));
  runtime::eventually(stated.property(), Stated::holds, &stated);
}

}  // namespace sim
