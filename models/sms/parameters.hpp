#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/model.hpp"
#include "sms/fault_settings.hpp"
#include "sms/variant_settings.hpp"

namespace models::sms {

/// Requests that one site can have: what 64 threads and a few characters of an id leave room for.
inline constexpr unsigned max_requests = 36;

/// Sites below the central one: `children` below each site, `depth` levels of them. Depth 0: no site but the central
/// one; its destinations are bare shares.
struct HierarchyShape {
  unsigned children = 1;
  unsigned depth = 0;

  /// The sites that receive: all but the central one.
  unsigned receivers() const;
};

/// The site whose properties are watched; primary: the first one below the central site.
enum class WatchedSite : std::uint8_t { all, central, primary };

/// What the parameters of a scenario mean, in the model's own types. In a hierarchy each site has its own.
struct Settings {
  SelectionKind selection = SelectionKind::unsynchronised;
  VariantSettings variant;  ///< What only the variants of selection and claim need.
  FaultSettings faults;
  unsigned sending_threads = 3;
  unsigned requests = 1;  ///< In all, at the central site.
  unsigned destinations = 1;
  unsigned blocks = 1;  ///< Of each package.
  unsigned block_bytes = 16;
  bool retry_on_error = false;
  bool routing = false;  ///< A routing request (.rtr) waits for each request.
  HierarchyShape hierarchy;
  WatchedSite watched_site = WatchedSite::all;
  /// How many threads select and send at a time is counted, for the goals that ask. Every count is an access that all
  /// threads share: off, where only the orders that the product knows are to be explored.
  bool counts_threads = true;
  bool is_watched = true;  ///< The properties are those of this site, too.
  unsigned retries = 2;
  std::int64_t retry_delay = 0;         ///< Virtual nanoseconds.
  std::string_view only_property = {};  ///< Empty: all are watched. Points to a literal.

  /// Late requests have a destination of their own, behind the others.
  unsigned destination_of(unsigned request) const { return request < requests ? request % destinations : destinations; }

  std::uint64_t package_bytes() const { return std::uint64_t{blocks} * block_bytes; }

  static Settings from(const sim::Parameters& parameters);

  /// True iff the property asked for tells the first sender from the second: only then that is kept, because it is part
  /// of the state.
  bool keeps_senders() const;
};

const std::vector<sim::ParameterSpec>& parameter_table();
/// The properties of the model; their source is the article in the Microsoft Knowledge Base that they come from.
std::vector<sim::NamedFact> property_table();
std::optional<std::string> validate(const sim::Parameters& parameters);
/// Why the parameters exclude, by what they mean, that a property is violated or a goal reached. The selection function
/// excludes no violation: that is for exploration to show.
std::optional<sim::Exclusion> excludes(const sim::Parameters& parameters, std::string_view property_or_goal);

/// Names of properties and goals: literals, so that they can be compared and kept by address.
namespace property {
inline constexpr std::string_view no_sharing_violation = "no-sharing-violation";
inline constexpr std::string_view no_invalid_request = "no-invalid-request";
inline constexpr std::string_view no_double_claim = "no-double-claim";
inline constexpr std::string_view no_double_send = "no-double-send";
inline constexpr std::string_view no_lost_status = "no-lost-status";
inline constexpr std::string_view nothing_written_after_delete = "nothing-written-after-delete";
inline constexpr std::string_view no_orphan = "no-orphan";
inline constexpr std::string_view no_failure_after_success = "no-failure-after-success";
inline constexpr std::string_view no_completed_request_invalid = "no-completed-request-invalid";
inline constexpr std::string_view every_rtr_processed = "every-rtr-processed";
// Each asks for one way to one of the article's symptoms, and is watched only by its name.
inline constexpr std::string_view no_second_fails_on_deleted = "no-second-fails-on-deleted";
inline constexpr std::string_view no_second_fails_while_first_sends = "no-second-fails-while-first-sends";
inline constexpr std::string_view no_first_invalidates_second = "no-first-invalidates-second";
inline constexpr std::string_view no_rtr_waits_for_invalid = "no-rtr-waits-for-invalid";
inline constexpr std::string_view no_rtr_waits_for_orphan = "no-rtr-waits-for-orphan";
inline constexpr std::string_view no_abandoned_request = "no-abandoned-request";
inline constexpr std::string_view no_duplicate_request = "no-duplicate-request";
inline constexpr std::string_view no_starvation = "no-starvation";
inline constexpr std::string_view every_request_settled = "every-request-settled";
inline constexpr std::string_view no_lost_cancel = "no-lost-cancel";
inline constexpr std::string_view no_damaged_request = "no-damaged-request";
inline constexpr std::string_view no_damaged_package = "no-damaged-package";
}  // namespace property

namespace goal {
inline constexpr std::string_view selection_contended = "selection-contended";
inline constexpr std::string_view request_completed = "request-completed";
inline constexpr std::string_view two_sends_at_once = "two-sends-at-once";
inline constexpr std::string_view processes_overlap = "processes-overlap";
inline constexpr std::string_view crash_injected = "crash-injected";
inline constexpr std::string_view crash_again = "crash-again";
inline constexpr std::string_view crash_in_recovery = "crash-in-recovery";
inline constexpr std::string_view mutex_abandoned = "mutex-abandoned";
inline constexpr std::string_view connection_failed = "connection-failed";
inline constexpr std::string_view lease_expired = "lease-expired";
inline constexpr std::string_view request_cancelled = "request-cancelled";
inline constexpr std::string_view late_request_created = "late-request-created";
inline constexpr std::string_view request_busy = "request-busy";
}  // namespace goal

}  // namespace models::sms
