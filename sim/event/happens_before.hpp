#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include <emmintrin.h>

#include "base/hash128.hpp"
#include "base/stack.hpp"
#include "event/footprint_table.hpp"
#include "event/step.hpp"

namespace sim {

/// The events of the running execution with their happens-before, as partial-order reduction needs it. An event is one
/// transition: what a thread does from one scheduling point to the next, with all that executes at once in it. It is
/// addressed by its depth: the number of choices before it. Values that a program chooses have depths of their own and
/// touch nothing; what the thread does with them belongs to its transition.
///
/// Clocks count the events of each thread in an event's past (Mattern 1989): in bytes, as long as no thread has more
/// than 255 events, else in words. All of it can be undone to any depth.
class HappensBefore {
 public:
  static constexpr std::uint32_t none = ~std::uint32_t{0};

  struct Event {
    std::uint8_t thread;
    OperationKind kind;  ///< OperationKind::choice: a chosen value.
    bool blocking;       ///< It is enabled in some states only.
    bool ends_all;       ///< It ended the execution of all threads.
    FootprintId footprint;
    std::uint32_t number;        ///< Of this thread's events, from 1.
    std::uint32_t clock;         ///< Record of what happens before it, itself included.
    std::uint32_t base;          ///< Record of what happens before it even if its own accesses are left out.
    std::uint32_t barrier;       ///< The last event before it that conflicts with all others; or `none`.
    std::uint32_t access_begin;  ///< Its accesses, in `accesses()`.
    std::uint32_t access_count;
    std::uint32_t race_begin, race_count;  ///< The events in `races()` that it races with.
    std::uint32_t value;                   ///< Of a chosen value.
    // How far the logs reached before it.
    std::uint32_t undo_before, records_before, steps_before;
  };
  /// One access, in the chain of all accesses to its object.
  struct ChainedAccess {
    AccessWord word;
    std::uint32_t event;
    std::uint32_t earlier;        ///< The one before on the same object, or `none`.
    std::uint32_t earlier_other;  ///< The nearest before of another mode, or `none`.
  };

  explicit HappensBefore(FootprintTable& footprints) : footprints_(footprints) { clear(); }
  void clear();

  /// The next event, of `thread`, is chosen; its steps follow in the log.
  void begin_event(ThreadId thread, OperationKind kind, bool blocking, const StepLog& log) {
    begin_event(thread, kind, blocking, log.steps.size());
  }
  /// The next choice is a value, for `thread`.
  void add_value(ThreadId thread, std::uint32_t value);
  /// The steps of the event that began last are complete. `everything`: it ended the execution of all threads.
  void finish_event(const StepLog& log, bool everything) { finish_event(log, log.steps.size(), everything); }
  /// Makes all events anew from a log. `everything`: of the last one.
  void rebuild(const StepLog& log, bool everything);
  /// A thread that goes on in the transition of another, as it has joined some that ended there.
  struct Join {
    std::uint64_t joined;  ///< A set.
    std::uint8_t thread;
  };
  static constexpr std::size_t max_joins_known = UINT8_MAX;
  /// A whole event, of which it is known what it does: it touches one object, or none, and `joins`.
  void add_known(ThreadId thread, OperationKind kind, bool blocking, FootprintId footprint,
                 std::span<const Join> joins);
  /// True iff the event at `depth`, which is complete, could be made by add_known(). Its joins are left in `joins`.
  bool could_be_known(std::uint32_t depth, const StepLog& log, std::vector<Join>& joins) const;
  /// The event whose steps are not complete, or `none`.
  std::uint32_t open_event() const { return open_; }
  /// What the steps from `from` on touch.
  FootprintId footprint_of(const StepLog& log, std::size_t from, bool everything) {
    return footprint_of(log, from, log.steps.size(), everything);
  }
  /// Back to the point before the choice at `depth`.
  void undo_to(std::size_t depth);

  std::size_t size() const { return events_.size(); }
  const Event& operator[](std::size_t depth) const { return events_[depth]; }
  const Event* begin() const { return events_.begin(); }
  const Event* end() const { return events_.end(); }
  const Stack<ChainedAccess>& accesses() const { return accesses_; }
  /// Of an event with one access, before which nothing conflicts with all events: the earlier events that conflict with
  /// it and would not happen before it otherwise, latest first.
  std::span<const std::uint32_t> races(const Event& event) const {
    return {races_.data() + event.race_begin, event.race_count};
  }
  /// The latest access to an object, in `accesses()`, or `none`.
  std::uint32_t latest_access(std::uint32_t object) const {
    return first_head + object < registers_.size() ? registers_[first_head + object] : none;
  }

