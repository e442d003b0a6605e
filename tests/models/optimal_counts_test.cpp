// How few executions the hotfix needs: sending threads on different requests to different sites, under optimal_dpor.
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim.hpp"
#include "sms/scheduler.hpp"
#include "sms/selection.hpp"
#include "sms/transfer.hpp"

namespace models::sms {
namespace {

using sim::Options;
using sim::Report;
using sim::Strategy;
using sim::Verdict;

struct Shape {
  unsigned threads;
  unsigned requests;
  std::uint64_t traces;  ///< Measured; the comparisons below say that none is missing and none is there twice.
};

void PrintTo(const Shape& shape, std::ostream* out) {
  *out << shape.threads << " threads, " << shape.requests << " requests";
}

/// Sending threads through the hotfix alone: claim, send, claim the next, until nothing is pending. Each request goes to
/// a site of its own. Without main thread, Scheduler and Despooler, and without counters that only goals read: what is
/// left to order is the critical section, and the states of requests that it reads while their senders write them.
auto sending_threads(const Shape& shape) {
  return [shape] {
    Settings settings;
    settings.selection = SelectionKind::critical_section;
    settings.sending_threads = shape.threads;
    settings.requests = shape.requests;
    settings.destinations = shape.requests;
    settings.counts_threads = false;
    Site site(settings);
    const std::unique_ptr<Selection> selection = make_selection(settings.selection);
    {
      const sim::InitialState setting_up;
      create_disk(site);
      create_requests(site);
    }
    std::vector<sim::thread> threads;
    threads.reserve(shape.threads);
    for (unsigned i = 0; i < shape.threads; ++i) {
      threads.emplace_back("sender-" + std::to_string(i + 1), [&] {
        for (Claim claim = selection->claim(site); claim.request != no_request; claim = selection->claim(site)) {
          send(site, *selection, claim);
        }
      });
    }
    for (sim::thread& thread : threads) thread.join();
    for (unsigned request = 0; request < shape.requests; ++request) {
      sim::check(site.files.attributes(remote_path(request, request_id(request) + ".SNI")).has_value(), "delivered");
    }
  };
}

class SendingThreads : public testing::TestWithParam<Shape> {};

TEST_P(SendingThreads, need_one_execution_per_order_that_matters) {
  const Options options{
      .strategy = Strategy::optimal_dpor, .stop_at_first_violation = false, .count_traces = true};
  const Report report = sim::explore(sending_threads(GetParam()), options);
  EXPECT_EQ(report.verdict, Verdict::holds);
  EXPECT_EQ(report.executions, GetParam().traces);
  EXPECT_EQ(report.blocked_executions, 0u);
  EXPECT_EQ(report.traces, report.executions) << "two executions are equivalent";
}

INSTANTIATE_TEST_SUITE_P(Hotfix, SendingThreads,
                         testing::Values(Shape{2, 1, 12}, Shape{2, 2, 92}, Shape{3, 1, 126}, Shape{3, 2, 3'426}),
                         [](const auto& tested) {
                           return std::to_string(tested.param.threads) + "_threads_" +
                                  std::to_string(tested.param.requests) + "_requests";
                         });

// Takes six minutes: a test of its own, labelled `full`.
TEST(SendingThreadsAlone, DISABLED_take_as_many_traces_without_reduction) {
  const Options options{.strategy = Strategy::dfs, .stop_at_first_violation = false, .count_traces = true};
  const Report report = sim::explore(sending_threads({2, 1, 12}), options);
  EXPECT_EQ(report.verdict, Verdict::holds);
  EXPECT_EQ(report.traces, 12u);
  EXPECT_GT(report.executions, 10'000u);
}

}  // namespace
}  // namespace models::sms
