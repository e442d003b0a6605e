#pragma once

#include "sms/site.hpp"

/// Going on with a package that was sent in part: only where the fault stale_pck is declared.
namespace models::sms {

/// While setting up: the first block of the first request's package was sent and confirmed before the execution begins.
void create_partly_sent(Site& site);

/// A remote package that is open, and how much of it is there to stay.
struct Resumed {
  sim::vfs::Handle file;
  std::uint64_t position = 0;  ///< Bytes.
};
/// Opens the remote package of a request, to go on at its sync point, or from the beginning if there is none.
/// `progress`: the open request.
sim::vfs::Result<Resumed> resume_remote(Site& site, unsigned request, sim::vfs::Handle progress);

/// Whether the package that the receiver has is the one that was to be sent.
bool received_whole(Site& site, unsigned request);

}  // namespace models::sms
