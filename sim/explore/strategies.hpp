#pragma once

#include <memory>
#include <string>

#include "event/schedule.hpp"
#include "explore/options.hpp"
#include "runtime/search.hpp"

namespace sim {

// One function for each strategy, each in a file of its own.
std::unique_ptr<Search> make_depth_first(const Options& options);
std::unique_ptr<Search> make_optimal_dpor(const Options& options);
std::unique_ptr<Search> make_source_dpor(const Options& options);
std::unique_ptr<Search> make_stateful(const Options& options);
std::unique_ptr<Search> make_preemption_bounded(const Options& options);
std::unique_ptr<Search> make_delay_bounded(const Options& options);
std::unique_ptr<Search> make_random_walk(const Options& options);
std::unique_ptr<Search> make_pct(const Options& options);
std::unique_ptr<Search> make_pos(const Options& options);
std::unique_ptr<Search> make_surw(const Options& options);

/// The Search for `options.strategy`.
std::unique_ptr<Search> make_search(const Options& options);

/// Follows a schedule. `divergence()` is empty unless the program did not offer what the schedule asks for.
class Replay : public Search {
 public:
  explicit Replay(const Schedule& schedule) : schedule_(schedule) {}

  std::optional<Branch> begin_execution() override;
  Decision choose(const Point& point) override;
  bool end_execution(Ending ending, const Execution& execution, const Hash128* state) override;

  const std::string& divergence() const { return divergence_; }

 private:
  const Schedule& schedule_;
  bool begun_ = false;
  std::string divergence_;
};

}  // namespace sim
