#include "sms/selection/kinds.hpp"
#include "sms/selection/outbox.hpp"

/// Claims by renaming ID.srq to ID.srs: what was renamed is not found by "*.srq" any more.
namespace models::sms {

using namespace sim::vfs;

namespace {

[[gnu::noinline]] bool rename_to_claimed(Site& site, unsigned request, Handle file) {
  return site.files.rename_by_handle(file, claimed_path(site.settings, request), false).has_value();
}

/// Opens a request with DELETE access, renames it if it is pending, and persists STARTED under its new name.
/// Notes in `busy` if somebody else has it open.
[[gnu::noinline]] bool claim_by_rename(Site& site, unsigned request, Share share, bool& busy) {
  const auto file = open_request(site, request, Access::read | Access::write | Access::remove, share);
  if (!file) {
    if (file.error() != Win32Error::sharing_violation) return false;
    busy = true;
    sim::reach(goal::request_busy);
    return false;
  }
  const bool claimed =
      is_pending(site, *file) && rename_to_claimed(site, request, *file) && persist_claim(site, request, *file);
  sim::forget_dead_frames();
  (void)site.files.close(*file);
  return claimed;
}

template <Share share>
class Rename : public Selection {
 public:
  unsigned look(Site& site) override {
    const InSelection inside(site);
    return first_in_outbox(site, [](Site&, unsigned) { return true; });  // The name says that it is pending.
  }

  Claim claim(Site& site) override {
    const InSelection inside(site);
    for (;;) {
      bool busy = false;
      const unsigned request =
          first_in_outbox(site, [&busy](Site& at, unsigned it) { return claim_by_rename(at, it, share, busy); });
      if (request != no_request || !busy) return {request};
    }
  }
};

/// 13. Through a handle that shares delete, so that others may open and rename too. Fails: both threads open ID.srq and
/// read NONE; the second rename is of a file that is already called ID.srs, to the name that it has, and succeeds.
using RenameShared = Rename<share_all>;

/// 14. Through a handle that shares nothing. Works: the second thread cannot open the file, or finds no ID.srq.
using RenameExclusive = Rename<Share::none>;

}  // namespace

std::unique_ptr<Selection> make_rename_shared() {
  return std::make_unique<RenameShared>();
}
std::unique_ptr<Selection> make_rename_exclusive() {
  return std::make_unique<RenameExclusive>();
}

}  // namespace models::sms
