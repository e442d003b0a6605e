#pragma once

#include <bit>
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
/// next. Arrivals commute, and only add, as long as none of them can end up in another phase: there is no completion
/// function, no more threads than expected have come here, and each of them always waits.
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
      : completion_(std::move(completion)), places_(expected), expected_(expected), missing_(expected) {
    if (expected < 0) runtime::violate("barrier-misuse", "a barrier is made for less than no threads");
    if (runtime::names_wanted()) runtime::name_object(this, name, "barrier", 2);
  }
  barrier(std::ptrdiff_t expected,
          std::string_view name) requires std::same_as<CompletionFunction, detail::NoCompletion>
      : barrier(expected, {}, name) {}
  barrier(const barrier&) = delete;
  barrier& operator=(const barrier&) = delete;
  ~barrier() { runtime::object_ends(this); }

  [[nodiscard]] arrival_token arrive(std::ptrdiff_t update = 1) {
    return arrival_token(arrive(OperationKind::barrier_arrive, update, 0, false));
  }

  /// Requires, as std does: `arrival` is of the current phase or the one before; else it is a violation.
  [[gnu::noinline]] void wait(arrival_token&& arrival) const {
    const Arrived arrived{this, arrival.phase_};
    runtime::announce_blocking_named(OperationKind::barrier_wait, part(arrived.phase), AccessMode::read, is_past,
                                     &arrived, Synchronization::acquire);
    runtime::access(part(arrived.phase + 1), AccessMode::read);  // Whether the next phase is over, too.
    if (phase_ != next(arrived.phase)) {
      runtime::violate("barrier-misuse", "a thread waits for a phase that ended before the last one did");
    }
  }

  /// Two events: it arrives, and waits.
  [[gnu::noinline]] void arrive_and_wait() {
    come();
    const std::uint32_t phase = arrive(OperationKind::barrier_arrive, 1, 0, true);
    if (phase != phase_) {
      runtime::announce_named(OperationKind::barrier_wait, part(phase), AccessMode::read, Synchronization::acquire);
      return;
    }
    // Later phases do not block it again. Nobody else looks at its bit, so that no footprint needs to show it.
    const Waiter waiter{this, my_bit()};
    waiting_ |= waiter.thread;
    runtime::announce_blocking_named(OperationKind::barrier_wait, part(phase), AccessMode::read, is_over, &waiter,
                                     Synchronization::acquire);
  }

  /// From the next phase on, one arrival less is expected.
  void arrive_and_drop() { arrive(OperationKind::barrier_drop, 1, 1, false); }

  static constexpr std::ptrdiff_t max() noexcept { return PTRDIFF_MAX; }

  /// For StateIdentity::logical.
  std::uint64_t contents() const {
    return mix({static_cast<std::uint64_t>(missing_), static_cast<std::uint64_t>(expected_)}, phase_).low;
  }

 private:
  [[gnu::noinline, gnu::cold]] static void show_arrival(bool is_last, std::ptrdiff_t missing) {
    runtime::set_text(is_last ? "last" : std::to_string(missing) + " missing");
  }

  static constexpr bool completes = !std::same_as<CompletionFunction, detail::NoCompletion>;

  struct Arrived {
    const barrier* it;
    std::uint32_t phase;
  };
  static bool is_past(const void* argument) {
    const auto& arrived = *static_cast<const Arrived*>(argument);
    return arrived.it->phase_ != arrived.phase;
  }
  struct Waiter {
    const barrier* waits_for;
    std::uint64_t thread;
  };
  static bool is_over(const void* waiter) {
    const auto& it = *static_cast<const Waiter*>(waiter);
    return (it.waits_for->waiting_ & it.thread) == 0;
  }
  static std::uint64_t my_bit() { return std::uint64_t{1} << runtime::this_thread(); }
  ObjectId part(std::uint32_t phase) const { return runtime::part_of(runtime::object_at(this), phase % 2); }
  std::uint32_t next(std::uint32_t phase) const { return (phase + 1) % (phases_mix_ ? 4 : 2); }

  // A thread is about to arrive. From the first that is too many, all arrivals depend on each other.
  void come() {
    threads_ |= my_bit();
    if (phases_mix_ || std::popcount(threads_) <= places_) return;
    phases_mix_ = true;
    for (const std::uint32_t phase : {0U, 1U}) runtime::access(part(phase), AccessMode::write);
  }

  // Returns the phase in which it arrives.
  std::uint32_t arrive(OperationKind kind, std::ptrdiff_t update, std::ptrdiff_t drop, bool waits) {
    runtime::announce_named(kind, part(phase_), AccessMode::write, Synchronization::release);
    const std::uint32_t phase = phase_;
    const bool is_last = update == missing_;
    phases_mix_ = phases_mix_ || !waits;
    runtime::set_access(part(phase), completes || phases_mix_ ? AccessMode::write : AccessMode::add,
                        completes && is_last ? Synchronization::both : Synchronization::release);
    if (phases_mix_) runtime::access(part(phase + 1), AccessMode::write);
    if (update <= 0 || update > missing_ || drop > expected_) {
      runtime::violate("barrier-misuse", "more threads arrive at a barrier than it expects");
    }
    {
      const detail::Change<barrier> change(*this);
      missing_ -= update;
      expected_ -= drop;
      if (is_last && !completes) end_phase();
    }
    if (runtime::recording()) show_arrival(is_last, missing_);
    if constexpr (completes) {
      if (is_last) complete();
    }
    return phase;
  }

  void complete() {
    completion_();
    runtime::announce_named(OperationKind::barrier_complete, part(phase_), AccessMode::write, Synchronization::both);
    if (phases_mix_) runtime::access(part(phase_ + 1), AccessMode::write);
    const detail::Change<barrier> change(*this);
    end_phase();
  }

  void end_phase() {
    missing_ = expected_;
    phase_ = next(phase_);
    waiting_ = 0;
  }

  [[no_unique_address]] CompletionFunction completion_;
  std::ptrdiff_t places_;      ///< Arrivals in the first phase.
  std::ptrdiff_t expected_;    ///< Arrivals, from the next phase on.
  std::ptrdiff_t missing_;     ///< Arrivals, until the phase ends.
  std::uint64_t threads_ = 0;  ///< That came here.
  std::uint32_t phase_ = 0;  ///< 0 and 1 take turns; 0 to 3 if phases mix, so that a wait for one long over is noticed.
  bool phases_mix_ = false;  ///< A thread may arrive in one phase or another, depending on the others.
  mutable std::uint64_t waiting_ = 0;  ///< Threads that wait for the end of the phase.
};

}  // namespace sim
