// Parts of the tree that other processes explore. A part is what begins with a leaf of a wakeup tree: nothing will ever
// be planned below it by others, since a leaf stands for all that follows. The leaf stays in its tree, marked, until
// the search comes to the point before it; then what begins there sleeps, as if it had been explored, and the search
// waits for the part once nothing else is planned at that point.
//
// A part owns the points below its leaf. What it finds to be explored at a point above, its parent plans when it takes
// the part back. Until then it does not leave points on the way to leaves that come later, since that may have its
// place there. So each trace is explored once, in whatever order parts end: a part sleeps on all that comes before it
// in the order of the trees, whether that was explored, is being explored, or will be.
#include <algorithm>

#include "explore/forked_parts.hpp"
#include "explore/race_reversal.hpp"
#include "runtime/execution.hpp"

namespace sim {

// ---- giving -------------------------------------------------------------------------------------

// The way from a point to a leaf that can be given. Not where values are chosen on the way, or beside it.
bool RaceReversal::find_part(Index depth, std::vector<std::uint32_t>& path) const {
  path.clear();
  const Node& node = nodes_[depth];
  if (node.is_value || node.wakeup == WakeupPool::none || has_variants(sleepers(node))) return false;
  const auto chooses_values = [depth](const auto& explored) { return explored.first == depth; };
  if (std::ranges::any_of(explored_variants_, chooses_values) || !trees_.find_leaf(node.wakeup, path)) return false;
  WakeupPool::Index at = node.wakeup;
  for (const std::uint32_t position : path) {
    // What is explored before the leaf may choose values, now that it comes earlier, if anything ever does.
    if (position != 0 && variants_.size() > 1) return false;
    for (std::uint32_t passed = 0;; ++passed) {
      if (trees_.entry(at).variant != 0) return false;
      if (passed == position) break;
      at = trees_.next_sibling(at);
    }
    at = trees_.first_child(at);
  }
  return true;
}

bool RaceReversal::has_plans(const Node& node) const {
  std::vector<std::uint32_t> path;
  return node.is_value ? node.next_value < node.alternatives : trees_.find_leaf(node.wakeup, path);
}

// Which part is the largest nobody knows before it is explored. What takes part in a race near the start sleeps near
// its end, so that there parts are large at first, and tiny in the end.
void RaceReversal::give_away() {
  if (nodes_.empty()) return;
  std::vector<std::uint32_t> path, found;
  Index depth = none;
  const auto begin_of = [](Index at, const auto& way) { return static_cast<Index>(at + way.size()); };
  const auto is_larger = [this](Index one, Index other) {
    const auto by = parts_->expected_work(one) <=> parts_->expected_work(other);
    return by != 0 ? by > 0 : one < other;
  };
  for (Index at = first_own_; at < nodes_.size(); ++at) {
    if (!find_part(at, found) || (depth != none && !is_larger(begin_of(at, found), begin_of(depth, path)))) continue;
    depth = at;
    path = found;
  }
  if (depth == none || !parts_->is_worth_forking(begin_of(depth, path))) return;
  Given given = {};
  given.leaf = trees_.follow(nodes_[depth].wakeup, path);
  trees_.give(given.leaf);
  // Giving everything away would leave this process without.
  const bool keeps_any =
      std::any_of(nodes_.begin() + depth, nodes_.end(), [this](const Node& it) { return has_plans(it); });
  route_to_part_ = path;
  const auto side = keeps_any ? parts_->fork_part(given.part, begin_of(depth, path)) : ForkedParts::Side::nowhere;
  given.begin = begin_of(depth, path);
  given.runs = true;
  if (side == ForkedParts::Side::parent) given_.push_back(given);
  if (side == ForkedParts::Side::nowhere) trees_.take_back(given.leaf);
  if (side != ForkedParts::Side::child) return;
  cut_to(depth);
  put_to_sleep(nodes_.back(), depth);
  begin_part(depth);
}

void RaceReversal::cut_to(Index depth) {
  while (nodes_.size() > depth + 1) leave_node();
}

// In a child that stands at the point from which `route_to_part_` leads to its part.
void RaceReversal::begin_part(Index depth) {
  forget_given();
  told_ = {};
  to_parent_ = {};
  explored_variants_.clear();
  undo_to(depth);
  route_begin_ = depth;
  first_own_ = depth + static_cast<Index>(route_to_part_.size());
  ended_ = only_waits_ = false;
  begins_part_ = true;
}

// On the way to its part: what is planned before it sleeps.
WakeupEntry RaceReversal::go_to_part(Node& node) {
  const std::uint32_t position = route_to_part_[nodes_.size() - 1 - route_begin_];
  WakeupPool::Index at = node.wakeup;
  for (std::uint32_t passed = 0; passed < position; ++passed, at = trees_.next_sibling(at)) {
    put_to_sleep(node, trees_.entry(at));
  }
  WakeupEntry entry;
  handed_down_ = trees_.take_child(node.wakeup, position, entry);
  return entry;
}

// ---- taking back --------------------------------------------------------------------------------

// What is given and comes next at the point where the search stands sleeps from now on.
void RaceReversal::pass_given(Index depth) {
  Node& node = nodes_[depth];
  while (node.wakeup != WakeupPool::none && trees_.is_given(node.wakeup)) {
    Given& given = *std::ranges::find(given_, node.wakeup, &Given::leaf);
    given.leaf = WakeupPool::none;
    ++passed_;
    given.depth = depth;
    given.sleep_count = node.sleep_count;
    trees_.take_first(node.wakeup, given.entry);
    put_to_sleep(node, given.entry);
  }
}

// A part that was passed on the way to a point, and that may still find something to be explored there: the point is on
// the way to a leaf that comes later. npos: there is none.
std::size_t RaceReversal::find_part_before(Index depth) const {
  Index first = depth;
  while (first > first_own_ && nodes_[first].before_leaf) --first;
  const auto matters = [first](const Given& it) { return it.leaf == WakeupPool::none && it.depth >= first; };
  const auto found = std::ranges::find_if(given_, matters);
  return found == given_.end() ? npos : static_cast<std::size_t>(found - given_.begin());
}

// From this depth on, only points on the way to a leaf may concern parts that were passed.
RaceReversal::Index RaceReversal::first_behind_passed() const {
  Index first = first_own_;
  for (const Given& it : given_) {
    if (it.leaf == WakeupPool::none) first = std::max(first, it.depth + 1);
  }
  return first;
}

bool RaceReversal::concerns_parts(Index depth) const {
  if (given_.empty()) return false;
  const WakeupPool::Index planned = nodes_[depth].wakeup;
  if (planned != WakeupPool::none && trees_.is_given(planned)) return true;
  const bool may = nodes_[depth].before_leaf || depth < first_without_parts();
  return passed_ != 0 && may && find_part_before(depth) != npos;
}

// At a point to which the search has come back. While nothing is planned there, waits for parts that may change that.
// True if something is planned.
bool RaceReversal::settle_with_parts(Index depth) {
  for (;;) {
    if (must_start_over_ || begins_part_ || is_suspended_ || parts_->is_stopped()) return false;
    pass_given(depth);
    if (nodes_[depth].wakeup != WakeupPool::none) return true;
    const std::size_t part = find_part_before(depth);
    if (part == npos) return false;
    take_back(part);
  }
}

// Waits for a part. Explores it again if its process died.
void RaceReversal::take_back(std::size_t at) {
  bool suspended = false;
  const auto message = given_[at].runs ? parts_->wait_for(given_[at].part, &suspended) : std::nullopt;
  if (suspended) {
    given_[at].runs = false;
    given_[at].left = *message;
    is_suspended_ = true;
    return;
  }
  Given given = std::move(given_[at]);
  given_.erase(given_.begin() + static_cast<std::ptrdiff_t>(at));
  --passed_;
  if (message || given.has_ended) return accept(PartMessage::decode(message ? *message : given.left));
  if (given.runs) ++given.deaths;
  constexpr std::uint32_t most_deaths = 3;
  if (given.deaths == most_deaths) {
    parts_->give_up("a part of the exploration was given up: each of the " + std::to_string(most_deaths) +
                    " processes that explored it died; explore with one worker, or give them more memory");
  } else if (!fork_again(given) && !begins_part_) {
    parts_->give_up("no process could be forked to explore again what one that died had left");
  }
}

// As it was when it was given: with what slept then, and not with what was explored since.
bool RaceReversal::fork_again(Given given) {
  if (!given.left.empty()) {
    if (fork_left(given) != ForkedParts::Side::parent) return false;
    given_.push_back(std::move(given));
    ++passed_;
    return true;
  }
  Node& node = nodes_[given.depth];
  trees_.put_first(node.wakeup, given.entry);
  route_to_part_.assign(1, 0);
  const auto side = parts_->fork_part(given.part, given.depth + 1, true);
  if (side == ForkedParts::Side::child) {
    cut_to(given.depth);
    sleep_.cut_to(node.sleep_begin + given.sleep_count);
    node.sleep_count = given.sleep_count;
    node.asleep = sleeping_threads(node);
    begin_part(given.depth);
    return false;
  }
  trees_.take_first(node.wakeup, given.entry);
  if (side != ForkedParts::Side::parent) return false;
  given.runs = true;
  given_.push_back(std::move(given));
  ++passed_;
  return true;
}

// One that was suspended, from what is left of it.
ForkedParts::Side RaceReversal::fork_left(Given& given) {
  const auto side = parts_->fork_part(given.part, given.begin, true);
  given.runs = side == ForkedParts::Side::parent;
  if (side == ForkedParts::Side::child) {
    left_ = given.left;
    begins_part_ = true;
  }
  return side;
}

// ---- suspending ---------------------------------------------------------------------------------

void RaceReversal::collect_parts() {
  for (Given& given : given_) {
    if (!given.runs) continue;
    bool suspended = false;
    const auto message = parts_->wait_for(given.part, &suspended);
    given.runs = false;
    given.has_ended = message && !suspended;
    if (message)
      given.left = *message;
    else
      ++given.deaths;
  }
}

// One whose process died before it could say anything is this one's again, if the search has not come there yet.
void RaceReversal::fork_suspended() {
  is_suspended_ = false;
  for (std::size_t at = 0; at < given_.size();) {
    Given& given = given_[at];
    const bool waits = !given.runs && !given.has_ended;
    if (waits && given.left.empty() && given.leaf != WakeupPool::none) {
      trees_.take_back(given.leaf);
      given_.erase(given_.begin() + static_cast<std::ptrdiff_t>(at));
      continue;
    }
    if (waits && !given.left.empty() && fork_left(given) == ForkedParts::Side::child) return;
    ++at;
  }
}

// ---- taking back, the message -------------------------------------------------------------------

void RaceReversal::accept(PartMessage message) {
  for (PartMessage::Plan& plan : message.plans) {
    read(plan);
    if (plan.depth >= first_own_)
      plan_on_path(plan.depth);
    else if (!is_covered(plan.depth, sequence_))
      to_parent_.plans.push_back(std::move(plan));
  }
  learn_from(message);
}

// What may mean that all must begin again.
void RaceReversal::learn_from(const PartMessage& message) {
  if (message.looks_ahead && !looks_ahead_) looks_ahead_ = must_start_over_ = true;
  for (const PartMessage::ReadSet& set : message.read_sets) {
    const ObjectId group = Execution::instance().learn_read_set(set.key, set.objects);
    if (footprints_.group(group, set.objects)) must_start_over_ = true;
  }
}

// Plans `sequence_` at a point on the current path. What is being explored there comes before what is planned. Where
// that is on the way to a leaf, the sequence may have its place there; beyond the leaf all will be explored.
void RaceReversal::plan_on_path(Index at) {
  const WakeupPool::Leaf leaf = leaf_beside(at);
  for (;;) {
    if (sequence_.empty() || is_redundant_as_a_whole(nodes_[at])) return;
    Index next = at + 1;  // The next point at which a thread is chosen.
    while (next < nodes_.size() && nodes_[next].is_value) ++next;
    if (next >= nodes_.size()) break;
    const VariantId variant = variant_of(at, next);
    const WakeupEntry current = {static_cast<std::uint8_t>(nodes_[at].choice), events_[at].footprint, variant};
    std::size_t position = 0;
    const WakeupPool::Match match = WakeupPool::match(current, sequence_, 0, footprints_, position);
    // What follows the values that are being chosen covers it; what follows others may not.
    const bool other_values = match == WakeupPool::Match::covered && variant != 0;
    if (match == WakeupPool::Match::conflict || other_values) break;
    if (match == WakeupPool::Match::covered || !nodes_[next].before_leaf) return;
    sequence_.erase(sequence_.begin() + static_cast<std::ptrdiff_t>(position));
    at = next;
  }
  planned_any_ = true;
  plan(nodes_[at], sequence_, leaf);
}

bool RaceReversal::is_redundant_as_a_whole(const Node& node) {
  const WakeupEntry last = sequence_.back();
  sequence_.pop_back();
  const bool redundant = is_redundant(node) || is_redundant_with({last.footprint, last.variant}, last.thread);
  sequence_.push_back(last);
  return redundant;
}

// Into `sequence_`.
void RaceReversal::read(const PartMessage::Plan& plan) {
  sequence_.clear();
  for (const PartMessage::Transition& transition : plan.sequence) {
    sequence_.push_back({transition.thread, footprints_.id_of(transition.accesses, transition.everything),
                         variants_.number_of(transition.values)});
  }
}

// ---- messages -----------------------------------------------------------------------------------

// A sequence to be planned at a point of a process above, unless that was planned before this part began. What this
// part has said meanwhile does not matter: the parent may have found something else in its place.
void RaceReversal::tell_parent(Index depth, const std::vector<WakeupEntry>& sequence) {
  if (is_covered(depth, sequence)) return;
  Hash128 hash = {depth, sequence.size()};
  for (const WakeupEntry& entry : sequence) {
    hash = mix({hash.low ^ entry.footprint, hash.high ^ entry.variant}, entry.thread);
  }
  if (!told_.insert(hash, 1).is_new) return;
  PartMessage::Plan plan = {depth, {}};
  for (const WakeupEntry& entry : sequence) {
    PartMessage::Transition transition;
    transition.thread = entry.thread;
    transition.everything = footprints_.is_everything(entry.footprint);
    footprints_.spell_out(entry.footprint, transition.accesses);
    const auto values = variants_.values(entry.variant);
    transition.values.assign(values.begin(), values.end());
    plan.sequence.push_back(std::move(transition));
  }
  to_parent_.plans.push_back(std::move(plan));
}

std::string RaceReversal::message_to_parent() {
  to_parent_.looks_ahead = looks_ahead_;
  for (const Execution::ReadSet& set : Execution::instance().read_sets()) {
    to_parent_.read_sets.push_back({set.key, set.objects});
  }
  return to_parent_.encode();
}

void RaceReversal::gather_parts() {
  collect_parts();
  for (const Given& given : given_) {
    if (given.has_ended) learn_from(PartMessage::decode(given.left));
  }
  forget_given();
}

// Everywhere: what was explored so far was based on a wrong assumption, and only the first process can begin again.
void RaceReversal::end_parts_to_start_over() {
  parts_->ask_to_start_over();
  if (parts_->is_part()) return;
  gather_parts();
  parts_->forget();
}

}  // namespace sim
