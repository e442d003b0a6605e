// What few transitions ask of the happens-before: several accesses, threads that spawn and join others, counts beyond a
// byte, and what is asked once an execution.
#include <algorithm>
#include <bit>
#include <cstring>
#include <span>

#include "event/happens_before.hpp"

namespace sim {

// ---- the log ------------------------------------------------------------------------------------

void HappensBefore::finish_slowly(const StepLog& log, std::size_t to, bool everything) {
  const std::uint32_t depth = open_;
  open_ = none;
  Event& event = events_[depth];
  const std::size_t from = event.steps_before;
  begin_clock(event);
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
  scratch_.clear();
  const auto is_side_effect = [](const Access& access) { return is_reserved(access.object); };
  // Of these it is said beforehand what they touch.
  const OperationKind kind = steps.empty() ? OperationKind::none : steps.front().kind;
  const bool says_all = is_predictable(kind) || kind == OperationKind::mutex_lock;
  for (const Step& step : steps) {
    scratch_.push_back({step.object, step.mode});
    const auto further = log.further(step);
    for (const Access& access : further) {
      scratch_.push_back(access);
      everything = everything || access.object == everything_object;
    }
    const bool touches_more = !further.empty() && (says_all || &step != steps.data());
    if (touches_more || std::ranges::any_of(further, is_side_effect)) side_effects_ = true;
    if (step.kind == OperationKind::thread_spawn || is_crash(step.kind)) side_effects_ = true;
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
      learn_joined(step.thread);
      set_register(child, registers_[step.thread]);
    } else if (step.kind == OperationKind::thread_join) {
      note_join(step);
    } else if (is_crash(step.kind)) {
      end_threads(step);
    }
  }
}

// Whoever joins a thread that was killed comes after the crash.
void HappensBefore::end_threads(const Step& crash) {
  for (std::uint64_t rest = crash.value; rest != 0; rest &= rest - 1) {
    const auto thread = static_cast<ThreadId>(std::countr_zero(rest));
    if (thread == crash.thread) continue;
    make_room_for(thread);
    forget_joined(thread);
    set_register(thread, registers_[crash.thread]);
  }
}

void HappensBefore::learn_from_joined(ThreadId thread) {
  make_room_for(thread);
  const std::uint64_t joined = joined_by(thread);
  forget_joined(thread);
  const std::uint32_t clock = new_record(registers_[thread]);
  for (std::uint64_t rest = joined; rest != 0; rest &= rest - 1) {
    const auto other = static_cast<ThreadId>(std::countr_zero(rest));
    learn_joined(other);
    join(clock, registers_[other]);
  }
  set_register(thread, clock);
}

void HappensBefore::forget_joined(ThreadId thread) {
  for (const std::size_t at : {first_joined + std::size_t{2} * thread, first_joined + std::size_t{2} * thread + 1}) {
    if (registers_[at] != 0) set_register(at, 0);
  }
}

// Whom the others have joined is one of the others.
void HappensBefore::join_all(ThreadId thread) {
  make_room_for(thread);
  const std::uint32_t clock = new_record(registers_[thread]);
  for (ThreadId other = 0; other < width(); ++other) join(clock, registers_[other]);
  set_register(thread, clock);
}

// ---- clocks -------------------------------------------------------------------------------------

void HappensBefore::join_wide(std::byte* place, const std::byte* other) const {
  for (std::uint32_t at = 0; at < stride_; at += 16) {
    const __m128i a = load(place + at), b = load(other + at);
    const __m128i greater = _mm_cmpgt_epi32(a, b);  // Counts stay below 2^31.
    store(place + at, _mm_or_si128(_mm_and_si128(greater, a), _mm_andnot_si128(greater, b)));
  }
}

void HappensBefore::note_least_wide(std::size_t first) {
  for (std::uint32_t thread = 0; thread < width(); ++thread) {
    std::uint32_t least = ~std::uint32_t{0};
    for (std::size_t at = first; at < events_.size(); ++at)
      least = std::min(least, clock_of(events_[at].clock, thread));
    std::memcpy(least_.data() + thread * sizeof least, &least, sizeof least);
  }
}

// Makes room for counts of `thread`, in words if `wide`.
void HappensBefore::widen(std::uint32_t thread, bool wide) {
  const std::uint32_t old_width = width();
  std::uint32_t new_width = old_width;
  while (new_width <= thread) new_width *= 2;
  std::vector<std::uint32_t> counts;
  for (std::uint32_t number = 0; number < records_; ++number) {
    for (std::uint32_t at = 0; at < old_width; ++at) counts.push_back(clock_of(number, at));
  }
  wide_ = wide;
  width_ = new_width;
  stride_ = new_width * (wide ? 4 : 1);
  clocks_.assign(std::size_t{records_} * stride_, std::byte{0});
  for (std::uint32_t number = 0; number < records_; ++number) {
    for (std::uint32_t at = 0; at < old_width; ++at) {
      const std::uint32_t count = counts[std::size_t{number} * old_width + at];
      if (wide)
        std::memcpy(record(number) + at * sizeof count, &count, sizeof count);
      else
        record(number)[at] = static_cast<std::byte>(count);
    }
  }
}

std::uint64_t HappensBefore::memory_bytes() const {
  return events_.capacity() * sizeof(Event) + clocks_.capacity() + accesses_.capacity() * sizeof(ChainedAccess) +
         races_.capacity() * sizeof(std::uint32_t) + undo_.capacity() * sizeof(Undo);
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
      for (std::uint32_t thread = 0; thread < width(); ++thread) {
        const std::uint32_t count = clock_of(event.clock, thread);
        if (count != 0) hash = mix(hash, std::uint64_t{thread} << 32 | count);
      }
    }
    sum += hash;
  }
  return sum;
}

}  // namespace sim
