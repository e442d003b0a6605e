#include <gtest/gtest.h>

#include <string_view>
#include <utility>
#include <vector>

#include "classic/programs.hpp"
#include "random_walk_probability.hpp"
#include "registry.hpp"
#include "sim.hpp"

namespace models::classic {
namespace {

using sim::Options;
using sim::Parameters;
using sim::ParameterValue;
using sim::Report;
using sim::Strategy;

/// A model with parameters, as a program.
class Instance {
 public:
  explicit Instance(std::string_view model, std::vector<std::pair<std::string, ParameterValue>> values = {})
      : model_(*find(model)), parameters_(Parameters::defaults(model_.parameters)) {
    parameters_.set("broken", true);
    for (auto& [name, value] : values) parameters_.set(name, value);
  }

  void operator()() const { sim::run_model(model_, parameters_); }

 private:
  const sim::ModelInfo& model_;
  Parameters parameters_;
};

Report to_the_end(const Instance& program, Strategy strategy) {
  return sim::explore([&program] { program(); }, {.strategy = strategy, .stop_at_first_violation = false});
}

std::uint64_t violating(const Report& report) {
  std::uint64_t count = 0;
  for (const auto& [outcome, executions] : report.outcomes) count += outcome.empty() ? 0 : executions;
  return count;
}

/// The programs whose interleavings and probabilities were enumerated independently. A failed check ends an execution,
/// so that one violating execution stands for all interleavings that go on after it.
struct Known {
  Instance program;
  std::uint64_t executions, violating;
  double walks;  ///< Random walks to the first violation, on average.
};

std::vector<Known> known_programs() {
  using Number = std::int64_t;
  return {{Instance("account"), 6, 2, 3},
          {Instance("token-ring"), 24, 4, 6},
          {Instance("deadlock01"), 6, 2, 2},
          {Instance("carter01"), 4, 2, 2},
          {Instance("bluetooth-driver"), 73, 4, 25.6},
          {Instance("twostage", {{"setters", Number{1}}, {"readers", Number{1}}}), 37, 1, 32},
          {Instance("wronglock", {{"others", Number{3}}}), 29'688, 4'536, 442'368.0 / 61'315},
          {Instance("reorder", {{"setters", Number{2}}}), 104, 6, 8.1}};
}

TEST(ClassicPrograms, have_their_known_interleavings_and_violations) {
  for (const Known& known : known_programs()) {
    const Report report = to_the_end(known.program, Strategy::dfs);
    EXPECT_TRUE(report.complete);
    EXPECT_EQ(report.executions, known.executions);
    EXPECT_EQ(violating(report), known.violating);
  }
}

TEST(ClassicPrograms, are_violated_by_random_walks_with_their_known_probability) {
  for (const Known& known : known_programs()) {
    EXPECT_NEAR(1 / random_walk_probability([&] { known.program(); }), known.walks, 1e-9 * known.walks);
  }
}

}  // namespace
}  // namespace models::classic
