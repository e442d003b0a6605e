#include "event/happens_before.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <span>

#include "base/check.hpp"

namespace sim {

void HappensBefore::clear() {
  events_.clear();
  clocks_.assign(stride_, std::byte{0});
  records_ = 1;  // Record 0: nothing happened.
  registers_.assign(first_head, 0);
  registers_[barrier_register] = none;
  accesses_.clear();
  races_.clear();
  undo_.clear();
  open_ = none;
}

// ---- the log ------------------------------------------------------------------------------------

// What happens before an event apart from its own accesses, and the event itself.
void HappensBefore::begin_clock(Event& event) {
  copy_record(event.clock, event.base);
  if (event.barrier != none) join(event.clock, events_[event.barrier].clock);
  event.number = clock_of(event.base, event.thread) + 1;
  if (!wide_ && event.number > UINT8_MAX) [[unlikely]]
    widen(event.thread, true);
  std::byte* const place = record(event.clock);
  if (!wide_) [[likely]]
    place[event.thread] = static_cast<std::byte>(event.number);
  else
    std::memcpy(place + event.thread * sizeof event.number, &event.number, sizeof event.number);
}

void HappensBefore::add_value(ThreadId thread, std::uint32_t value) {
  if (open_ != none) begin_clock(events_[open_]);
  learn_joined(thread);
  Event& event = append(thread, OperationKind::choice, 0);
  event.barrier = none;
  event.value = value;
  // Asked by a thread that the running transition has let go on: what happens before it is known when that is complete.
  const bool of_other = open_ != none && events_[open_].thread != thread;
  event.clock = of_other ? new_record(registers_[thread]) : registers_[thread];
  event.base = event.clock;
  event.number = clock_of(event.clock, thread);
  side_effects_ = true;
}

// Most events touch one object, and then a thread may end and others join it. All others are finished slowly.
void HappensBefore::finish_event(const StepLog& log, std::size_t to, bool everything) {
  const std::uint32_t depth = open_;
  if (depth == none) return;
  Event& event = events_[depth];
  const std::size_t from = event.steps_before;
  const Step& first = log.steps[from];
  if (everything || depth + 1 != events_.size() || from == to || first.more_count != 0 || is_crash(event.kind)) {
    return finish_slowly(log, to, everything);
  }
  const FootprintId footprint = footprints_.id_of({first.object, first.mode});
  if (!FootprintTable::is_single(footprint)) return finish_slowly(log, to, everything);
  for (const Step* step = &first + 1; step != log.steps.data() + to; ++step) {
    if (step->kind == OperationKind::thread_spawn || step->more_count != 0) return finish_slowly(log, to, everything);
    if (step->kind == OperationKind::thread_join) {
      if (step->value >= max_threads) return finish_slowly(log, to, everything);
      note_join(*step);  // Once more does no harm, if it is to be finished slowly after all.
    }
  }
  open_ = none;
  begin_clock(event);
  event.footprint = footprint;
  if (footprint != 0) {
    event.access_count = 1;
    chain_access(event, depth, footprint);
  }
}

void HappensBefore::add_known(ThreadId thread, OperationKind kind, bool blocking, FootprintId footprint,
                              std::span<const Join> joins) {
  const auto depth = static_cast<std::uint32_t>(events_.size());
  begin_event(thread, kind, blocking, 0);
  open_ = none;
  Event& event = events_[depth];
  for (const Join& join : joins) note_join(join.thread, join.joined);
  begin_clock(event);
  event.footprint = footprint;
  if (footprint != 0) {
    event.access_count = 1;
    chain_access(event, depth, footprint);
  }
}

bool HappensBefore::could_be_known(std::uint32_t depth, const StepLog& log, std::vector<Join>& joins) const {
  joins.clear();
  const Event& event = events_[depth];
  const bool is_last = depth + 1 == events_.size();
  if (!is_last || event.ends_all || event.barrier != none || event.kind == OperationKind::choice ||
      is_crash(event.kind) || !FootprintTable::is_single(event.footprint)) {
    return false;
  }
  const std::span<const Step> steps(log.steps.data() + event.steps_before, log.steps.size() - event.steps_before);
  for (const Step& step : steps) {
    if (step.kind == OperationKind::thread_spawn || step.more_count != 0) return false;
    if (step.kind != OperationKind::thread_join) continue;
    if (step.value >= max_threads) return false;
    joins.push_back({step.thread, static_cast<std::uint8_t>(step.value)});
  }
  return !steps.empty() && !executes_at_once(steps.front().kind) && joins.size() <= max_joins_known;
}

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
  const std::size_t at = first_joined + std::size_t{2} * thread;
  const std::uint64_t joined = std::uint64_t{registers_[at + 1]} << 32 | registers_[at];
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

[[gnu::always_inline]] inline void HappensBefore::chain_access(Event& event, std::uint32_t depth, AccessWord word) {
  const std::size_t place = first_head + object_of(word);
  while (registers_.size() <= place) registers_.push_back(none);
  const std::uint32_t head = registers_[place];
  const AccessMode mode = mode_of(word);
  std::uint32_t at = head, earlier_other = head;
  if (head != none && mode_of(accesses_[head].word) == mode) {
    earlier_other = accesses_[head].earlier_other;
    if (mode != AccessMode::write) at = earlier_other;  // Neither reads nor adds conflict with each other.
  }
  // As a bit, the mode that does not conflict with it: neither reads nor adds do with their like.
  const std::uint32_t same = mode == AccessMode::write ? 0 : std::uint32_t{1} << static_cast<unsigned>(mode);
  while (at != none) {
    const ChainedAccess& access = accesses_[at];
    const AccessMode other = mode_of(access.word);
    if ((same >> static_cast<unsigned>(other) & 1) == 0) {
      const Event& earlier = events_[access.event];
      if (clock_of(event.clock, earlier.thread) < earlier.number) {
        join(event.clock, earlier.clock);
        races_.push_back(access.event);
      }
    }
    if (other == AccessMode::write) break;  // It happens after all that came before it on this object.
    at = access.earlier;
  }
  event.race_count = static_cast<std::uint32_t>(races_.size()) - event.race_begin;
  registers_[place] = static_cast<std::uint32_t>(accesses_.size());
  accesses_.push_back({word, depth, head, earlier_other});
}

void HappensBefore::chain_accesses(Event& event, std::uint32_t depth, bool ends_all) {
  const FootprintId single = event.footprint;
  const std::span<const AccessWord> words = footprints_.accesses(single);
  event.access_count = static_cast<std::uint32_t>(words.size());
  for (const AccessWord word : words) chain_access(event, depth, word);
  if (footprints_.is_everything(event.footprint)) {
    for (ThreadId thread = 0; thread < width(); ++thread) join(event.clock, registers_[thread]);
    if (ends_all) return;
    set_register(barrier_register, depth);
  }
}

void HappensBefore::join_wide(std::byte* place, const std::byte* other) const {
  for (std::uint32_t at = 0; at < stride_; at += 16) {
    const __m128i a = load(place + at), b = load(other + at);
    const __m128i greater = _mm_cmpgt_epi32(a, b);  // Counts stay below 2^31.
    store(place + at, _mm_or_si128(_mm_and_si128(greater, a), _mm_andnot_si128(greater, b)));
  }
}

void HappensBefore::minimum_of(std::size_t first, std::vector<std::uint32_t>& counts) const {
  counts.resize(width());
  if (wide_) {
    for (std::uint32_t thread = 0; thread < width(); ++thread) {
      counts[thread] = clock_of(events_[first].clock, thread);
      for (std::size_t at = first + 1; at < events_.size(); ++at) {
        counts[thread] = std::min(counts[thread], clock_of(events_[at].clock, thread));
      }
    }
    return;
  }
  for (std::uint32_t at = 0; at < stride_; at += 16) {
    __m128i least = load(clock(events_[first].clock) + at);
    for (std::size_t event = first + 1; event < events_.size(); ++event) {
      least = _mm_min_epu8(least, load(clock(events_[event].clock) + at));
    }
    alignas(16) std::uint8_t bytes[16];
    _mm_store_si128(reinterpret_cast<__m128i*>(bytes), least);
    std::copy_n(bytes, 16, counts.begin() + at);
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

// ---- undoing ------------------------------------------------------------------------------------

void HappensBefore::undo_to(std::size_t depth) {
  if (depth >= events_.size()) return;
  const Event& event = events_[depth];
  for (std::size_t last = events_.size(); last-- > depth;) {
    const Event& undone = events_[last];
    for (std::size_t at = undo_.size(); at-- > undone.undo_before;) registers_[undo_[at].at] = undo_[at].old;
    undo_.cut_to(undone.undo_before);
    if (undone.kind != OperationKind::choice) registers_[undone.thread] = undone.base;
  }
  for (std::size_t at = accesses_.size(); at-- > event.access_begin;) {
    registers_[first_head + object_of(accesses_[at].word)] = accesses_[at].earlier;
  }
  accesses_.cut_to(event.access_begin);
  races_.cut_to(event.race_begin);
  records_ = event.records_before;
  clocks_.cut_to(std::size_t{records_} * stride_);
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