  std::uint32_t clock_of(std::uint32_t record, std::uint32_t thread) const { return count_at(clock(record), thread); }
  /// True iff event `earlier` happens before event `later`. Requires: earlier < later.
  bool is_before(const Event& earlier, const Event& later) const {
    return clock_of(later.clock, earlier.thread) >= earlier.number;
  }
  /// Tells of many events whether one happens before them. For as long as none begins or is undone, and thread_clock()
  /// is not called, which may move clocks.
  class Before {
   public:
    Before(const HappensBefore& log, const Event& earlier)
        : counts_(log.clocks_.data() + earlier.thread * (log.wide_ ? sizeof(std::uint32_t) : 1)),
          stride_(log.stride_),
          number_(earlier.number),
          wide_(log.wide_) {}
    bool operator()(const Event& later) const {
      return count_in(counts_ + std::size_t{later.clock} * stride_, wide_) >= number_;
    }

   private:
    const std::byte* counts_;
    std::uint32_t stride_, number_;
    bool wide_;
  };
  /// Notes for each thread the least count in the clocks of the events from `first` on.
  void note_least(std::size_t first);
  /// True iff an event, the `number`th of its thread, happens before all those that note_least() was told of last.
  /// Requires: no event has begun since then, nor was thread_clock() called.
  bool is_before_noted(std::uint32_t thread, std::uint32_t number) const {
    return count_at(least_.data(), thread) >= number;
  }
  /// Threads that clocks have room for.
  std::uint32_t width() const { return width_; }
  /// What happens before the next event of a thread, whatever that is.
  std::uint32_t thread_clock(ThreadId thread) {
    learn_joined(thread);
    return registers_[thread];
  }
  /// The last event that conflicts with all others and ended nothing: a timer that fired; or `none`.
  std::uint32_t latest_barrier() const { return registers_[barrier_register]; }

  /// True iff an event did more than its own operation: created a thread, armed a timer, chose a value.
  bool has_side_effects() const { return side_effects_; }

  std::uint64_t memory_bytes() const;

  /// The same for all linearisations of one trace, different for different traces but for chance.
  Hash128 fingerprint() const;

 private:
  // In `registers_`: the clock record of each thread, the last barrier, for each thread those that it has joined and
  // not yet learnt from, 32 a register, and the latest access of each object. What an event changes there by itself is
  // undone from the event and its accesses, the rest from `undo_`.
  static constexpr std::size_t barrier_register = 64, first_joined = 65, first_head = first_joined + 2 * max_threads;
  struct Undo {
    std::uint32_t at, old;
  };

