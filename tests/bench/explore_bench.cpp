// Speed of exploration. `./dev bench` runs it; the figures of one run are in docs/benchmarks.md.
#include <benchmark/benchmark.h>

#include "bench/programs.hpp"
#include "sms/model.hpp"
#include "sms/parameters.hpp"

namespace {

using sim::Options;
using sim::Report;
using sim::Strategy;

void report_rates(benchmark::State& state, const Report& report) {
  const auto rate = [&](std::uint64_t count) {
    return benchmark::Counter(static_cast<double>(count) * static_cast<double>(state.iterations()),
                              benchmark::Counter::kIsRate);
  };
  state.counters["executions/s"] = rate(report.executions);
  state.counters["transitions/s"] = rate(report.transitions);
  if (report.states != 0) state.counters["states"] = static_cast<double>(report.states);
  state.counters["MiB"] = static_cast<double>(report.peak_memory_bytes) / (1 << 20);
}

template <class Program>
void explore(benchmark::State& state, Program program, const Options& options) {
  Report report;
  for (auto _ : state) report = sim::explore(program, options);
  report_rates(state, report);
}

constexpr std::uint64_t million = 1'000'000;

void dfs_claim_racy_3_2(benchmark::State& state) {
  explore(state, bench::claim_racy<3, 2>, {.strategy = Strategy::dfs, .max_executions = 2 * million});
}

void dfs_claim_racy_3_2_reexecuting(benchmark::State& state) {
  explore(state, bench::claim_racy<3, 2>,
          {.strategy = Strategy::dfs, .max_executions = million / 2, .backtracking = sim::Backtracking::reexecute});
}

void dfs_claim_racy_2_2_to_the_end(benchmark::State& state) {
  explore(state, bench::claim_racy<2, 2>, {.strategy = Strategy::dfs});
}

void stateful_claim_racy_3_2(benchmark::State& state) {
  explore(state, bench::claim_racy<3, 2>, {.strategy = Strategy::stateful});
}

void stateful_claim_racy_4_2(benchmark::State& state) {
  explore(state, bench::claim_racy<4, 2>, {.strategy = Strategy::stateful});
}

void stateful_claim_racy_4_3(benchmark::State& state) {
  explore(state, bench::claim_racy<4, 3>, {.strategy = Strategy::stateful});
}

void random_walk_claim_racy_2_1(benchmark::State& state) {
  explore(state, bench::claim_racy<2, 1>, {.strategy = Strategy::random_walk, .max_executions = million});
}

template <Strategy Chosen>
void sample_claim_racy_3_2(benchmark::State& state) {
  explore(state, bench::claim_racy<3, 2>, {.strategy = Chosen, .max_executions = million / 2});
}

template <auto Program>
void optimal_dpor(benchmark::State& state) {
  explore(state, Program, {.strategy = Strategy::optimal_dpor});
}

// Every transition from a snapshot, and none looked up.
template <auto Program>
void optimal_dpor_restoring(benchmark::State& state) {
  explore(state, Program, {.strategy = Strategy::optimal_dpor, .cache_transitions = sim::Caching::never});
}

template <auto Program>
void optimal_dpor_reexecuting(benchmark::State& state) {
  explore(state, Program, {.strategy = Strategy::optimal_dpor, .backtracking = sim::Backtracking::reexecute});
}

// In wall time: the other processes' CPU time is not this one's. As many of each, so that ratios compare like with
// like.
template <auto Program, Strategy Chosen>
void in_workers(benchmark::State& state) {
  const auto workers = static_cast<unsigned>(state.range(0));
  explore(state, Program, {.strategy = Chosen, .workers = workers});
}

void hotfix(benchmark::State& state) {
  sim::Parameters parameters = sim::Parameters::defaults(models::sms::parameter_table());
  parameters.set("selection", "critical-section");
  parameters.set("sending_threads", state.range(0));
  parameters.set("requests", state.range(1));
  const sim::ModelInfo model = models::sms::info();
  explore(state, [&] { sim::run_model(model, parameters); }, {.strategy = Strategy::stateful});
}

}  // namespace

