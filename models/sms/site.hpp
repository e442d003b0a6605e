#pragma once

#include <array>
#include <string>
#include <string_view>

#include "sms/faults.hpp"
#include "sms/log.hpp"
#include "sms/monitor.hpp"
#include "sms/parameters.hpp"
#include "sms/send_request.hpp"
#include "sync/ghost.hpp"
#include "vfs/file_system.hpp"

namespace models::sms {

class Selection;
class Hierarchy;
struct Site;

/// Where a site stands in a hierarchy. Sites that receive are numbered from 0, level by level.
struct SitePlace {
  const Hierarchy* hierarchy = nullptr;  ///< Null: the site is alone, and its destinations are bare shares.
  Site* parent = nullptr;                ///< Null: the central site.
  unsigned number = 0;                   ///< Means nothing at the central site.
  unsigned level = 0;                    ///< 0: the central site.
  unsigned first_child = 0;              ///< The number of the first site below it.
};

/// What the threads of a site server share: its disk and the receivers' shares, and the bookkeeping of the Sender.
/// Built anew in every execution.
struct Site {
  explicit Site(const Settings& with, const SitePlace& where = {})
      : settings(with), place(where), faults(settings.faults), monitor(settings) {}
  Site(const Site&) = delete;
  Site& operator=(const Site&) = delete;

  Settings settings;
  SitePlace place;
  Faults faults;  ///< Longer than the filesystem, which takes from its budget.
  sim::vfs::FileSystem files;
  Monitor monitor;
  Selection* selection = nullptr;                      ///< Of the first Sender process.
  std::array<sim::ghost<unsigned>, 2> active_threads;  ///< Sending threads that exist, of each Sender process.
  sim::ghost<unsigned> created_threads;                ///< Ever.
  sim::ghost<bool> scheduler_is_busy;
  sim::ghost<bool> despooler_is_busy;        ///< With what may become a request here; only in a hierarchy.
  sim::ghost<unsigned> connection_failures;  ///< So far.

  /// The receiver that a request goes to next: its destination, or a site on the way to it.
  unsigned destination_of(unsigned request) const;
  /// The receiver that it goes to in the end.
  unsigned final_destination_of(unsigned request) const;
  bool sends() const { return settings.requests != 0; }
  /// Of the limit of its destination alone.
  bool has_capacity_for(unsigned request) const {
    const unsigned limit = settings.variant.site_threads;
    return limit == 0 || monitor.sending_to(request) < limit;
  }

  /// Nothing to do any more for any thread of any site: the service may stop.
  bool is_quiet() const;
  /// The same for this site alone.
  bool is_quiet_itself() const {
    return !monitor.any_pending() && active_threads[0].get() == 0 && active_threads[1].get() == 0 &&
           !scheduler_is_busy.get() && !monitor.any_due_for_scheduler() && !monitor.any_instruction_ready() &&
           monitor.all_created() && !monitor.look_is_due(1);
  }
};

// ---- names, as the product spells them (Q264171, Q123221) [D] -----------------------------------

std::string outbox_path(std::string_view name);   ///< C:\SMS\schedule.box\Outboxes\LAN\name
std::string to_send_path(std::string_view name);  ///< C:\SMS\schedule.box\tosend\name
std::string routing_path(std::string_view name);  ///< C:\SMS\schedule.box\routing\name [I]
std::string server_name(unsigned destination);    ///< "SMSServer", "SMSServer2", ...
std::string site_code(unsigned destination);      ///< "PS1", "PS2", ..., "PS9", "PSA", ...
std::string share_root(unsigned destination);     ///< \\SMSServer\SMS_SITE
std::string remote_path(unsigned destination, std::string_view name);
/// The same file as the receiver itself names it: D:\name, ... where the way to the share may fail.
std::string received_path(const Site& site, unsigned destination, std::string_view name);
std::string receiver_drive(unsigned destination);  ///< "D:", "E:", ...

/// What the names of a site's threads begin with: "PS1 " below the central site, by which its log files are told apart.
std::string thread_prefix(const Site& site);

/// Where a request lies in the outbox before and after it is claimed; most selection functions leave it where it is.
std::string unclaimed_path(unsigned request);
std::string claimed_path(const Settings& settings, unsigned request);

/// The number of the request whose file has that name; no_request if there is none.
unsigned request_named(const Settings& settings, std::string_view file_name);

/// Does it again as long as it fails with this error: whoever is in the way is soon gone.
template <class Operation>
auto again_while(sim::vfs::Win32Error error, Operation operation) {
  for (;;) {
    const auto result = operation();
    if (result || result.error() != error) return result;
  }
}

// ---- reading and writing requests ---------------------------------------------------------------

/// The status and action of an open request file.
struct RequestState {
  Status status = Status::invalid;
  Action action = Action::nothing;
};
sim::vfs::Result<RequestState> read_state(Site& site, sim::vfs::Handle request);
/// Whether all records of an open request are there: the last one is the last to be, be the rest torn off or never
/// written. Always true, and no read, unless power may be lost and the service knows of it (recovery).
bool is_whole(Site& site, sim::vfs::Handle request);
/// Persists status, action and heartbeat through an open handle, in one write.
sim::vfs::Result<sim::Ok> write_state(Site& site, unsigned request, sim::vfs::Handle file, Status status,
                                      Action action);
/// Opens a claimed request. Tries again while somebody else has it open and shares nothing.
sim::vfs::Result<sim::vfs::Handle> open_claimed(Site& site, unsigned request, sim::vfs::Disposition disposition);
/// The same by path: opens (or creates: OPEN_ALWAYS), writes, closes.
void persist_state(Site& site, unsigned request, Status status, Action action);

}  // namespace models::sms
