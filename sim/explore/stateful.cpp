// How a search that matches states goes on in another process. Hashes of states hold what differs from process to
// process, so that none is saved. What is saved: by which transitions each state was first met, what is known of it by
// its number, and where the search stands. The transitions are made again, and each state gets its new hash.
#include "explore/stateful.hpp"

#include <bit>

#include "explore/stateful_base.hpp"
#include "runtime/liveness_numbers.hpp"

namespace sim {

using checkpoint::Reader;
using checkpoint::Writer;
using Kind = ArrivalTree::Kind;

std::unique_ptr<StatefulSearch> make_stateful(const Options& options, bool keep_graph) {
  return options.order == Order::breadth_first ? make_breadth_first_stateful(options)
                                               : make_depth_first_stateful(options, keep_graph);
}

void Stateful::save(Writer& to) const {
  to.number(visited_.size());
  to.number(unexpanded_);
  to.number(unexpanded_seen_);
  const runtime::LivenessNumbers& liveness = runtime::LivenessNumbers::instance();
  to.words(std::span<const std::uint64_t>(liveness.keys()));
  to.flag(liveness.are_used_up());
  arrivals_.save(to);
  save_place(to);
  if (graph_) graph_->save(to, visited_.size());
}

void Stateful::load(Reader& from, std::vector<Choice>) {
  const std::uint64_t states = from.number();
  unexpanded_ = from.number();
  unexpanded_seen_ = from.number();
  const std::vector<std::uint64_t> liveness = from.words<std::uint64_t>();
  runtime::LivenessNumbers::instance().learn(liveness, from.flag());
  arrivals_.load(from);
  load_depths();
  load_place(from);
  retrace_.emplace(arrivals_);
  retrace_->states = states;
  if (depths_.size() != states) throw checkpoint::Error("the checkpoint is damaged: it lacks states");
}

// The last arrival counts: states are expanded again only at a smaller depth.
void Stateful::load_depths() {
  const std::vector<std::uint32_t> numbers = arrivals_.states();
  std::vector<std::uint32_t> depths(arrivals_.size());
  for (ArrivalTree::Id id = 0; id < arrivals_.size(); ++id) {
    const ArrivalTree::Id parent = arrivals_.parent(id);
    depths[id] = parent == ArrivalTree::start ? 0 : depths[parent] + 1;
    const Kind kind = arrivals_.kind(id);
    if (kind > Kind::again) continue;
    if (kind != Kind::again) depths_.push_back(0);
    if (numbers[id] >= depths_.size()) throw checkpoint::Error("the checkpoint is damaged: it names no state");
    depths_[numbers[id]] = (depths[id] + 1) | (kind == Kind::cut ? cut : 0);
  }
}

std::optional<Stateful::Step> Stateful::next_step() {
  const auto next = retrace_->walk.next();
  if (!next) return std::nullopt;
  retrace_->at = *next;
  return Step{retrace_->walk.depth(), arrivals_.choice(*next), retrace_->walk.leads_on(*next),
              arrivals_.kind(*next) == Kind::counted};
}

Stateful::Met Stateful::end_step(Execution::Stop stop, PointId id, const Hash128& state, const Execution& execution) {
  using Stop = Execution::Stop;
  const ArrivalTree::Id at = retrace_->at;
  const std::uint32_t number = retrace_->numbers[at];
  const Kind kind = arrivals_.kind(at);
  if (kind == Kind::counted) return Met::as_before;
  const bool fits = kind == Kind::ended ? stop == Stop::finished || stop == Stop::deadlock
                    : kind == Kind::cut ? stop == Stop::step_limit
                                        : stop == Stop::point;
  if (!fits) return Met::other;
  if (kind != Kind::waiting && *visited_.insert(state, number + 1).value != number + 1) return Met::other;
  if (kind == Kind::ended && graph_) graph_->end(number);
  if (kind == Kind::ended || kind == Kind::cut) return Met::as_before;
  const Point point = execution.point(id, &state);
  const Arrived arrived = {id,
                           point.depth,
                           StateGraph::no_edge,
                           false,
                           arrivals_.choice(at),
                           state,
                           Alternatives::of(point),
                           execution.unmet()};
  if (kind == Kind::waiting) {
    find_waiting(at, arrived);
    return Met::keep;
  }
  if (graph_) {
    graph_->expand(number, arrived.alternatives);
    graph_->note_unmet(number, arrived.unmet);
  }
  return find_place(at, arrived, number) ? Met::keep : Met::as_before;
}

StateGraph::EdgeId Stateful::edge_to(ArrivalTree::Id arrival) const {
  const ArrivalTree::Id parent = arrivals_.parent(arrival);
  if (!graph_ || parent == ArrivalTree::start) return StateGraph::no_edge;
  const std::uint32_t number = retrace_->numbers[parent];
  const auto [value, is_value] = arrivals_.choice(arrival);
  const std::uint64_t before = graph_->node(number).alternatives.threads & ((std::uint64_t{1} << (value & 63)) - 1);
  return graph_->edge(number, is_value ? value : static_cast<std::uint32_t>(std::popcount(before)));
}

// Equal states have one hash, and different ones another, if there are as many hashes as states.
bool Stateful::end_retracing(Reader& from) {
  if (visited_.size() != retrace_->states) return false;
  if (graph_ && !graph_->load(from, visited_.size())) return false;
  // Those that wait were needed on the way only.
  std::size_t count = arrivals_.size();
  while (count > 0 && arrivals_.kind(static_cast<ArrivalTree::Id>(count - 1)) == Kind::waiting) --count;
  arrivals_.cut_to(count);
  retrace_.reset();
  return true;
}

}  // namespace sim
