// An arrival in a file: a number
//
//   choice · is it a value (1 bit) · steps (2 bits) · kind (2 bits)
//
// What is too large for its bits has 3 there, and the rest of it follows as a number.
// Depth first, `steps` leads from the arrival before up to the parent. Breadth first, parents come in their own order,
// mostly, and `steps` is the distance from the parent before, as 2n, or as 2n - 1 if it is negative.
#include "explore/arrival_tree.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace sim {
namespace {

constexpr std::uint64_t escape = 3;
constexpr std::uint64_t most_in_word = std::uint64_t{1} << 36;

std::uint64_t zigzag(std::int64_t value) {
  return value >= 0 ? 2 * static_cast<std::uint64_t>(value) : 2 * static_cast<std::uint64_t>(-(value + 1)) + 1;
}
std::int64_t from_zigzag(std::uint64_t word) {
  const auto half = static_cast<std::int64_t>(word / 2);
  return word % 2 == 0 ? half : -half - 1;
}

[[noreturn]] void malformed() {
  throw checkpoint::Error("the checkpoint is damaged: its states do not fit together");
}

}  // namespace

ArrivalTree::Id ArrivalTree::add_again(Id parent, const Choice& choice, std::uint32_t state) {
  const Id id = add(parent, choice, Kind::again);
  if (keeps_kinds_) again_.push_back({id, state});
  return id;
}

void ArrivalTree::cut_to(std::size_t count) {
  SIM_CHECK(again_.empty() || again_.back().id < count);
  arrivals_.resize(count);
  kinds_.resize(count);
}

std::vector<ArrivalTree::Id> ArrivalTree::way_to(Id id) const {
  std::vector<Id> way;
  for (; id != start; id = parent(id)) way.push_back(id);
  std::ranges::reverse(way);
  return way;
}

// No choice leads to the first arrival.
std::vector<Choice> ArrivalTree::path_to(Id id) const {
  std::vector<Choice> path;
  for (; id != start && parent(id) != start; id = parent(id)) path.push_back(choice(id));
  std::ranges::reverse(path);
  return path;
}

std::vector<std::uint32_t> ArrivalTree::states() const {
  std::vector<std::uint32_t> states(size());
  std::uint32_t next = 0;
  for (Id id = 0; id < size(); ++id) {
    if (kind(id) <= Kind::cut) states[id] = next++;
  }
  for (const Again& again : again_) states[again.id] = again.state;
  return states;
}

void ArrivalTree::save(checkpoint::Writer& to) const {
  SIM_CHECK(keeps_kinds_);
  to.number(size());
  Id before = start;
  for (Id id = 0; id < size(); before = depth_first_ ? id : parent(id), ++id) {
    std::uint64_t steps = 0;
    if (depth_first_) {
      for (Id at = before; at != parent(id); at = parent(at)) ++steps;
    } else {
      steps = zigzag(std::int64_t{parent(id) + 1} - std::int64_t{before + 1});
    }
    const Choice made = choice(id);
    const std::uint64_t choice_word = std::uint64_t{made.value} << 1 | (made.is_value ? 1 : 0);
    const auto kind_word = static_cast<std::uint64_t>(kind(id));
    to.number(choice_word << 4 | std::min(steps, escape) << 2 | std::min(kind_word, escape));
    if (steps >= escape) to.number(steps - escape);
    if (kind_word >= escape) to.number(kind_word - escape);
  }
  to.number(again_.size());
  for (const Again& again : again_) {
    to.number(again.id);
    to.number(again.state);
  }
}

ArrivalTree::Id ArrivalTree::parent_after(std::uint64_t steps) const {
  const Id last = arrivals_.empty() ? start : static_cast<Id>(size() - 1);
  if (!depth_first_) {
    const Id before = arrivals_.empty() ? start : parent(last);
    return static_cast<Id>(std::int64_t{before + 1} + from_zigzag(steps) - 1);
  }
  Id at = last;
  for (; steps > 0; --steps) {
    if (at == start) malformed();
    at = parent(at);
  }
  return at;
}

void ArrivalTree::load(checkpoint::Reader& from) {
  cut_to(0);
  again_.clear();
  const std::uint64_t count = from.count();
  arrivals_.reserve(count);
  kinds_.reserve(count);
  for (std::uint64_t id = 0; id < count; ++id) {
    const std::uint64_t word = from.below(most_in_word), choice_word = word >> 4;
    std::uint64_t steps = word >> 2 & escape, kind = word & escape;
    if (steps == escape) steps += from.below(2 * most_in_word);
    if (kind == escape) kind += from.below(kinds - escape);
    const Id parent = parent_after(steps);
    if (parent != start && parent >= id) malformed();
    const auto value = static_cast<std::uint32_t>(choice_word >> 1);
    add(parent, {value, (choice_word & 1) != 0}, static_cast<Kind>(kind));
  }
  for (std::uint64_t left = from.count(2); left > 0; --left) {
    const auto id = static_cast<Id>(from.below(count));
    if (kind(id) != Kind::again) malformed();
    again_.push_back({id, static_cast<std::uint32_t>(from.below(UINT32_MAX))});
  }
}

// Backwards, so that children come in the order of their numbers.
ArrivalWalk::ArrivalWalk(const ArrivalTree& tree)
    : tree_(tree), first_child_(tree.size(), ArrivalTree::start), next_sibling_(tree.size(), ArrivalTree::start) {
  for (auto id = static_cast<ArrivalTree::Id>(tree.size()); id-- > 0;) {
    const ArrivalTree::Id parent = tree.parent(id);
    next_sibling_[id] = std::exchange(parent == ArrivalTree::start ? next_ : first_child_[parent], id);
  }
}

std::optional<ArrivalTree::Id> ArrivalWalk::next() {
  constexpr ArrivalTree::Id none = ArrivalTree::start;
  if (next_ == none) return std::nullopt;
  const ArrivalTree::Id id = next_;
  depth_ = next_depth_;
  if (leads_on(id)) {
    next_ = first_child_[id];
    ++next_depth_;
    return id;
  }
  ArrivalTree::Id last = id;
  for (; last != none && next_sibling_[last] == none; last = tree_.parent(last)) --next_depth_;
  next_ = last == none ? none : next_sibling_[last];
  return id;
}

}  // namespace sim
