#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "runtime/model.hpp"

namespace models::sms {

/// Ways to select and claim a request; docs/reference/sms-variants.md tells which is which.
enum class SelectionKind : std::uint8_t {
  unsynchronised,
  critical_section,
  check_then_lock,
  recheck_inside,
  lock_released_early,
  lock_per_object,
  named_mutex,
  named_mutex_abandoned_is_error,
  exclusive_open_for_send,
  exclusive_open_for_claim,
  status_before_open,
  lock_file,
  rename_shared,
  rename_exclusive,
  memory_claim,
  lease,
  lease_fenced,
  checked_completion,
  lock_across_send,
  lock_order_reversed,
  strict_priority,
  aged_priority
};

/// How the Sender's main thread waits for new requests.
enum class Wait : std::uint8_t { ideal, armed_before_scan, armed_after_scan, armed_after_scan_polling };

/// Where a Sender's process may crash, once in an execution.
enum class Crash : std::uint8_t { never, in_selection, anywhere };

/// What only the variants of selection and claim need. Without a value in a scenario, all of it is absent.
struct VariantSettings {
  Wait wait = Wait::ideal;
  Crash crash = Crash::never;
  unsigned processes = 1;
  unsigned site_threads = 0;         ///< At most so many sendings to one site; 0: no limit of its own.
  unsigned late_requests = 0;        ///< Urgent ones that the Scheduler creates while the Sender is at work.
  unsigned connection_failures = 0;  ///< So many times at most a connection may fail.
  unsigned patience = 0;             ///< A request that is passed over more often starves; 0: nobody counts.
  bool endless = false;              ///< Late requests come, and connecting is tried, without end.
  bool dead_site = false;            ///< Nobody can connect to the first destination.
  bool cancellation = false;         ///< The Scheduler may delete a claimed request.
  bool restarts = false;             ///< A fault that is declared ends the service's process.
  bool recovery = false;             ///< A Sender that starts makes pending what a dead one has claimed.
  bool receiver_deduplicates = false;
  bool scheduler_recreates = false;    ///< The Scheduler takes an error on reading a request for its loss.
  std::int64_t heartbeat_timeout = 0;  ///< Virtual nanoseconds.
  std::int64_t block_pause = 0;        ///< After each block, in virtual nanoseconds.

  /// The Sender runs in processes of its own.
  bool has_processes() const { return processes == 2 || may_crash(); }
  bool may_crash() const { return crash != Crash::never || restarts; }

  /// It is not made for a hierarchy.
  bool needs_one_site() const {
    return has_processes() || late_requests != 0 || cancellation || dead_site || endless || wait != Wait::ideal ||
           site_threads != 0;
  }

  static VariantSettings from(const sim::Parameters& parameters);
};

/// The names of the selection functions, as scenarios spell them, in the order of SelectionKind.
std::vector<std::string_view> selection_names();
SelectionKind selection_named(std::string_view name);

/// The rows of the parameter table that VariantSettings reads.
std::vector<sim::ParameterSpec> variant_parameters();

struct Settings;

/// The part of sms::excludes that is about VariantSettings.
std::optional<sim::Exclusion> variant_excludes(const Settings& settings, std::string_view property_or_goal);

}  // namespace models::sms