BENCHMARK(dfs_claim_racy_3_2)->Unit(benchmark::kMillisecond)->Iterations(1);
BENCHMARK(dfs_claim_racy_3_2_reexecuting)->Unit(benchmark::kMillisecond)->Iterations(1);
BENCHMARK(dfs_claim_racy_2_2_to_the_end)->Unit(benchmark::kMillisecond);
BENCHMARK(stateful_claim_racy_3_2)->Unit(benchmark::kMillisecond);
BENCHMARK(stateful_claim_racy_4_2)->Unit(benchmark::kMillisecond)->Iterations(2);
BENCHMARK(stateful_claim_racy_4_3)->Unit(benchmark::kMillisecond)->Iterations(1);
BENCHMARK(random_walk_claim_racy_2_1)->Unit(benchmark::kMillisecond)->Iterations(1);
BENCHMARK(sample_claim_racy_3_2<Strategy::random_walk>)
    ->Name("random_walk_claim_racy_3_2")
    ->Unit(benchmark::kMillisecond)
    ->Iterations(1);
BENCHMARK(sample_claim_racy_3_2<Strategy::pct>)
    ->Name("pct_claim_racy_3_2")
    ->Unit(benchmark::kMillisecond)
    ->Iterations(1);
BENCHMARK(sample_claim_racy_3_2<Strategy::pos>)
    ->Name("pos_claim_racy_3_2")
    ->Unit(benchmark::kMillisecond)
    ->Iterations(1);
BENCHMARK(sample_claim_racy_3_2<Strategy::surw>)
    ->Name("surw_claim_racy_3_2")
    ->Unit(benchmark::kMillisecond)
    ->Iterations(1);
BENCHMARK(optimal_dpor<bench::claim_racy<4, 1>>)->Name("optimal_dpor_claim_racy_4_1")->Unit(benchmark::kMillisecond);
BENCHMARK(optimal_dpor_restoring<bench::claim_racy<4, 1>>)
    ->Name("optimal_dpor_claim_racy_4_1_restoring")
    ->Unit(benchmark::kMillisecond)
    ->Iterations(1);
BENCHMARK(optimal_dpor_reexecuting<bench::claim_racy<4, 1>>)
    ->Name("optimal_dpor_claim_racy_4_1_reexecuting")
    ->Unit(benchmark::kMillisecond)
    ->Iterations(1);
BENCHMARK(optimal_dpor<bench::claim_racy<4, 1, 50>>)
    ->Name("optimal_dpor_claim_racy_4_1_with_50_private_stores")
    ->Unit(benchmark::kMillisecond)
    ->Iterations(1);
BENCHMARK(optimal_dpor_restoring<bench::claim_racy<4, 1, 50>>)
    ->Name("optimal_dpor_claim_racy_4_1_with_50_private_stores_restoring")
    ->Unit(benchmark::kMillisecond)
    ->Iterations(1);
BENCHMARK(optimal_dpor_reexecuting<bench::claim_racy<4, 1, 50>>)
    ->Name("optimal_dpor_claim_racy_4_1_with_50_private_stores_reexecuting")
    ->Unit(benchmark::kMillisecond)
    ->Iterations(1);
BENCHMARK(optimal_dpor<bench::counter<3, 3>>)->Name("optimal_dpor_counter_3_3")->Unit(benchmark::kMillisecond);
BENCHMARK(optimal_dpor<bench::lastzero<15>>)->Name("optimal_dpor_lastzero_15")->Unit(benchmark::kMillisecond);
BENCHMARK(optimal_dpor<bench::readers<13>>)->Name("optimal_dpor_readers_13")->Unit(benchmark::kMillisecond);
BENCHMARK(optimal_dpor<bench::claim_fixed<3, 2>>)->Name("optimal_dpor_claim_fixed_3_2")->Unit(benchmark::kMillisecond);
BENCHMARK(in_workers<bench::claim_racy<4, 1>, Strategy::optimal_dpor>)
    ->Name("optimal_dpor_claim_racy_4_1_workers")
    ->Unit(benchmark::kMillisecond)
    ->Arg(1)
    ->Arg(2)
    ->UseRealTime()
    ->Iterations(5);
BENCHMARK(in_workers<bench::claim_racy<4, 3>, Strategy::stateful>)
    ->Name("stateful_claim_racy_4_3_workers")
    ->Unit(benchmark::kMillisecond)
    ->Arg(1)
    ->Arg(2)
    ->UseRealTime()
    ->Iterations(2);
BENCHMARK(hotfix)->Unit(benchmark::kMillisecond)->Args({2, 1})->Args({3, 1})->Args({2, 2})->Iterations(1);
