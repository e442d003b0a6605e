#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "explore/checkpoint.hpp"
#include "runtime/execution.hpp"

namespace sim::checkpoint {

/// A search that matches states, and that another process can go on with: after load() the states get their new hashes
/// by making again the transitions that led to each of them first. Each of these steps goes out from the start of the
/// program, or from where an earlier one ended.
class Retraceable : public Resumable {
 public:
  struct Step {
    std::uint32_t depth = 0;  ///< Choices before the stop to which it leads; 0: the first stop of the program.
    Choice choice = {};       ///< The last of these choices. Those before it are still those of the step before.
    bool leads_on = false;    ///< Other steps go out from there: the next ones, until one that is not deeper.
    bool counts = false;      ///< The logical state there is to be counted.
  };
  /// None: there are no more.
  virtual std::optional<Step> next_step() = 0;

  enum class Met { as_before, keep, other };
  /// The step was made; it has ended like this, in a state with this hash. `point`: the name of the point, if it is to
  /// be kept. `other`: the program did not repeat itself.
  virtual Met end_step(Execution::Stop stop, PointId point, const Hash128& state, const Execution& execution) = 0;

  /// All steps were made; the rest of what was saved follows. False: the program did not repeat itself.
  virtual bool end_retracing(Reader& from) = 0;
  /// The choices that lead to where the search goes on.
  virtual std::vector<Choice> path_of_search() const = 0;

  /// The execution stands in a state whose logical state was counted for the first time.
  virtual void has_counted() = 0;

  bool repeats() const final { return false; }
};

}  // namespace sim::checkpoint
