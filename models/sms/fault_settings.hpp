#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/model.hpp"

namespace models::sms {

/// The faults that [faults] may declare, in the order of fault_table.
enum class FaultKind : std::uint8_t {
  crash_thread,
  crash_process,
  torn_srq,
  empty_srq,
  disk_full_local,
  disk_full_remote,
  drop_before_write,
  drop_after_write,
  unreachable_site,
  rename_fails,
  cancel,
  remove,
  notification_overflow,
  stale_pck
};
inline constexpr std::size_t fault_kinds = 14;
/// The largest max_faults.
inline constexpr unsigned most_faults = 4;

/// The site that faults strike, in a hierarchy; primary: the first one right below the central site.
enum class FaultySite : std::uint8_t { central, primary };

/// What [faults] declares, and how the model meets it. By default nothing: then no fault costs a state or an event.
struct FaultSettings {
  std::uint32_t kinds = 0;      ///< A bit for each kind.
  std::uint32_t most = 1;       ///< Faults in one execution, of all kinds together.
  std::int64_t reap_after = 0;  ///< How long the receiver keeps the handles of a dropped session, in nanoseconds.
  FaultySite site = FaultySite::central;
  bool verifies_length = true;  ///< A sender that resumes compares the sync point with the length of the remote file.
  bool rescans = true;          ///< A main thread whose notification overflowed looks through the outbox.

  bool has(FaultKind kind) const { return (kinds >> static_cast<unsigned>(kind) & 1U) != 0; }
  bool any() const { return kinds != 0; }
  /// The machine of the site server loses power.
  bool loses_power() const { return has(FaultKind::torn_srq) || has(FaultKind::empty_srq); }
  /// SMS_EXECUTIVE runs in a process that ends and is started again.
  bool restarts() const { return has(FaultKind::crash_thread) || has(FaultKind::crash_process) || loses_power(); }
  /// Senders reach the receivers through sessions that may fail.
  bool is_on_share() const;
  /// Whether they strike the site with that number on that level of a hierarchy.
  bool are_of(unsigned level, unsigned number) const;

  static FaultSettings from(const sim::Parameters& parameters);
};

/// The rows of [faults]: the faults, and what belongs to them.
const std::vector<sim::ParameterSpec>& fault_table();

/// The goal that a fault reaches when it strikes: a literal, "fault-crash-thread" and so on.
std::string_view goal_of(FaultKind kind);
/// Of all kinds, for `racewalk describe`.
std::vector<sim::NamedFact> fault_goals();

/// What is wrong with [faults] beside these parameters, if anything.
std::optional<std::string> validate_faults(const sim::Parameters& parameters);
/// The part of sms::excludes that is about faults.
std::optional<sim::Exclusion> fault_excludes(const FaultSettings& settings, std::string_view property_or_goal);

}  // namespace models::sms