  std::uint32_t count_at(const std::byte* counts, std::uint32_t thread) const {
    return wide_ ? count_in(counts + thread * sizeof(std::uint32_t), true) : count_in(counts + thread, false);
  }
  static std::uint32_t count_in(const std::byte* place, bool wide) {
    if (!wide) [[likely]]
      return std::to_integer<std::uint8_t>(*place);
    std::uint32_t count = 0;
    std::memcpy(&count, place, sizeof count);
    return count;
  }
  // A clock by its record: `width()` counts.
  const std::byte* clock(std::uint32_t record) const { return clocks_.data() + std::size_t{record} * stride_; }
  std::byte* record(std::uint32_t number) { return clocks_.data() + std::size_t{number} * stride_; }
  std::uint32_t add_record() {
    clocks_.append(stride_);
    return records_++;
  }
  std::uint32_t new_record(std::uint32_t copied_from) {
    const std::uint32_t number = add_record();
    copy_record(number, copied_from);
    return number;
  }
  void begin_clock(Event& event);
  // With locals: the compiler must assume that a count it stores may be the stride.
  void copy_record(std::uint32_t to, std::uint32_t from) {
    std::byte* const place = record(to);
    const std::byte* const other = clock(from);
    store(place, load(other));
    for (std::uint32_t at = 16, end = stride_; at < end; at += 16) store(place + at, load(other + at));
  }
  void join(std::uint32_t into, std::uint32_t from) {
    std::byte* const place = record(into);
    const std::byte* const other = clock(from);
    if (wide_) [[unlikely]]
      return join_wide(place, other);
    store(place, _mm_max_epu8(load(place), load(other)));
    for (std::uint32_t at = 16, end = stride_; at < end; at += 16) {
      store(place + at, _mm_max_epu8(load(place + at), load(other + at)));
    }
  }
  void join_wide(std::byte* place, const std::byte* other) const;
  static __m128i load(const std::byte* from) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(from)); }
  static void store(std::byte* to, __m128i counts) { _mm_storeu_si128(reinterpret_cast<__m128i*>(to), counts); }
  void set_register(std::size_t at, std::uint32_t value) {
    undo_.push_back({static_cast<std::uint32_t>(at), registers_[at]});
    registers_[at] = value;
  }
  void make_room_for(std::uint32_t thread) {
    if (thread >= width()) [[unlikely]]
      widen(thread, wide_);
  }
  [[gnu::cold]] void widen(std::uint32_t thread, bool wide);
  Event& append(ThreadId thread, OperationKind kind, std::size_t from) {
    make_room_for(thread);
    Event& event = events_.append();
    event.thread = static_cast<std::uint8_t>(thread);
    event.kind = kind;
    event.blocking = event.ends_all = false;
    event.footprint = event.access_count = event.race_count = event.value = 0;
    event.race_begin = static_cast<std::uint32_t>(races_.size());
    event.access_begin = static_cast<std::uint32_t>(accesses_.size());
    event.undo_before = static_cast<std::uint32_t>(undo_.size());
    event.records_before = records_;
    event.steps_before = static_cast<std::uint32_t>(from);
    return event;
  }
  void begin_event(ThreadId thread, OperationKind kind, bool blocking, std::size_t from) {
    open_ = static_cast<std::uint32_t>(events_.size());
    add_event(thread, kind, blocking, from);
  }
  Event& add_event(ThreadId thread, OperationKind kind, bool blocking, std::size_t from) {
    learn_joined(thread);
    Event& event = append(thread, kind, from);
    event.blocking = blocking;
    event.base = registers_[thread];
    event.barrier = latest_barrier();
    event.clock = add_record();  // Written when the event is complete.
    registers_[thread] = event.clock;
    return event;
  }
  void finish_event(const StepLog& log, std::size_t to, bool everything);
  FootprintId footprint_of(const StepLog& log, std::size_t from, std::size_t to, bool everything);
  void follow_at_once(const StepLog& log, std::size_t from, std::size_t to);
  void finish_slowly(const StepLog& log, std::size_t to, bool everything);
  // Most threads do nothing more once they have joined others: what those did is learnt when the next event asks.
  void note_join(const Step& step) {
    if (step.value >= max_threads) return join_all(step.thread);
    note_join(step.thread, std::uint64_t{1} << step.value);
  }
  void note_join(ThreadId thread, std::uint64_t joined) {
    const std::size_t at = first_joined + std::size_t{2} * thread;
    const auto low = static_cast<std::uint32_t>(joined), high = static_cast<std::uint32_t>(joined >> 32);
    if (low != 0) set_register(at, registers_[at] | low);
    if (high != 0) set_register(at + 1, registers_[at + 1] | high);
  }
  std::uint64_t joined_by(ThreadId thread) const {
    std::uint64_t joined = 0;
    std::memcpy(&joined, &registers_[first_joined + std::size_t{2} * thread], sizeof joined);
    return joined;
  }
  void learn_joined(ThreadId thread) {
    if (joined_by(thread) != 0) [[unlikely]]
      learn_from_joined(thread);
  }
  [[gnu::noinline]] void learn_from_joined(ThreadId thread);
  void forget_joined(ThreadId thread);
  void join_all(ThreadId thread);
  void end_threads(const Step& crash);
  class RecordedClock;
  class ShortClock;
  [[gnu::cold]] void note_least_wide(std::size_t first);
  void complete(Event& event, std::uint32_t depth, FootprintId footprint);
  [[gnu::noinline]] void complete_slowly(Event& event, std::uint32_t depth, FootprintId footprint);
  [[gnu::cold]] void add_objects(std::size_t last);
  template <class Clock>
  void chain_access(Event& event, std::uint32_t depth, AccessWord word, Clock& clock);
  void chain_accesses(Event& event, std::uint32_t depth, bool ends_all);

  FootprintTable& footprints_;
  Stack<Event> events_;
  Stack<std::byte> clocks_, least_;
  std::uint32_t stride_ = 16, width_ = 16;  ///< Bytes of a record: a multiple of 16; threads it has room for.
  std::uint32_t records_ = 0;
  bool wide_ = false;  ///< Counts are words.
  Stack<std::uint32_t> registers_;
  Stack<ChainedAccess> accesses_;
  Stack<std::uint32_t> races_;
  Stack<Undo> undo_;
  std::uint32_t open_ = none;
  bool side_effects_ = false;
  std::vector<Access> scratch_;
};

}  // namespace sim
