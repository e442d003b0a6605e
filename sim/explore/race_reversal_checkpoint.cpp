// How a partial-order reduction is saved. Footprints are spelled out, because their numbers differ from process to
// process; objects are places in the arena, and do not. Events and happens-before are not saved: the last execution is
// run once more, its points get back what was saved with each, and then its races are reversed as they would have been.
#include <algorithm>

#include "base/check.hpp"
#include "explore/race_reversal.hpp"
#include "runtime/execution.hpp"

namespace sim {

using checkpoint::Reader;
using checkpoint::Writer;

namespace {

// What is said of a node of a tree: that it was given to another process, and which part of this process that is.
constexpr std::uint64_t given_by_others = 1, first_mine = 2;
constexpr std::uint64_t most_parts = 1 << 24;  // A damaged file may say anything.

}  // namespace

// ---- pieces -------------------------------------------------------------------------------------

void RaceReversal::save_footprint(Writer& to, FootprintId footprint) const {
  std::vector<Access> accesses;
  footprints_.spell_out(footprint, accesses);
  to.number(accesses.size() << 1 | (footprints_.is_everything(footprint) ? 1 : 0));
  for (const Access& access : accesses) {
    to.number(access.object);
    to.number(static_cast<std::uint64_t>(access.mode));
  }
}

FootprintId RaceReversal::load_footprint(Reader& from) {
  const std::uint64_t head = from.number();
  scratch_.clear();
  for (std::uint64_t left = head >> 1; left > 0; --left) {
    const auto object = static_cast<ObjectId>(from.number());
    scratch_.push_back(
        {object, static_cast<AccessMode>(from.below(static_cast<std::uint64_t>(AccessMode::write) + 1))});
  }
  return footprints_.id_of(scratch_, (head & 1) != 0);
}

VariantId RaceReversal::load_variant(Reader& from) const {
  return variant_numbers_[from.below(variant_numbers_.size())];
}

void RaceReversal::save_sleeper(Writer& to, const Sleeper& sleeper) const {
  to.number(sleeper.thread);
  to.flag(sleeper.awake);
  to.flag(sleeper.complete);
  save_footprint(to, sleeper.footprint);
  to.number(sleeper.variant);
}

Sleeper RaceReversal::load_sleeper(Reader& from) {
  Sleeper sleeper;
  sleeper.thread = static_cast<std::uint8_t>(from.below(max_threads));
  sleeper.awake = from.flag();
  sleeper.complete = from.flag();
  sleeper.footprint = load_footprint(from);
  sleeper.variant = load_variant(from);
  return sleeper;
}

// Each node with its children behind it: 1 and what it is, or 0 where there is no further sibling.
void RaceReversal::save_tree(Writer& to, WakeupPool::Index first) const {
  std::vector<WakeupPool::Index> way = {first};
  while (!way.empty()) {
    const WakeupPool::Index node = way.back();
    to.flag(node != WakeupPool::none);
    if (node == WakeupPool::none) {
      way.pop_back();
      continue;
    }
    const WakeupEntry entry = trees_.entry(node);
    to.number(entry.thread);
    save_footprint(to, entry.footprint);
    to.number(entry.variant);
    to.number(mark_of(node));
    way.back() = trees_.next_sibling(node);
    way.push_back(trees_.first_child(node));
  }
}

WakeupPool::Index RaceReversal::load_tree(Reader& from) {
  struct Level {
    WakeupPool::Index parent, last;
  };
  WakeupPool::Index first = WakeupPool::none;
  std::vector<Level> way = {{WakeupPool::none, WakeupPool::none}};
  while (!way.empty()) {
    if (!from.flag()) {
      way.pop_back();
      continue;
    }
    WakeupEntry entry;
    entry.thread = static_cast<std::uint8_t>(from.below(max_threads));
    entry.footprint = load_footprint(from);
    entry.variant = load_variant(from);
    Level& here = way.back();
    here.last = trees_.append(first, here.parent, here.last, entry);
    if (const std::uint64_t mark = from.number(); mark != 0) {
      trees_.give(here.last);
      if (mark >= first_mine) {
        const std::uint64_t part = mark - first_mine;
        if (part >= most_parts) throw checkpoint::Error("the checkpoint is damaged: it lacks a part");
        saved_leaves_.resize(std::max<std::size_t>(saved_leaves_.size(), part + 1), WakeupPool::none);
        saved_leaves_[part] = here.last;
      }
    }
    way.push_back({here.last, WakeupPool::none});
  }
  return first;
}

void RaceReversal::save_node(Writer& to, const Node& node) const {
  to.flag(node.is_value);
  to.flag(node.kept);
  to.flag(node.before_leaf);
  to.number(node.enabled);
  to.number(node.asleep);
  to.number(node.alternatives);
  to.number(node.next_value);
  to.number(node.backtrack);
  to.number(node.choice);
  to.number(node.choices_before);
  to.number(node.variant);
  save_tree(to, node.wakeup);
  to.number(node.is_value ? 0 : node.sleep_count);
  if (node.is_value) return;
  for (const Sleeper& sleeper : sleepers(node)) save_sleeper(to, sleeper);
}

RaceReversal::SavedNode RaceReversal::load_node(Reader& from) {
  SavedNode saved;
  Node& node = saved.node;
  const auto word = [&from] { return static_cast<std::uint32_t>(from.number()); };
  node.is_value = from.flag();
  node.kept = from.flag();
  node.before_leaf = from.flag();
  node.enabled = from.number();
  node.asleep = from.number();
  node.alternatives = word();
  node.next_value = word();
  node.backtrack = from.number();
  node.choice = word();
  node.choices_before = word();
  node.variant = load_variant(from);
  node.wakeup = load_tree(from);
  for (std::uint64_t left = from.count(); left > 0; --left) saved.sleepers.push_back(load_sleeper(from));
  return saved;
}

// ---- all of it ----------------------------------------------------------------------------------

std::uint64_t RaceReversal::mark_of(WakeupPool::Index node) const {
  if (!trees_.is_given(node)) return 0;
  const auto mine = std::ranges::find(given_, node, &Given::leaf);
  return mine != given_.end() ? first_mine + static_cast<std::uint64_t>(mine - given_.begin()) : given_by_others;
}

void RaceReversal::save_parts(Writer& to) const {
  to.number(first_own_);
  to.text(to_parent_.encode());
  to.number(given_.size());
  for (const Given& given : given_) {
    SIM_CHECK(!given.runs);
    to.number(given.begin);
    to.number(given.deaths);
    to.flag(given.has_ended);
    to.text(given.left);
    to.flag(given.leaf == WakeupPool::none);
    if (given.leaf != WakeupPool::none) continue;
    to.number(given.depth);
    to.number(given.entry.thread);
    save_footprint(to, given.entry.footprint);
    to.number(given.entry.variant);
    to.number(given.sleep_count);
  }
}

void RaceReversal::load_parts(Reader& from) {
  first_own_ = static_cast<Index>(from.below(saved_.size() + 1));
  to_parent_ = PartMessage::decode(from.text());
  for (std::uint64_t left = from.count(); left > 0; --left) {
    Given given = {};
    given.begin = static_cast<Index>(from.number());
    given.deaths = static_cast<std::uint32_t>(from.number());
    given.has_ended = from.flag();
    given.left = from.text();
    if (from.flag()) {
      given.leaf = WakeupPool::none;
      ++passed_;
      given.depth = static_cast<Index>(from.below(saved_.size()));
      given.entry.thread = static_cast<std::uint8_t>(from.below(max_threads));
      given.entry.footprint = load_footprint(from);
      given.entry.variant = load_variant(from);
      given.sleep_count = static_cast<std::uint32_t>(from.number());
    } else {
      given.leaf = given_.size() < saved_leaves_.size() ? saved_leaves_[given_.size()] : WakeupPool::none;
      if (given.leaf == WakeupPool::none) throw checkpoint::Error("the checkpoint is damaged: it lacks a part");
    }
    given_.push_back(std::move(given));
  }
  saved_leaves_.clear();
}

void RaceReversal::save(Writer& to) const {
  SIM_CHECK(only_waits_ || ended_ == begun_);
  to.number(variants_.size());
  for (VariantId variant = 0; variant < variants_.size(); ++variant) to.words(variants_.values(variant));
  const auto& read_sets = Execution::instance().read_sets();
  to.number(read_sets.size());
  for (const Execution::ReadSet& set : read_sets) {
    to.number(set.key);
    to.words(std::span<const ObjectId>(set.objects));
  }
  to.flag(begun_);
  to.flag(planned_any_);
  to.flag(must_start_over_);
  to.flag(looks_ahead_);
  to.flag(only_waits_);
  to.number(only_waits_ ? 0 : first_new_);
  to.number(nodes_.size());
  for (const Node& node : nodes_) save_node(to, node);
  save_tree(to, handed_down_);
  to.number(explored_variants_.size());
  for (const auto& [depth, sleeper] : explored_variants_) {
    to.number(depth);
    save_sleeper(to, sleeper);
  }
  const std::size_t known = first_new_ < races_before_.size() ? races_before_[first_new_] : races_.size();
  const std::size_t old = only_waits_ ? 0 : known;
  to.number(old);
  for (std::size_t at = 0; at < old; ++at) {
    to.number(races_[at].last_included);
    to.flag(races_[at].is_settled);
  }
  save_parts(to);
}

std::optional<std::vector<Choice>> RaceReversal::waits_behind() const {
  if (!only_waits_) return std::nullopt;
  std::vector<Choice> path;
  for (std::size_t at = 0; at + 1 < nodes_.size(); ++at) path.push_back({nodes_[at].choice, nodes_[at].is_value});
  return path;
}

void RaceReversal::load(Reader& from, std::vector<Choice> path) {
  clear();
  saved_.clear();
  saved_variants_.clear();
  saved_races_.clear();
  saved_leaves_.clear();
  told_ = {};
  variant_numbers_.clear();
  for (std::uint64_t left = from.count(); left > 0; --left) {
    variant_numbers_.push_back(variants_.number_of(from.words<ChosenValue>()));
  }
  Execution::instance().watch_reads();
  for (std::uint64_t left = from.count(); left > 0; --left) {
    const std::uint64_t key = from.number();
    const auto objects = from.words<ObjectId>();
    footprints_.group(Execution::instance().learn_read_set(key, objects), objects);
  }
  begun_ = from.flag();
  planned_any_ = from.flag();
  must_start_over_ = from.flag();
  looks_ahead_ = from.flag();
  only_waits_ = unseen_ = from.flag();
  first_new_ = static_cast<Index>(from.number());
  for (std::uint64_t left = from.count(); left > 0; --left) saved_.push_back(load_node(from));
  handed_down_ = load_tree(from);
  for (std::uint64_t left = from.count(); left > 0; --left) {
    const auto depth = static_cast<Index>(from.below(saved_.size()));
    saved_variants_.emplace_back(depth, load_sleeper(from));
  }
  for (std::uint64_t left = from.count(); left > 0; --left) {
    const auto last_included = static_cast<std::uint32_t>(from.number());
    saved_races_.push_back({last_included, from.flag()});
  }
  load_parts(from);
  repetition_.begin(std::move(path));
}

// Runs on the stack of the thread that stopped, like choose().
Decision RaceReversal::repeat(const Point& point) {
  if (point.depth >= saved_.size() || nodes_.size() != point.depth) return {.abandon = true};
  if (point.alternatives == 0) finish_event(point.execution.log(), false);
  SavedNode& saved = saved_[point.depth];
  Node node = saved.node;
  const bool same = node.is_value ? point.alternatives == node.alternatives
                                  : point.alternatives == 0 && point.enabled == node.enabled;
  if (!same) return {.abandon = true};
  node.id = point.id;
  if (!node.is_value) {
    node.sleep_begin = static_cast<std::uint32_t>(sleep_.size());
    node.sleep_count = static_cast<std::uint32_t>(saved.sleepers.size());
    for (const Sleeper& sleeper : saved.sleepers) sleep_.push_back(sleeper);
  }
  nodes_.push_back(node);
  if (!node.is_value) note_held_up(point);
  const auto choice = repetition_.at(point);
  if (!choice) return {.keep = node.kept, .abandon = true};
  if (node.is_value) {
    events_.add_value(point.thread, choice->value);
  } else {
    const runtime::ThreadState& state = point.execution.thread(choice->value);
    const bool blocking = state.ready != nullptr || state.kind == OperationKind::thread_sleep;
    if (is_crash(state.kind)) note_crash(point, choice->value);
    events_.begin_event(choice->value, state.kind, blocking, point.execution.log());
  }
  return {choice->value, node.kept};
}

// Where it only waits it stands in the middle of an execution. What was searched for races before is again, as nothing
// is known of those races any more.
void RaceReversal::end_repetition(Ending ending, const Execution& execution) {
  if (only_waits_) {
    explored_variants_ = std::move(saved_variants_);
    saved_.clear();
    repetition_.end();
    return;
  }
  const bool ends_all = ending == Ending::violation || ending == Ending::assumed_away;
  finish_event(execution.log(), ends_all);
  explored_variants_ = std::move(saved_variants_);
  note_pending(execution, ending);
  if (!killed_.empty()) keep_killed(execution.log());
  const auto known = std::min<std::size_t>(first_new_, events_.size());
  for (Index depth = 0; depth < known; ++depth) {
    races_before_.push_back(races_.size());
    if (events_[depth].kind != OperationKind::choice) find_races(events_[depth], depth);
  }
  for (std::size_t at = 0; at < races_.size() && at < saved_races_.size(); ++at) {
    races_[at].last_included = saved_races_[at].last_included;
    races_[at].is_settled = saved_races_[at].is_settled;
  }
  saved_.clear();
  saved_races_.clear();
  repetition_.end();
  ended_ = true;
}

}  // namespace sim
