#include "event/happens_before.hpp"

#include <algorithm>
#include <cstring>
#include <span>

#include "base/check.hpp"

namespace sim {

namespace {

constexpr bool takes_mutex(OperationKind kind) {
  return kind == OperationKind::mutex_lock || kind == OperationKind::mutex_try_lock ||
         kind == OperationKind::condition_wake;
}

}  // namespace

void HappensBefore::clear() {
  events_.clear();
  clocks_.assign(stride_, 0);
  records_ = 1;  // Record 0: nothing happened.
  registers_.assign(first_head, 0);
  registers_[barrier_register] = none;
  accesses_.clear();
  undo_.clear();
  open_ = none;
}

// ---- the log ------------------------------------------------------------------------------------

[[gnu::always_inline]] inline HappensBefore::Event& HappensBefore::append(ThreadId thread, std::size_t from) {
  make_room_for(thread);
  Event& event = events_.append();
  event.thread = thread;
  event.access_begin = event.access_count = event.footprint = event.value = 0;
  event.blocking = false;
  event.undo_before = static_cast<std::uint32_t>(undo_.size());
  event.records_before = records_;
  event.accesses_before = static_cast<std::uint32_t>(accesses_.size());
  event.steps_before = static_cast<std::uint32_t>(from);
  return event;
}

void HappensBefore::begin_event(ThreadId thread, OperationKind kind, bool blocking, std::size_t from) {
  open_ = static_cast<std::uint32_t>(events_.size());
  Event& event = append(thread, from);
  event.kind = kind;
  event.blocking = blocking;
  event.base = registers_[thread];
  event.barrier = latest_barrier();
  event.clock = new_record(event.base);
  begin_clock(event);
  event.number = ++record(event.clock)[thread];
  set_register(thread, event.clock);
}

void HappensBefore::begin_clock(const Event& event) {
  if (event.barrier != none) join(event.clock, events_[event.barrier].clock);
}

void HappensBefore::add_value(ThreadId thread, std::uint32_t value) {
  Event& event = append(thread, 0);
  event.kind = OperationKind::choice;
  event.value = value;
  // Asked by a thread that the running transition has let go on: what happens before it is known when that is complete.
  const bool of_other = open_ != none && events_[open_].thread != thread;
  event.clock = of_other ? new_record(registers_[thread]) : registers_[thread];
  event.base = event.clock;
  event.number = clock_of(event.clock, thread);
  side_effects_ = true;
}

void HappensBefore::finish_event(const StepLog& log, std::size_t to, bool everything) {
  const std::uint32_t depth = open_;
  if (depth == none) return;
  open_ = none;
  Event& event = events_[depth];
  const std::size_t from = event.steps_before;
  if (depth + 1 != events_.size()) {  // It may have been finished before, with other values.
    copy_record(event.clock, event.base);
    begin_clock(event);
    record(event.clock)[event.thread] = event.number;
  }
  event.ends_all = everything;
  event.footprint = footprint_of(log, from, to, everything);
  chain_accesses(event, depth, everything);
  for (std::size_t at = depth + 1; at < events_.size(); ++at) {
    if (events_[at].clock == event.clock) continue;
    copy_record(events_[at].clock, registers_[events_[at].thread]);
    join(events_[at].clock, event.clock);
  }
  if (to - from > 1) follow_at_once(log, from, to);
}

void HappensBefore::rebuild(const StepLog& log, bool everything) {
  clear();
  for (std::size_t at = 0; at < log.steps.size(); ++at) {
    const Step& step = log.steps[at];
    if (step.kind == OperationKind::choice) {
      add_value(step.thread, static_cast<std::uint32_t>(step.value));
    } else if (!executes_at_once(step.kind)) {
      finish_event(log, at, false);
      begin_event(step.thread, step.kind, false, at);
    }
  }
  finish_event(log, log.steps.size(), everything);
}

FootprintId HappensBefore::footprint_of(const StepLog& log, std::size_t from, std::size_t to, bool everything) {
  const std::span<const Step> steps(log.steps.data() + from, to - from);
  if (steps.size() == 1 && !everything && steps[0].more_count == 0 && steps[0].kind != OperationKind::thread_spawn) {
    return footprints_.id_of({steps[0].object, steps[0].mode});
  }
  bool single = !everything && !steps.empty() && steps[0].more_count == 0;
  for (std::size_t at = 1; single && at < steps.size(); ++at) {
    const Step& step = steps[at];
    single = step.object == no_object && step.more_count == 0 && step.kind != OperationKind::thread_spawn;
  }
  if (single) return footprints_.id_of({steps[0].object, steps[0].mode});
  scratch_.clear();
  const auto is_side_effect = [](const Access& access) { return is_reserved(access.object); };
  for (const Step& step : steps) {
    scratch_.push_back({step.object, step.mode});
    const auto further = log.further(step);
    for (const Access& access : further) {
      scratch_.push_back(access);
      everything = everything || access.object == everything_object;
    }
    if ((&step != steps.data() && !further.empty()) || std::ranges::any_of(further, is_side_effect)) {
      side_effects_ = true;
    }
    if (step.kind == OperationKind::thread_spawn) side_effects_ = true;
  }
  return footprints_.id_of(scratch_, everything);
}

// Spawning and joining order events without being any.
void HappensBefore::follow_at_once(const StepLog& log, std::size_t from, std::size_t to) {
  for (std::size_t at = from; at < to; ++at) {
    const Step& step = log.steps[at];
    if (step.kind == OperationKind::thread_spawn) {
      const auto child = static_cast<ThreadId>(step.value);
      make_room_for(child);
      set_register(child, registers_[step.thread]);
    } else if (step.kind == OperationKind::thread_join) {
      make_room_for(step.thread);
      if (step.value < max_threads && is_covered(registers_[step.value], registers_[step.thread])) continue;
      const std::uint32_t joined = new_record(registers_[step.thread]);
      const bool all = step.value >= max_threads;
      for (ThreadId thread = 0; thread < (all ? stride_ : 0); ++thread) join(joined, registers_[thread]);
      if (!all) join(joined, registers_[step.value]);
      set_register(step.thread, joined);
    }
  }
}

// ---- clocks -------------------------------------------------------------------------------------

void HappensBefore::chain_accesses(Event& event, std::uint32_t depth, bool ends_all) {
  const FootprintId single = event.footprint;
  const std::span<const AccessWord> words = footprints_.accesses(single);
  event.access_begin = static_cast<std::uint32_t>(accesses_.size());
  event.access_count = static_cast<std::uint32_t>(words.size());
  for (const AccessWord word : words) {
    const std::size_t place = first_head + object_of(word);
    while (registers_.size() <= place) registers_.push_back(none);
    const std::uint32_t head = registers_[place];
    const AccessMode mode = mode_of(word);
    for (std::uint32_t at = head; at != none; at = accesses_[at].earlier) {
      const ChainedAccess& access = accesses_[at];
      const AccessMode other = mode_of(access.word);
      if (conflict(mode, other)) {
        const Event& earlier = events_[access.event];
        if (clock_of(event.clock, earlier.thread) < earlier.number) join(event.clock, earlier.clock);
      }
      if (other == AccessMode::write) break;  // It happens after all that came before it on this object.
    }
    if (event.kind == OperationKind::mutex_lock && head != none) note_nested_lock(event, head);
    set_register(place, static_cast<std::uint32_t>(accesses_.size()));
    accesses_.push_back({word, depth, head});
  }
  if (footprints_.is_everything(event.footprint)) {
    for (ThreadId thread = 0; thread < stride_; ++thread) join(event.clock, registers_[thread]);
    if (ends_all) return;
    set_register(barrier_register, depth);
  }
}

void HappensBefore::note_nested_lock(const Event& event, std::uint32_t earlier_access) {
  const Event& earlier = events_[accesses_[earlier_access].event];
  if (earlier.thread == event.thread && takes_mutex(earlier.kind)) nested_locks_ = true;
}

// True iff one record adds nothing to the other.
bool HappensBefore::is_covered(std::uint32_t one, std::uint32_t by) const {
  for (std::uint32_t thread = 0; thread < stride_; thread += 4) {
    const __m128i greater = _mm_cmpgt_epi32(load(clock(one) + thread), load(clock(by) + thread));
    if (_mm_movemask_epi8(greater) != 0) return false;
  }
  return true;
}

void HappensBefore::minimum_of(std::size_t first, std::vector<std::uint32_t>& counts) const {
  counts.resize(stride_);
  for (std::uint32_t thread = 0; thread < stride_; thread += 4) {
    __m128i least = load(clock(events_[first].clock) + thread);
    for (std::size_t at = first + 1; at < events_.size(); ++at) {
      const __m128i other = load(clock(events_[at].clock) + thread);
      const __m128i greater = _mm_cmpgt_epi32(least, other);
      least = _mm_or_si128(_mm_and_si128(greater, other), _mm_andnot_si128(greater, least));
    }
    store(counts.data() + thread, least);
  }
}

void HappensBefore::widen(std::uint32_t thread) {
  std::uint32_t wider = stride_;
  while (wider <= thread) wider *= 2;
  const std::vector<std::uint32_t> old(clocks_.begin(), clocks_.end());
  clocks_.assign(std::size_t{records_} * wider, 0);
  for (std::uint32_t number = 0; number < records_; ++number) {
    std::copy_n(old.begin() + number * stride_, stride_, clocks_.begin() + number * wider);
  }
  stride_ = wider;
}

// ---- undoing ------------------------------------------------------------------------------------

void HappensBefore::undo_to(std::size_t depth) {
  if (depth >= events_.size()) return;
  const Event& event = events_[depth];
  for (std::size_t last = undo_.size(); last-- > event.undo_before;) registers_[undo_[last].at] = undo_[last].old;
  undo_.cut_to(event.undo_before);
  records_ = event.records_before;
  clocks_.cut_to(std::size_t{records_} * stride_);
  accesses_.cut_to(event.accesses_before);
  // A value is chosen in the middle of a transition, which then is to be finished anew.
  open_ = none;
  if (event.kind == OperationKind::choice) {
    std::size_t transition = depth;
    while (transition > 0 && events_[transition].kind == OperationKind::choice) --transition;
    if (events_[transition].kind != OperationKind::choice) open_ = static_cast<std::uint32_t>(transition);
  }
  events_.cut_to(depth);
}

std::uint64_t HappensBefore::memory_bytes() const {
  return events_.capacity() * sizeof(Event) + clocks_.capacity() * sizeof(std::uint32_t) +
         accesses_.capacity() * sizeof(ChainedAccess) + undo_.capacity() * sizeof(Undo);
}

// ---- fingerprint --------------------------------------------------------------------------------

Hash128 HappensBefore::fingerprint() const {
  Hash128 sum;
  std::uint32_t values = 0;
  for (const Event& event : events_) {
    Hash128 hash = mix({event.thread, event.number}, static_cast<std::uint64_t>(event.kind));
    if (event.kind == OperationKind::choice) {
      hash = mix(hash, std::uint64_t{++values} << 32 | event.value);
    } else {
      values = 0;
      // Without groups: which objects belong to one may become known only later.
      for (const AccessWord word : footprints_.accesses(event.footprint)) {
        if (!footprints_.is_group(object_of(word))) hash = mix(hash, word);
      }
      for (std::uint32_t thread = 0; thread < stride_; ++thread) {
        const std::uint32_t count = clock_of(event.clock, thread);
        if (count != 0) hash = mix(hash, std::uint64_t{thread} << 32 | count);
      }
    }
    sum += hash;
  }
  return sum;
}

}  // namespace sim
