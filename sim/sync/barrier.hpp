#pragma once

#include <concepts>
#include <cstddef>
#include <type_traits>
#include <utility>

#include "sync/object.hpp"

namespace sim {
namespace detail {

struct NoCompletion {
  void operator()() noexcept {}
};

}  // namespace detail

/// std::barrier. Arriving more often than expected is a violation. The thread that arrives last calls the completion
/// function, if there is one; the phase ends behind it, with an event of its own.
///
/// Each of two successive phases has a part of the barrier: who leaves one phase is independent of who arrives in the
/// next. Arrivals commute, and only add, where they cannot end up in another phase: there is no completion function,
/// and the thread has waited for the phase to begin (or it is the first).
template <class CompletionFunction = detail::NoCompletion>
class alignas(8) barrier {
 public:
  class arrival_token {
   public:
    arrival_token(arrival_token&&) noexcept = default;
    arrival_token& operator=(arrival_token&&) noexcept = default;

   private:
    friend class barrier;
    explicit arrival_token(std::uint32_t phase) : phase_(phase) {}
    std::uint32_t phase_;
  };

  explicit barrier(std::ptrdiff_t expected, CompletionFunction completion = CompletionFunction(),
                   std::string_view name = {}) requires std::invocable<CompletionFunction&>
      : completion_(std::move(completion)), expected_(expected), missing_(expected) {
    if (expected < 0) runtime::violate("barrier-misuse", "a barrier is made for less than no threads");
    if (runtime::names_wanted()) runtime::name_object(this, name, "barrier", 2);
  }
  barrier(std::ptrdiff_t expected,
          std::string_view name) requires std::same_as<CompletionFunction, detail::NoCompletion>
      : barrier(expected, {}, name) {}
  barrier(const barrier&) = delete;
  barrier& operator=(const barrier&) = delete;
  ~barrier() { runtime::object_ends(); }

  [[nodiscard]] arrival_token arrive(std::ptrdiff_t update = 1) {
    return arrival_token(arrive(OperationKind::barrier_arrive, update, 0));
  }

  void wait(arrival_token&& arrival) const {
    const std::uint64_t me = std::uint64_t{1} << runtime::this_thread();
    const ObjectId phase = part(arrival.phase_);
    if (arrival.phase_ == phase_) {
      waiting_ |= me;
      const Waiter waiter{this, me};
      runtime::announce_blocking_named(OperationKind::barrier_wait, phase, AccessMode::read, is_over, &waiter,
                                       Synchronization::acquire);
    } else {
      leaving_ |= me;
      runtime::announce_named(OperationKind::barrier_wait, phase, AccessMode::read, Synchronization::acquire);
    }
    in_step_ |= leaving_ & me;
    leaving_ &= ~me;
  }

  void arrive_and_wait() { wait(arrive()); }

  /// From the next phase on, one arrival less is expected.
  void arrive_and_drop() { arrive(OperationKind::barrier_drop, 1, 1); }

  static constexpr std::ptrdiff_t max() noexcept { return PTRDIFF_MAX; }

  /// For StateIdentity::logical.
  std::uint64_t contents() const {
    return mix({static_cast<std::uint64_t>(missing_), static_cast<std::uint64_t>(expected_)}, phase_).low;
  }

 private:
  static constexpr bool completes = !std::same_as<CompletionFunction, detail::NoCompletion>;

  struct Waiter {
    const barrier* waits_for;
    std::uint64_t thread;
  };
  static bool is_over(const void* waiter) {
    const auto& it = *static_cast<const Waiter*>(waiter);
    return (it.waits_for->waiting_ & it.thread) == 0;
  }
  ObjectId part(std::uint32_t phase) const { return runtime::part_of(runtime::object_at(this), phase); }

  // Returns the phase in which it arrives.
  std::uint32_t arrive(OperationKind kind, std::ptrdiff_t update, std::ptrdiff_t drop) {
    runtime::announce_named(kind, part(phase_), AccessMode::write, Synchronization::release);
    const std::uint32_t phase = phase_;
    const bool in_step = (in_step_ >> runtime::this_thread() & 1) != 0;
    const bool is_last = update == missing_;
    runtime::set_access(part(phase), in_step && !completes ? AccessMode::add : AccessMode::write,
                        completes && is_last ? Synchronization::both : Synchronization::release);
    if (!in_step) runtime::access(part(1 - phase), AccessMode::write);
    if (update <= 0 || update > missing_ || drop > expected_) {
      runtime::set_mode(AccessMode::write);
      runtime::violate("barrier-misuse", "more threads arrive at a barrier than it expects");
    }
    {
      const detail::Change<barrier> change(*this);
      missing_ -= update;
      expected_ -= drop;
      if (is_last && !completes) end_phase();
    }
    if (runtime::recording()) runtime::set_text(is_last ? "last" : std::to_string(missing_) + " missing");
    if constexpr (completes) {
      if (is_last) complete();
    }
    return phase;
  }

  void complete() {
    completion_();
    runtime::announce_named(OperationKind::barrier_complete, part(phase_), AccessMode::write, Synchronization::both);
    const detail::Change<barrier> change(*this);
    end_phase();
  }

  void end_phase() {
    missing_ = expected_;
    phase_ = 1 - phase_;
    leaving_ = waiting_;
    waiting_ = in_step_ = 0;
  }

  [[no_unique_address]] CompletionFunction completion_;
  std::ptrdiff_t expected_;  ///< Arrivals, from the next phase on.
  std::ptrdiff_t missing_;   ///< Arrivals, until the phase ends.
  std::uint32_t phase_ = 0;  ///< 0 and 1 take turns.
  // A thread looks at its own bits only, and the end of a phase at all: no footprint needs to show them.
  mutable std::uint64_t waiting_ = 0;                  ///< Threads that wait for the end of the phase.
  mutable std::uint64_t leaving_ = 0;                  ///< Threads that need not wait any more for the end of the last.
  mutable std::uint64_t in_step_ = ~std::uint64_t{0};  ///< Threads that know that the phase has begun.
};

}  // namespace sim
