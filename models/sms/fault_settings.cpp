#include "sms/fault_settings.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>

#include "sms/parameters.hpp"

namespace models::sms {
namespace {

using sim::ParameterSpec;
using sim::rows::choice;
using sim::rows::flag;
using sim::rows::number;

struct Row {
  std::string_view name, goal, description, source;
};

constexpr std::array<Row, fault_kinds> rows = {{
    {"crash_thread", "fault-crash-thread",
     "A sending thread ends behind something that it persisted, and releases nothing; with recovery = true the service "
     "notices, and starts again.",
     "[I]"},
    {"crash_process", "fault-crash-process",
     "The service (Sender and Scheduler) crashes behind something that it persisted, and starts again.",
     "Q201016 [D], [R]"},
    {"torn_srq", "fault-torn-srq",
     "The site server loses power behind a write to a request, of which nothing, half or all reached the disk.", "[R]"},
    {"empty_srq", "fault-empty-srq",
     "The same before the first contents of a request are on the disk: its length may be zero.", "Q159201 [D]"},
    {"disk_full_local", "fault-disk-full-local",
     "The Scheduler gets Win32 error 112 where it creates a request, package or instruction.", "Q137610 [D]"},
    {"disk_full_remote", "fault-disk-full-remote",
     "A sender gets Win32 error 112 where a remote file would grow; senders do not check space first.", "Q137610 [D]"},
    {"drop_before_write", "fault-drop-before-write",
     "The session with the receiver drops before an operation is applied (Win32 error 64).", "[R]"},
    {"drop_after_write", "fault-drop-after-write",
     "The session drops behind a write, rename or other change that was applied (Win32 error 64).", "[R]"},
    {"unreachable_site", "fault-unreachable-site", "The receiver is not found (Win32 error 53).", "Q319166 [D]"},
    {"rename_fails", "fault-rename-fails", "Renaming the instruction fails with Win32 error 5.", "Q323614 [D]"},
    {"cancel", "fault-cancel", "The Scheduler marks a claimed request SREQ_STATUS_CANCELLED in mid-send.",
     "Q123221 [I]"},
    {"delete", "fault-delete", "The Scheduler deletes a claimed request and its files in mid-send.", "Q123221 [I]"},
    {"notification_overflow", "fault-notification-overflow",
     "What the main thread's change notification of the outbox held is lost.", "[R]"},
    {"stale_pck", "fault-stale-pck",
     "A request is resumed at its sync point, and the remote package is shorter or longer than that.", "Q123221 [I]"},
}};

std::vector<ParameterSpec> make_table() {
  std::vector<ParameterSpec> table;
  for (const Row& row : rows) table.push_back(flag(row.name, false, row.description, row.source));
  table.push_back(number("max_faults", 1, 0, most_faults, "faults",
                         "At most so many faults strike in one execution, of all kinds together.", "model"));
  table.push_back(choice("site", "central", {"central", "primary"},
                         "In a hierarchy: the site whose service crashes, or whose sessions with the sites below it "
                         "fail; `primary`: the first one right below the central site.",
                         "model"));
  table.push_back(number("keeps_handles", 0, 0, 1440, "minutes",
                         "For so long at least the receiver keeps the handles of a session that dropped.",
                         "Q278357 [R]"));
  table.push_back(flag("verify_length", true,
                       "A sender that resumes goes on at the sync point only if the remote package is of that length.",
                       "[R]"));
  table.push_back(flag("rescan_on_overflow", true,
                       "The main thread looks through the outbox when its change notification has overflowed.", "[R]"));
  return table;
}

const ParameterSpec& row_named(std::string_view name) {
  return *std::ranges::find(fault_table(), name, &ParameterSpec::name);
}
bool flag_of(const sim::Parameters& parameters, std::string_view name) {
  return std::get<bool>(parameters.fault(row_named(name)));
}
std::int64_t number_of(const sim::Parameters& parameters, std::string_view name) {
  return std::get<std::int64_t>(parameters.fault(row_named(name)));
}

}  // namespace

const std::vector<ParameterSpec>& fault_table() {
  static const std::vector<ParameterSpec> table = make_table();
  return table;
}

std::string_view goal_of(FaultKind kind) {
  return rows[static_cast<std::size_t>(kind)].goal;
}

std::vector<sim::NamedFact> fault_goals() {
  std::vector<sim::NamedFact> goals;
  for (const Row& row : rows) goals.push_back({row.goal, "The fault of this name struck.", row.source});
  return goals;
}

bool FaultSettings::is_on_share() const {
  return has(FaultKind::disk_full_remote) || has(FaultKind::drop_before_write) || has(FaultKind::drop_after_write) ||
         has(FaultKind::unreachable_site) || has(FaultKind::rename_fails);
}

bool FaultSettings::are_of(unsigned level, unsigned number) const {
  return site == FaultySite::central ? level == 0 : level == 1 && number == 0;
}

FaultSettings FaultSettings::from(const sim::Parameters& parameters) {
  FaultSettings settings;
  for (std::size_t kind = 0; kind < fault_kinds; ++kind) {
    if (flag_of(parameters, rows[kind].name)) settings.kinds |= std::uint32_t{1} << kind;
  }
  settings.most = static_cast<std::uint32_t>(number_of(parameters, "max_faults"));
  settings.reap_after = std::chrono::nanoseconds(std::chrono::minutes(number_of(parameters, "keeps_handles"))).count();
  const bool is_central = std::get<std::string>(parameters.fault(row_named("site"))) == "central";
  settings.site = is_central ? FaultySite::central : FaultySite::primary;
  settings.verifies_length = flag_of(parameters, "verify_length");
  settings.rescans = flag_of(parameters, "rescan_on_overflow");
  return settings;
}

namespace {

std::string is_true(FaultKind kind) {
  return "faults." + std::string(rows[static_cast<std::size_t>(kind)].name) + " = true ";
}

// What takes late requests or a package that was sent in part, which only one site has.
constexpr FaultKind kinds_of_one_site[] = {FaultKind::disk_full_local, FaultKind::notification_overflow,
                                           FaultKind::stale_pck};

// The simulator has room for 64 threads. Each site has three; each request at most one sending thread for each attempt,
// at the central and at a primary site; and a service that starts again has its threads anew.
std::int64_t threads_wanted(const sim::Parameters& parameters, const FaultSettings& faults) {
  const std::int64_t children = parameters.integer("hierarchy.children"), depth = parameters.integer("hierarchy.depth");
  const std::int64_t sites = 1 + children + (depth == 2 ? children * children : 0);
  const std::int64_t requests = children * parameters.integer("requests") * depth;
  return 3 * (sites + faults.most) + 2 + requests * (1 + faults.most);
}

std::optional<std::string> validate_faulty_site(const sim::Parameters& parameters, const FaultSettings& faults) {
  const std::int64_t depth = parameters.integer("hierarchy.depth");
  if (depth > 0) {
    for (const FaultKind kind : kinds_of_one_site) {
      if (faults.has(kind)) {
        return is_true(kind) + "is for one site; set hierarchy.depth to 0, or remove the fault";
      }
    }
  }
  constexpr std::int64_t room = 64;
  if (depth > 0 && threads_wanted(parameters, faults) > room) {
    return is_true(static_cast<FaultKind>(std::countr_zero(faults.kinds))) +
           "with max_faults = " + std::to_string(faults.most) +
           ", hierarchy.children = " + std::to_string(parameters.integer("hierarchy.children")) +
           " and requests = " + std::to_string(parameters.integer("requests")) +
           " may start more than 64 threads, which is all there is room for; reduce one of them";
  }
  if (faults.site == FaultySite::primary && depth < 2) {
    return "faults.site = \"primary\" needs hierarchy.depth = 2: without a level below them, primary sites send "
           "nothing";
  }
  return std::nullopt;
}

}  // namespace

// Texts begin with the key, by which the scenario finds its place.
std::optional<std::string> validate_faults(const sim::Parameters& parameters) {
  if (parameters.faults().empty()) return std::nullopt;
  const FaultSettings faults = FaultSettings::from(parameters);
  const auto with = [&](FaultKind kind, std::string_view needs) { return is_true(kind) + std::string(needs); };
  if (!faults.any()) {
    const auto& [name, value] = *parameters.faults().begin();
    return "faults." + name + " = " + sim::to_text(value) + " means nothing without a fault; declare one, or remove it";
  }
  const auto first = static_cast<FaultKind>(std::countr_zero(faults.kinds));
  if (const auto wrong = validate_faulty_site(parameters, faults)) return wrong;
  if (parameters.boolean("endless")) {
    return with(first,
                "is bounded in each execution, and endless = true has executions without end; remove one of them");
  }
  if (parameters.text("crash") != "never" || parameters.integer("processes") != 1) {
    return with(first, "has crashes and processes of its own; set crash to \"never\" and processes to 1");
  }
  if (parameters.text("selection").starts_with("lease")) {
    for (const FaultKind kind :
         {FaultKind::crash_thread, FaultKind::crash_process, FaultKind::torn_srq, FaultKind::empty_srq}) {
      if (!faults.has(kind)) continue;
      return with(kind, "ends the service, whose leases are watched from outside of it; choose another selection");
    }
  }
  const bool drops = faults.has(FaultKind::drop_before_write) || faults.has(FaultKind::drop_after_write);
  if (faults.reap_after != 0 && !drops) {
    return "faults.keeps_handles = " + std::to_string(number_of(parameters, "keeps_handles")) +
           " needs a session that drops; declare drop_before_write or drop_after_write";
  }
  if (!faults.verifies_length && !faults.has(FaultKind::stale_pck)) {
    return "faults.verify_length = false needs something to resume; declare stale_pck";
  }
  if (!faults.rescans && !faults.has(FaultKind::notification_overflow)) {
    return "faults.rescan_on_overflow = false needs a notification; declare notification_overflow";
  }
  if (faults.has(FaultKind::disk_full_local) && parameters.integer("late_requests") == 0) {
    return with(FaultKind::disk_full_local,
                "needs something that is created while the service runs; set late_requests to 1 or more");
  }
  if (faults.has(FaultKind::notification_overflow)) {
    if (parameters.integer("late_requests") == 0) {
      return with(FaultKind::notification_overflow, "needs something to notify of; set late_requests to 1 or more");
    }
    if (parameters.text("wait") != "ideal" || faults.restarts()) {
      return with(FaultKind::notification_overflow,
                  "has a way to wait of its own, for one process; set wait to \"ideal\", and declare no crash");
    }
  }
  if (faults.has(FaultKind::stale_pck) && parameters.integer("blocks") < 2) {
    return with(FaultKind::stale_pck, "needs a package that can be sent in part; set blocks to 2 or more");
  }
  return std::nullopt;
}

std::optional<sim::Exclusion> fault_excludes(const FaultSettings& settings, std::string_view property_or_goal) {
  const auto needs = [&](FaultKind kind) -> std::optional<sim::Exclusion> {
    const std::string name(rows[static_cast<std::size_t>(kind)].name);
    if (!settings.has(kind)) {
      return sim::Exclusion{"faults." + name, "the fault is not declared; set faults." + name + " to true"};
    }
    if (settings.most == 0) {
      return sim::Exclusion{"faults.max_faults", "with max_faults = 0 no fault strikes; set it to 1 or more"};
    }
    return std::nullopt;
  };
  for (std::size_t kind = 0; kind < fault_kinds; ++kind) {
    if (rows[kind].goal == property_or_goal) return needs(static_cast<FaultKind>(kind));
  }
  if (property_or_goal == property::no_lost_cancel) return needs(FaultKind::cancel);
  if (property_or_goal == property::no_damaged_package) return needs(FaultKind::stale_pck);
  if (property_or_goal == property::no_damaged_request && !settings.loses_power()) return needs(FaultKind::torn_srq);
  return std::nullopt;
}

}  // namespace models::sms
