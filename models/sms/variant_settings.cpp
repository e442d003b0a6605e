#include "sms/variant_settings.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <string>

#include "sms/parameters.hpp"

namespace models::sms {
namespace {

using sim::ParameterSpec;
using sim::rows::choice;
using sim::rows::flag;
using sim::rows::number;

constexpr std::array<std::string_view, 22> names = {"unsynchronised",
                                                    "critical-section",
                                                    "check-then-lock",
                                                    "recheck-inside",
                                                    "lock-released-early",
                                                    "lock-per-object",
                                                    "named-mutex",
                                                    "named-mutex-abandoned-is-error",
                                                    "exclusive-open-for-send",
                                                    "exclusive-open-for-claim",
                                                    "status-before-open",
                                                    "lock-file",
                                                    "rename-shared",
                                                    "rename-exclusive",
                                                    "memory-claim",
                                                    "lease",
                                                    "lease-fenced",
                                                    "checked-completion",
                                                    "lock-across-send",
                                                    "lock-order-reversed",
                                                    "strict-priority",
                                                    "aged-priority"};
static_assert(names.size() == static_cast<std::size_t>(SelectionKind::aged_priority) + 1);

constexpr std::array<std::string_view, 4> waits = {"ideal", "armed-before-scan", "armed-after-scan",
                                                   "armed-after-scan-polling"};
constexpr std::array<std::string_view, 3> crashes = {"never", "in-selection", "anywhere"};

template <std::size_t size>
std::size_t place_in(const std::array<std::string_view, size>& texts, std::string_view text) {
  return static_cast<std::size_t>(std::ranges::find(texts, text) - texts.begin());
}

std::int64_t minutes(const sim::Parameters& parameters, std::string_view name) {
  return std::chrono::nanoseconds(std::chrono::minutes(parameters.integer(name))).count();
}

}  // namespace

std::vector<std::string_view> selection_names() {
  return {names.begin(), names.end()};
}

SelectionKind selection_named(std::string_view name) {
  return static_cast<SelectionKind>(place_in(names, name));
}

std::vector<ParameterSpec> variant_parameters() {
  return {
      number("processes", 1, 1, 2, "processes",
             "Sender processes on the outbox: two while the service restarts before the old process has ended.", "[I]"),
      number("site_threads", 0, 0, 16, "threads",
             "Concurrent sendings to one site at most, 3 in the product; 0: no limit besides sending_threads.",
             "Q319166 [D]"),
      choice("wait", waits.front(), {waits.begin(), waits.end()},
             "How the main thread waits for new requests: ideal (never misses one), or a change notification that is "
             "armed before or after the scan, without or with a timeout after which it scans again.",
             "[R]"),
      number("late_requests", 0, 0, 4, "requests",
             "Urgent requests (priority 1), to a destination of their own, that the Scheduler creates while the Sender "
             "works: the first at any time, each further one when the last is claimed.",
             "model"),
      flag("endless", false,
           "The late requests are a stream: each is created again when it is gone; and a sender that cannot connect "
           "tries for ever. No starvation is then judged as liveness, under fairness, instead of by patience.",
           "model"),
      number("patience", 0, 0, 15, "requests",
             "A pending request must not be passed over more often, by claims and attempts to connect; 0: nobody "
             "counts.",
             "model"),
      flag("dead_site", false, "The first destination cannot be reached: connecting gives Win32 error 53.",
           "Q319166 [I]"),
      number(
          "connection_failures", 0, 0, 2, "times",
          "So often at most a connection fails, at connect (53) or at the first block (64); the sending thread waits "
          "for the retry delay, and tries again.",
          "Q278357 [I]"),
      number("heartbeat_timeout", 5, 1, 1440, "minutes",
             "After it a request without a new heartbeat is pending again; of the lease selections.", "Q278357 [D]"),
      number("block_pause", 0, 0, 60, "minutes", "Pause for the rate limit after each block.", "Q140396 [D]"),
      flag("cancellation", false, "The Scheduler may delete a claimed request, with its package and instruction.",
           "Q123221 [I]"),
      choice("crash", crashes.front(), {crashes.begin(), crashes.end()},
             "Where the first Sender process may crash, once, at any scheduling point there.", "[I]"),
      flag("recovery", false, "A Sender process that starts makes pending what a dead one has claimed.", "[R]"),
      flag("receiver_deduplicates", false, "The Despooler executes one instruction for each request id.", "[R]"),
      choice("scheduler_on_sharing_violation", "wait", {"wait", "recreate"},
             "What the Scheduler does if it cannot read a request: try again, or take it for lost and create another.",
             "Q276259 [D]"),
  };
}

std::optional<sim::Exclusion> variant_excludes(const Settings& settings, std::string_view property_or_goal) {
  const VariantSettings& variant = settings.variant;
  const bool leases = settings.selection == SelectionKind::lease || settings.selection == SelectionKind::lease_fenced;
  const FaultSettings& faults = settings.faults;
  const bool ends_the_service = faults.has(FaultKind::crash_process) || faults.loses_power() || variant.recovery;
  const bool crashes_again = faults.restarts() && faults.most > 1 && ends_the_service;
  struct Rule {
    std::string_view name, parameter, remedy;
    bool possible;
  };
  const Rule rules[] = {
      {property::no_duplicate_request, "scheduler_on_sharing_violation",
       "the Scheduler creates no second request; set scheduler_on_sharing_violation to \"recreate\"",
       variant.scheduler_recreates},
      {property::no_starvation, "patience",
       "with patience = 0 nobody counts; set patience to 1 or more, or endless to true",
       variant.patience != 0 || variant.endless},
      {goal::processes_overlap, "processes", "there is one Sender process; set processes to 2", variant.processes == 2},
      {goal::crash_injected, "crash", "with crash = \"never\" no process crashes", variant.may_crash()},
      {goal::crash_again, "faults.max_faults",
       "a service that was started again crashes only by a second fault of its own; declare a crash, and set "
       "faults.max_faults to 2 or more",
       crashes_again},
      {goal::crash_in_recovery, "faults.max_faults",
       "a service that recovers crashes only by a second fault; declare a crash, and set recovery to true and "
       "faults.max_faults to 2 or more",
       crashes_again && variant.recovery},
      {goal::mutex_abandoned, "crash", "with crash = \"never\" no process crashes", variant.may_crash()},
      {goal::connection_failed, "connection_failures",
       "no connection fails; set connection_failures to 1 or more, or dead_site to true",
       variant.connection_failures != 0 || variant.dead_site},
      {goal::lease_expired, "selection", "only a lease expires; set selection to \"lease\" or \"lease-fenced\"",
       leases},
      {goal::request_cancelled, "cancellation", "nothing is cancelled; set cancellation to true",
       variant.cancellation || settings.faults.has(FaultKind::cancel) || settings.faults.has(FaultKind::remove)},
      {goal::late_request_created, "late_requests", "with late_requests = 0 none is created",
       variant.late_requests != 0},
  };
  for (const Rule& rule : rules) {
    if (rule.name == property_or_goal && !rule.possible) {
      return sim::Exclusion{std::string(rule.parameter), std::string(rule.remedy)};
    }
  }
  return std::nullopt;
}

VariantSettings VariantSettings::from(const sim::Parameters& parameters) {
  const auto count = [&](std::string_view name) { return static_cast<unsigned>(parameters.integer(name)); };
  VariantSettings settings;
  settings.wait = static_cast<Wait>(place_in(waits, parameters.text("wait")));
  settings.crash = static_cast<Crash>(place_in(crashes, parameters.text("crash")));
  settings.processes = count("processes");
  settings.site_threads = count("site_threads");
  settings.late_requests = count("late_requests");
  settings.connection_failures = count("connection_failures");
  settings.patience = count("patience");
  settings.endless = parameters.boolean("endless");
  settings.dead_site = parameters.boolean("dead_site");
  settings.cancellation = parameters.boolean("cancellation");
  settings.recovery = parameters.boolean("recovery");
  settings.receiver_deduplicates = parameters.boolean("receiver_deduplicates");
  settings.scheduler_recreates = parameters.text("scheduler_on_sharing_violation") == "recreate";
  settings.heartbeat_timeout = minutes(parameters, "heartbeat_timeout");
  settings.block_pause = minutes(parameters, "block_pause");
  return settings;
}

}  // namespace models::sms
