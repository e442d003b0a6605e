#include "sms/selection/kinds.hpp"
#include "sms/selection/outbox.hpp"

namespace models::sms {

using namespace sim::vfs;

namespace {

std::string lock_path(unsigned request) {
  return outbox_path(request_id(request) + ".lck");
}

[[gnu::noinline]] bool create_lock(Site& site, unsigned request) {
  const auto lock = site.files.create_file(lock_path(request), Access::write, Share::none, Disposition::create_new);
  if (!lock) {
    sim::reach(goal::request_busy);
    return false;
  }
  (void)site.files.close(*lock);
  return true;
}

[[gnu::noinline]] void delete_lock(Site& site, unsigned request) {
  (void)site.files.delete_file(lock_path(request));
}

[[gnu::noinline]] bool is_locked(Site& site, unsigned request) {
  return site.files.attributes(lock_path(request)).has_value();
}

/// 12. CREATE_NEW of ID.lck decides who has the request: the filesystem lets one succeed. The status is read behind
/// the lock; the lock file is deleted when the send is over. Safe. A process that dies leaves its lock file, and nobody
/// takes the request any more.
class LockFile : public Selection {
 public:
  unsigned look(Site& site) override {
    const InSelection inside(site);
    return first_in_outbox(site, [](Site& at, unsigned request) {
      if (is_locked(at, request)) return false;
      sim::forget_dead_frames();
      return read_pending(at, request);
    });
  }

  Claim claim(Site& site) override {
    const InSelection inside(site);
    return {first_in_outbox(site, [](Site& at, unsigned request) {
      if (!create_lock(at, request)) return false;
      sim::forget_dead_frames();
      if (claim_if_pending(at, request)) return true;
      sim::forget_dead_frames();
      delete_lock(at, request);
      return false;
    })};
  }

  void release(Site& site, const Claim& claim) override { delete_lock(site, claim.request); }
};

}  // namespace

std::unique_ptr<Selection> make_lock_file() {
  return std::make_unique<LockFile>();
}

}  // namespace models::sms
