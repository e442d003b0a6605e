#pragma once

#include <string>
#include <string_view>

#include "sms/site.hpp"

/// What the Scheduler does only where [faults] declares something.
namespace models::sms {

/// Writes a whole file, over what may be there from before a crash. False: there was no room, and nothing is left of
/// it. `request`: whose .srq it is, if senders know it by that path; then a power loss may come before it is flushed,
/// and it is repaired when it is whole.
bool create_file_anew(Site& site, const std::string& path, std::string_view contents, unsigned request = no_request);
/// Puts all that was written to a request on the disk.
void flush_request(Site& site, unsigned request);
/// Marks a request cancelled that is in progress.
void mark_cancelled(Site& site, unsigned request);
/// While setting up: the volume of a receiver in the receiver's own filesystem, and the share by which the senders of
/// `site` reach it.
void mount_receiver(Site& site, sim::vfs::FileSystem& receiver, unsigned destination);

}  // namespace models::sms
