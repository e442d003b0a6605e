// Each scenario of a symptom shows exactly that symptom: read off the events of its counterexample, without the model's
// own bookkeeping.
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "sim.hpp"
#include "sms/model.hpp"
#include "sms/parameters.hpp"

namespace models::sms {
namespace {

using sim::Event;
using sim::Parameters;
using sim::Trace;

/// A shortest execution with two sending threads and one request that violates `property`.
Trace witness(std::string_view property, bool routing = false) {
  Parameters parameters = Parameters::defaults(parameter_table());
  parameters.set("sending_threads", std::int64_t{2});
  parameters.set("routing", routing);
  parameters.set("watch", std::string(property));
  sim::Options options{.strategy = sim::Strategy::stateful};
  options.order = sim::Order::breadth_first;
  const sim::ModelInfo model = info();
  const sim::Report report = sim::explore([&] { sim::run_model(model, parameters); }, options);
  EXPECT_EQ(report.violations.size(), 1U) << property;
  return report.violations.empty() ? Trace() : report.violations[0].trace;
}

/// What somebody looks for in a trace: the place of an event, from 0; -1 if there is none.
class Story {
 public:
  explicit Story(Trace trace) : trace_(std::move(trace)) {
    for (const Event& event : trace_.events()) {
      const bool claims = event.text == "Status=STARTED";
      if (claims && std::ranges::find(claimers_, event.thread) == claimers_.end()) claimers_.push_back(event.thread);
    }
  }

  /// The last event of `thread` (none: of any) whose text and object contain these words.
  int last(std::optional<unsigned> thread, std::string_view text, std::string_view object = "") const {
    int found = -1, at = 0;
    for (const Event& event : trace_.events()) {
      const bool is_its = !thread || event.thread == *thread;
      const std::string name = trace_.object_name(event.operation.object);
      if (is_its && event.text.find(text) != std::string::npos && name.find(object) != std::string::npos) found = at;
      ++at;
    }
    return found;
  }
  int status(unsigned sender, std::string_view status) const { return last(sender, "Status=" + std::string(status)); }
  bool ends_with(int place) const { return place >= 0 && place + 1 == static_cast<int>(trace_.events().size()); }
  unsigned first() const { return claimers_.at(0); }
  unsigned second() const { return claimers_.at(1); }
  std::size_t claimers() const { return claimers_.size(); }
  int deleted() const {
    int at = 0;
    for (const Event& event : trace_.events()) {
      const bool request = trace_.object_name(event.operation.object).ends_with(".srq");
      if (request && event.operation.kind == sim::OperationKind::file_delete) return at;
      ++at;
    }
    return -1;
  }

 private:
  Trace trace_;
  std::vector<unsigned> claimers_;  // In the order of their first claims.
};

constexpr std::string_view remote_package = R"(\\SMSServer\SMS_SITE\2_K1Q0P0.PCK)";
constexpr std::string_view request = R"(Outboxes\LAN\2_K1Q0P0.srq)";

TEST(Symptoms, s1_second_sender_gets_error_32_on_the_remote_package) {
  const Story story(witness("no-sharing-violation"));
  ASSERT_EQ(story.claimers(), 2U);
  EXPECT_TRUE(story.ends_with(story.last({}, "error 32", remote_package)));
}

TEST(Symptoms, s2_both_senders_deliver_the_instruction) {
  const Story story(witness("no-double-send"));
  ASSERT_EQ(story.claimers(), 2U);
  EXPECT_GE(story.last(story.first(), "2_K1Q0P0.SNI -> ok"), 0);
  EXPECT_TRUE(story.ends_with(story.last(story.second(), "2_K1Q0P0.SNI -> ok")));
}

TEST(Symptoms, s3_second_sender_fails_on_what_the_scheduler_deleted) {
  const Story story(witness("no-second-fails-on-deleted"));
  ASSERT_EQ(story.claimers(), 2U);
  EXPECT_LT(story.status(story.first(), "OK"), story.deleted());
  EXPECT_LT(story.deleted(), story.last(story.second(), "-> error 2"));
  EXPECT_TRUE(story.ends_with(story.last(story.second(), "-> error 2")));
  EXPECT_EQ(story.last({}, "error 32"), -1);
}

TEST(Symptoms, s3_second_sender_fails_while_the_first_sends) {
  const Story story(witness("no-second-fails-while-first-sends"));
  ASSERT_EQ(story.claimers(), 2U);
  EXPECT_GE(story.last(story.second(), "error 32", remote_package), 0);
  EXPECT_LT(story.last(story.second(), "error 32"), story.status(story.second(), "INVALID"));
  EXPECT_LT(story.status(story.second(), "INVALID"), story.status(story.first(), "OK"));
  EXPECT_TRUE(story.ends_with(story.status(story.first(), "OK")));
}

TEST(Symptoms, s4_first_sender_fails_and_invalidates_what_the_second_completed) {
  const Story story(witness("no-first-invalidates-second"));
  ASSERT_EQ(story.claimers(), 2U);
  EXPECT_GE(story.last(story.first(), "error 32", remote_package), 0);
  EXPECT_LT(story.status(story.second(), "OK"), story.status(story.first(), "INVALID"));
  EXPECT_GE(story.status(story.second(), "OK"), 0);
  EXPECT_TRUE(story.ends_with(story.status(story.first(), "INVALID")));
  EXPECT_EQ(story.deleted(), -1);
}

TEST(Symptoms, s5_late_sender_creates_the_deleted_request_anew) {
  const Story story(witness("no-orphan"));
  ASSERT_EQ(story.claimers(), 2U);
  EXPECT_GE(story.deleted(), 0);
  EXPECT_TRUE(story.ends_with(story.last(story.second(), "open_always RW share RWD -> ok", request)));
}

TEST(Symptoms, s6_routing_request_waits_for_an_invalid_request) {
  const Story story(witness("no-rtr-waits-for-invalid", true));
  ASSERT_EQ(story.claimers(), 2U);
  const int invalid = std::max(story.status(story.first(), "INVALID"), story.status(story.second(), "INVALID"));
  for (const char* other : {"OK", "NONE", "STARTED"})
    EXPECT_LT(story.last({}, std::string("Status=") + other), invalid);
  EXPECT_EQ(story.last({}, "", ".rtr"), -1);  // Nobody touched it.
  EXPECT_EQ(story.deleted(), -1);
}

TEST(Symptoms, s6_routing_request_waits_for_an_orphan) {
  const Story story(witness("no-rtr-waits-for-orphan", true));
  ASSERT_EQ(story.claimers(), 2U);
  EXPECT_LT(story.deleted(), story.last(story.second(), "open_always RW share RWD -> ok", request));
  EXPECT_EQ(story.last({}, "", ".rtr"), -1);
}

}  // namespace
}  // namespace models::sms
