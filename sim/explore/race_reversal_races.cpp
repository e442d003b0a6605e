// Which races an execution shows, and how each is reversed.
//
// Event i races with a later event j of another thread if they conflict and nothing between them orders them. With what
// does not happen after i, then j's thread's operation, an execution begins in which j comes first: if that operation
// is enabled there. For operations that block this must be decided anew for each i, going back from j; for all others
// the nearest ones are the only ones (Abdulla et al., JACM 2017; blocking operations: ALGORITHMS, section 1).
#include <algorithm>

#include "explore/race_reversal.hpp"
#include "runtime/execution.hpp"

namespace sim {

namespace {

constexpr std::uint64_t bit(ThreadId thread) {
  return std::uint64_t{1} << thread;
}

/// Whether a mutex was free before an event that touched it; nullopt: its kind does not say.
constexpr std::optional<bool> mutex_was_free_before(const HappensBefore::Event& event) {
  switch (event.kind) {
    case OperationKind::mutex_lock:
    case OperationKind::condition_wake:
      return true;
    case OperationKind::mutex_unlock:
    case OperationKind::condition_wait:
      return false;
    default:
      return std::nullopt;
  }
}

}  // namespace

// ---- finding ------------------------------------------------------------------------------------

void RaceReversal::find_new_races() {
  const auto end = static_cast<Index>(events_.size());
  if (first_new_ < races_before_.size()) {
    races_.cut_to(races_before_[first_new_]);
    races_before_.cut_to(first_new_);
  }
  for (Index depth = first_new_; depth < end; ++depth) {
    races_before_.push_back(races_.size());
    if (events_[depth].kind != OperationKind::choice) find_races(events_[depth], depth);
  }
  events_.note_least(first_new_);
}

void RaceReversal::find_races(const HappensBefore::Event& event, Index depth) {
  if (event.footprint == 0 && event.barrier == none) return;
  if (FootprintTable::is_single(event.footprint) && !event.blocking && event.barrier == none) {
    for (const Index earlier : events_.races(event)) {
      if (nodes_[earlier].kept) races_.push_back({earlier, events_[earlier], depth});
    }
    return;
  }
  collect_candidates(event, depth);
  const std::size_t first = races_.size();
  for (const Index candidate : candidates_) {
    const HappensBefore::Event& earlier = events_[candidate];
    if (!event.blocking) {
      const auto ordered = [&](const Race& race) { return events_.is_before(earlier, events_[race.earlier]); };
      if (std::any_of(races_.begin() + first, races_.end(), ordered)) continue;
    }
    races_.push_back({candidate, earlier, depth});
  }
}

// The events that conflict with `event` and do not happen before what its thread did before, latest first.
void RaceReversal::collect_candidates(const HappensBefore::Event& event, Index depth) {
  candidates_.clear();
  const auto add = [&](Index at) {
    const HappensBefore::Event& earlier = events_[at];
    if (earlier.number > events_.clock_of(event.base, earlier.thread)) candidates_.push_back(at);
  };
  if (footprints_.is_everything(event.footprint)) {
    // A timer that fires because nothing else can run can only change places with another one; but the operation that
    // did not come about may come earlier.
    const bool fires = event.blocking && !event.ends_all && options_.time == Time::urgent;
    for (Index at = depth; !fires && at-- > 0;) {
      if (events_[at].kind != OperationKind::choice && events_[at].thread != event.thread) add(at);
    }
    if (!fires) return;
  }
  const FootprintId footprint = event.footprint;
  const auto words = footprints_.accesses(footprint);
  for (std::uint32_t i = 0; i < words.size(); ++i) {
    const AccessWord word = words[i];
    const bool is_chained = event.access_count != 0;
    Index at = is_chained ? events_.accesses()[event.access_begin + i].earlier : events_.latest_access(object_of(word));
    for (; at != none; at = events_.accesses()[at].earlier) {
      const HappensBefore::ChainedAccess& access = events_.accesses()[at];
      if (!conflict(mode_of(access.word), mode_of(word))) continue;
      const std::size_t before = candidates_.size();
      add(access.event);
      const bool is_write = mode_of(access.word) == AccessMode::write;
      if (is_write && (!event.blocking || candidates_.size() == before)) break;
    }
  }
  // Where it cannot come before the last one, it may still come before those behind which something disabled it.
  for (Index barrier = event.barrier; barrier != none; barrier = events_[barrier].barrier) {
    const std::size_t before = candidates_.size();
    add(barrier);
    if (!event.blocking || candidates_.size() == before) break;
  }
  if (depth == events_.size()) add_event_that_ended_all();
  if (words.size() > 1 || event.barrier != none) {
    std::ranges::sort(candidates_, std::greater{});
    candidates_.erase(std::unique(candidates_.begin(), candidates_.end()), candidates_.end());
  }
}

void RaceReversal::add_event_that_ended_all() {
  for (auto at = static_cast<Index>(events_.size()); at-- > 0;) {
    if (events_[at].kind == OperationKind::choice) continue;
    if (events_[at].ends_all) candidates_.insert(candidates_.begin(), at);
    return;
  }
}

// ---- reversing ----------------------------------------------------------------------------------

void RaceReversal::reverse_races() {
  find_new_races();
  const std::size_t old = first_new_ < races_before_.size() ? races_before_[first_new_] : races_.size();
  std::size_t at = 0;
  while (at < races_.size()) {
    while (at < old && brings_nothing_new(races_[at])) ++at;
    if (at == races_.size()) break;
    const Index later = races_[at].later;
    bool accepted_any = false;
    std::vector<Index>& accepted = candidates_;
    accepted.clear();
    for (; at < races_.size() && races_[at].later == later; ++at) {
      Race& race = races_[at];
      if (at < old && brings_nothing_new(race)) continue;
      const HappensBefore::Event& earlier = events_[race.earlier];
      const bool ordered = accepted_any && std::ranges::any_of(accepted, [&](Index it) {
                             return events_.is_before(earlier, events_[it]);
                           });
      if (ordered) continue;
      if (reverse(race, events_[later]) && events_[later].blocking) {
        accepted.push_back(race.earlier);
        accepted_any = true;
      }
    }
  }
  if (!pending_.empty()) reverse_pending();
  if (!held_up_.empty()) reverse_held_up();
  if (!killed_.empty()) reverse_killed();
  scout_->come_home();
}

// The sequence that reverses it is the one of last time: nothing new takes part in it, and nothing took part that is
// gone.
bool RaceReversal::brings_nothing_new(const Race& race) const {
  static_assert(none + 1 == 0);
  if (race.last_included + 1 > first_new_) return false;
  return race.is_settled || events_.is_before_noted(race.thread, race.number);
}

// Threads that could not go on at the end: each would have liked to come before somebody.
void RaceReversal::reverse_pending() {
  const auto end = static_cast<Index>(events_.size());
  for (const HappensBefore::Event& event : pending_) {
    collect_candidates(event, end);
    const std::vector<Index> candidates = candidates_;
    std::vector<Index> accepted;
    for (const Index candidate : candidates) {
      const HappensBefore::Event& earlier = events_[candidate];
      const bool ordered =
          std::ranges::any_of(accepted, [&](Index it) { return events_.is_before(earlier, events_[it]); });
      Race race = {candidate, earlier, end};
      if (!ordered && reverse(race, event)) accepted.push_back(candidate);
    }
  }
}

// True iff the operation is enabled without the earlier event. If only leaving out more enables it, this is no reason
// to pass by earlier races: reversing those may keep what was left out here.
bool RaceReversal::reverse(Race& race, const HappensBefore::Event& later) {
  Node& node = nodes_[race.earlier];
  if (!node.kept) return false;
  const bool has_variants = may_have_variants(sleepers(node));
  if (!collect_sequence(race, later, has_variants ? 0 : node.asleep)) return true;
  if (has_variants && is_redundant(node)) return true;
  bool enabled = true;
  plan_with(race.earlier, later, enabled);
  if (enabled || !later.blocking) return enabled;
  // Several events that commute may have disabled it together: without all that conflict with it.
  const std::size_t size = sequence_.size();
  collect_without_conflicts(race.earlier, later, race.later);
  if (sequence_.size() == size) return false;
  enabled = true;
  if (!is_redundant(node)) plan_with(race.earlier, later, enabled);
  return false;
}

// What comes after the earlier event and does not happen after it. Of the threads in `asleep`, which choose no values,
// what sleeps on beyond that is left in `surviving_`: if nothing takes part, all that sleeps at the point. False if an
// execution that begins with one of them is equivalent.
bool RaceReversal::collect_sequence(Race& race, const HappensBefore::Event& later, std::uint64_t asleep) {
  sequence_.clear();
  surviving_ = sleepers(nodes_[race.earlier]);
  race.last_included = none;
  race.is_settled = false;
  const HappensBefore::Before happens_before(events_, events_[race.earlier]);
  const HappensBefore::Event* const begin = events_.begin();
  const HappensBefore::Event* const end = events_.end();
  const auto takes_part = [&](const HappensBefore::Event& event) {
    return !happens_before(event) && &event != begin + race.later;
  };
  const HappensBefore::Event* at = begin + race.earlier + 1;
  while (at != end && !takes_part(*at)) ++at;
  if (at == end) return true;
  touched_.clear();
  const auto sleeps_on = [&](ThreadId thread) {
    const auto it = std::ranges::find(surviving_, thread, &Sleeper::thread);
    return !touched_.conflicts_with(it->footprint);
  };
  for (; at != end; ++at) {
    const HappensBefore::Event& event = *at;
    if (!takes_part(event)) continue;
    const auto depth = static_cast<Index>(at - begin);
    race.last_included = depth;
    if (event.kind == OperationKind::choice) continue;
    if ((asleep & bit(event.thread)) != 0) {
      if (sleeps_on(event.thread)) {
        race.is_settled = !later.blocking;  // What is accepted of a blocking one is asked every time.
        return false;
      }
      asleep &= ~bit(event.thread);
    }
    if (asleep != 0) touched_.add(event.footprint);
    sequence_.push_back({event.thread, event.footprint, variant_of(depth, static_cast<Index>(events_.size()))});
  }
  keep_asleep(asleep);
  return true;
}

// Of what sleeps, those threads that nothing in `touched_` wakes.
void RaceReversal::keep_asleep(std::uint64_t threads) {
  filtered_.clear();
  for (const Sleeper& sleeper : surviving_) {
    if ((threads & bit(sleeper.thread)) != 0 && !touched_.conflicts_with(sleeper.footprint))
      filtered_.push_back(sleeper);
  }
  surviving_ = filtered_;
}

// The values chosen in a transition.
VariantId RaceReversal::variant_of(Index transition, Index end) {
  if (transition + 1 >= end || events_[transition + 1].kind != OperationKind::choice) [[likely]]
    return 0;
  read_values(transition);
  return variants_.number_of(values_);
}

// The same without whatever conflicts with the later event, and what happens after that.
void RaceReversal::collect_without_conflicts(Index earlier, const HappensBefore::Event& later, Index later_depth) {
  sequence_.clear();
  const auto end = static_cast<Index>(events_.size());
  std::vector<Index> dropped = {earlier};
  for (Index at = earlier + 1; at < end; ++at) {
    const HappensBefore::Event& event = events_[at];
    if (at == later_depth) continue;
    if (std::ranges::any_of(dropped, [&](Index it) { return events_.is_before(events_[it], event); })) continue;
    const bool is_needed = event.number <= events_.clock_of(later.base, event.thread);
    if (!is_needed && footprints_.dependent(event.footprint, later.footprint)) {
      dropped.push_back(at);
    } else if (event.kind != OperationKind::choice) {
      sequence_.push_back({event.thread, event.footprint, variant_of(at, end)});
    }
  }
}

// Plans `sequence_` and then the later event's operation, unless that is redundant. `enabled` becomes false if the
// operation is not enabled there. Requires: what sleeps on beyond the sequence lies in `surviving_`.
bool RaceReversal::plan_with(Index earlier, const HappensBefore::Event& later, bool& enabled) {
  if (!looks_ahead_ && is_predictable(later.kind)) {
    if (is_redundant_with({later.footprint, 0}, later.thread)) return false;
    sequence_.push_back({later.thread, later.footprint, 0});
    plan_at(earlier, sequence_);
    return true;
  }
  outlook_.clear();
  // If the lock touches more than the mutex, the two may conflict about something else.
  const FootprintId touched = later.footprint;
  const bool is_about_mutex = later.kind == OperationKind::mutex_lock && footprints_.accesses(touched).size() == 1;
  const std::optional<bool> free = is_about_mutex ? mutex_was_free_before(events_[earlier]) : std::nullopt;
  if (!looks_ahead_ && free) {
    enabled = *free;
    if (*free) outlook_.push_back({later.footprint, 0});
  } else {
    look_ahead(earlier, later.thread);
    enabled = !outlook_.empty();
  }
  bool any = false, conflicts = outlook_.empty();
  const auto thread = static_cast<std::uint8_t>(later.thread);
  for (const Outlook& last : outlook_) {
    // Where it comes first it may do something else, that does not conflict any more.
    if (!footprints_.dependent(last.footprint, events_[earlier].footprint)) continue;
    conflicts = true;
    if (is_redundant_with(last, thread)) continue;
    planned_ = sequence_;
    planned_.push_back({thread, last.footprint, last.variant});
    plan_at(earlier, planned_);
    any = true;
  }
  enabled = enabled && conflicts;
  return any;
}

// True iff an execution that begins with a sleeping thread is equivalent to `sequence_`, whatever the last operation
// does. What sleeps on beyond the sequence is left in `surviving_`.
bool RaceReversal::is_redundant(const Node& node) {
  filtered_.assign(sleepers(node));
  bool redundant = false;
  for (const WakeupEntry& entry : sequence_) {
    if (filtered_.empty()) break;
    redundant = is_asleep(filtered_, entry.thread, entry.variant);
    if (redundant) break;
    filtered_.erase_if([&](const Sleeper& it) { return it.thread == entry.thread; });
    wake(filtered_, 0, entry.footprint, footprints_);
  }
  surviving_ = filtered_;
  return redundant;
}

// The same, now that it is known what the last operation does.
bool RaceReversal::is_redundant_with(const Outlook& last, ThreadId thread) {
  if (surviving_.empty()) return false;
  if (!may_have_variants(surviving_)) {
    // A sleeper that takes no part is a weak initial: that suffices only where the whole sequence is planned.
    return std::ranges::any_of(surviving_, [&](const Sleeper& it) {
      return it.thread == thread || (plans_sequences_ && !footprints_.dependent(it.footprint, last.footprint));
    });
  }
  if (is_asleep(surviving_, thread, last.variant)) return true;
  if (!plans_sequences_) return false;
  filtered_last_.assign(surviving_);
  filtered_last_.erase_if([&](const Sleeper& it) { return it.thread == thread; });
  wake(filtered_last_, 0, last.footprint, footprints_);
  return std::ranges::any_of(filtered_last_, [&](const Sleeper& it) { return is_asleep(filtered_last_, it.thread); });
}

// Goes where `sequence_` leads and lets the thread take its operation: `outlook_` gets what it does, once for each way
// of choosing values in it; nothing if the operation is not enabled there.
void RaceReversal::look_ahead(Index earlier, ThreadId thread) {
  if (trial_.is_on()) give_up_cache();
  route_.clear();
  for (const WakeupEntry& entry : sequence_) {
    route_.push_back({entry.thread, false});
    for (const ChosenValue& chosen : variants_.values(entry.variant)) route_.push_back({chosen.value, true});
  }
  const Execution& there = *execution_;
  std::vector<ChosenValue> values;
  do {
    if (!scout_->visit({nodes_[earlier].id, earlier}, route_)) return;
    const Point point = there.point(0, nullptr);
    if (point.alternatives != 0 || (point.enabled >> thread & 1) == 0) return;
    const std::size_t steps = there.log().steps.size();
    scout_->go_on(thread);
    for (std::size_t at = 0; there.stop() == Execution::Stop::point; ++at) {
      const std::uint32_t asked = there.point(0, nullptr).alternatives;
      if (asked == 0) break;
      if (at == values.size()) values.push_back({0, asked});
      scout_->go_on(values[at].value);
    }
    const bool ends_all = there.stop() == Execution::Stop::violation || there.stop() == Execution::Stop::assumed_away;
    outlook_.push_back({events_.footprint_of(there.log(), steps, ends_all), variants_.number_of(values)});
    while (!values.empty() && ++values.back().value == values.back().alternatives) values.pop_back();
  } while (!values.empty());
}

}  // namespace sim
