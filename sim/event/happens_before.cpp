#include "event/happens_before.hpp"

#include <array>
#include <cstring>
#include <span>

namespace sim {

namespace {

// What is loaded n bytes before the middle counts one event of thread n.
constexpr std::size_t short_clock = 16;
constexpr auto one_event = [] {
  std::array<std::byte, 2 * short_clock> bytes = {};
  bytes[short_clock] = std::byte{1};
  return bytes;
}();

}  // namespace

// The clock of an event that is being completed.
class HappensBefore::RecordedClock {
 public:
  RecordedClock(HappensBefore& log, const Event& event) : log_(log), event_(event) {}
  std::uint32_t count(std::uint32_t thread) const { return log_.clock_of(event_.clock, thread); }
  void join(std::uint32_t record) { log_.join(event_.clock, record); }

 private:
  HappensBefore& log_;
  const Event& event_;
};

// One of 16 bytes: in a register, too.
class HappensBefore::ShortClock {
 public:
  ShortClock(HappensBefore& log, const Event& event, __m128i counts)
      : log_(log), place_(log.record(event.clock)), counts_(counts) {
    store(place_, counts_);
  }
  std::uint32_t count(std::uint32_t thread) const { return std::to_integer<std::uint8_t>(place_[thread]); }
  void join(std::uint32_t record) {
    counts_ = _mm_max_epu8(counts_, load(log_.clocks_.data() + std::size_t{record} * short_clock));
    store(place_, counts_);
  }

 private:
  HappensBefore& log_;
  std::byte* place_;
  __m128i counts_;
};

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
  complete(event, depth, footprint);
}

// Of an event that touches one object, or none.
[[gnu::always_inline]] inline void HappensBefore::complete(Event& event, std::uint32_t depth, FootprintId footprint) {
  event.footprint = footprint;
  event.access_count = footprint != 0 ? 1 : 0;
  if (stride_ == short_clock && event.barrier == none) [[likely]] {  // Words would be more.
    const std::byte* const before = clocks_.data() + std::size_t{event.base} * short_clock;
    event.number = std::to_integer<std::uint32_t>(before[event.thread]) + 1;
    if (event.number <= UINT8_MAX) [[likely]] {
      const __m128i own = load(one_event.data() + (short_clock - event.thread));
      ShortClock counts(*this, event, _mm_add_epi8(load(before), own));
      if (footprint != 0) chain_access(event, depth, footprint, counts);
      return;
    }
  }
  complete_slowly(event, depth, footprint);
}

void HappensBefore::complete_slowly(Event& event, std::uint32_t depth, FootprintId footprint) {
  begin_clock(event);
  RecordedClock counts(*this, event);
  if (footprint != 0) chain_access(event, depth, footprint, counts);
}

void HappensBefore::add_known(ThreadId thread, OperationKind kind, bool blocking, FootprintId footprint,
                              std::span<const Join> joins) {
  const auto depth = static_cast<std::uint32_t>(events_.size());
  Event& event = add_event(thread, kind, blocking, 0);
  for (const Join& join : joins) note_join(join.thread, join.joined);
  complete(event, depth, footprint);
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
    if (joins.empty() || joins.back().thread != step.thread) joins.push_back({0, step.thread});
    joins.back().joined |= std::uint64_t{1} << step.value;
  }
  return !steps.empty() && !executes_at_once(steps.front().kind) && joins.size() <= max_joins_known;
}

// ---- clocks -------------------------------------------------------------------------------------

template <class Clock>
[[gnu::always_inline]] inline void HappensBefore::chain_access(Event& event, std::uint32_t depth, AccessWord word,
                                                               Clock& clock) {
  const std::size_t place = first_head + object_of(word);
  if (registers_.size() <= place) [[unlikely]]
    add_objects(place);
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
      if (clock.count(earlier.thread) < earlier.number) {
        clock.join(earlier.clock);
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

void HappensBefore::add_objects(std::size_t last) {
  while (registers_.size() <= last) registers_.push_back(none);
}

void HappensBefore::chain_accesses(Event& event, std::uint32_t depth, bool ends_all) {
  const FootprintId single = event.footprint;
  const std::span<const AccessWord> words = footprints_.accesses(single);
  event.access_count = static_cast<std::uint32_t>(words.size());
  RecordedClock clock(*this, event);
  for (const AccessWord word : words) chain_access(event, depth, word, clock);
  if (footprints_.is_everything(event.footprint)) {
    for (ThreadId thread = 0; thread < width(); ++thread) join(event.clock, registers_[thread]);
    if (ends_all) return;
    set_register(barrier_register, depth);
  }
}

void HappensBefore::note_least(std::size_t first) {
  if (least_.size() != stride_) least_.assign(stride_, std::byte{0});
  if (wide_) return note_least_wide(first);
  for (std::uint32_t at = 0, end = stride_; at < end; at += 16) {
    const std::byte* const counts = clocks_.data() + at;
    __m128i least = _mm_set1_epi8(-1);
    for (const Event* event = events_.begin() + first; event < events_.end(); ++event) {
      least = _mm_min_epu8(least, load(counts + std::size_t{event->clock} * end));
    }
    store(least_.data() + at, least);
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

}  // namespace sim
