#pragma once

#include <memory>
#include <string>

#include "event/schedule.hpp"
#include "explore/options.hpp"
#include "runtime/search.hpp"

namespace sim {

class ForkedParts;

// One function for each strategy, each in a file of its own; that of `stateful` is in stateful.hpp.
std::unique_ptr<Search> make_depth_first(const Options& options);
/// `parts`: if not null, what leaves parts of the exploration to other processes.
std::unique_ptr<Search> make_optimal_dpor(const Options& options, ForkedParts* parts = nullptr);
std::unique_ptr<Search> make_source_dpor(const Options& options);
std::unique_ptr<Search> make_preemption_bounded(const Options& options);
std::unique_ptr<Search> make_delay_bounded(const Options& options);
std::unique_ptr<Search> make_random_walk(const Options& options);
std::unique_ptr<Search> make_pct(const Options& options);
std::unique_ptr<Search> make_pos(const Options& options);
std::unique_ptr<Search> make_surw(const Options& options);

/// The Search for `options.strategy`. Requires: it is not `stateful`. `parts`: as for make_optimal_dpor().
std::unique_ptr<Search> make_search(const Options& options, ForkedParts* parts = nullptr);

/// Follows a schedule. `divergence()` is empty unless the program did not offer what the schedule asks for. A cycle is
/// followed once.
class Replay : public Search {
 public:
  /// `compares_states`: those at the beginning and the end of the schedule's cycle.
  explicit Replay(const Schedule& schedule, bool compares_states = false)
      : schedule_(schedule), compares_states_(compares_states) {}

  bool matches_states() const override { return compares_states_; }
  std::optional<Branch> begin_execution() override;
  Decision choose(const Point& point) override;
  bool end_execution(Ending ending, const Execution& execution, const Hash128* state) override;

  const std::string& divergence() const { return divergence_; }
  /// True iff the schedule's cycle led back to the state in which it began.
  bool has_come_around() const { return came_around_; }
  /// True iff a goal was reached on the way around.
  bool has_reached_goal() const { return goals_after_ != goals_before_; }
  /// The liveness properties that were false all the way around, by number. Requires: it compares states.
  std::uint8_t unmet_around() const { return unmet_; }
  /// True iff every thread that could run somewhere on the way around did run: then the cycle is strongly fair.
  bool is_fair() const { return (enabled_ & ~taken_) == 0; }

 private:
  void look_at_cycle(const Point& point);

  const Schedule& schedule_;
  const bool compares_states_;
  bool begun_ = false;
  Hash128 cycle_state_;
  bool came_around_ = false;
  // On the way around the cycle:
  std::uint64_t goals_before_ = 0, goals_after_ = 0;
  std::uint64_t enabled_ = 0, taken_ = 0;  ///< Threads.
  std::uint8_t unmet_ = 0;
  std::string divergence_;
};

}  // namespace sim
