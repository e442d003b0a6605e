#include <mutex>

#include "sms/selection/critical_section.hpp"
#include "sms/selection/kinds.hpp"

/// Locks that cover too little, or that nobody else takes.
namespace models::sms {
namespace {

/// 2. The status is checked before the lock is taken, which covers the write alone ("keep the lock short"). Fails: two
/// threads read NONE, and write STARTED one after the other.
class CheckThenLock : public CriticalSection {
 public:
  unsigned look(Site& site) override { return Selection::look(site); }

  Claim claim(Site& site) override {
    const InSelection inside(site);
    return {first_in_outbox(site, [this](Site& at, unsigned request) {
      if (!read_pending(at, request)) return false;
      sim::forget_dead_frames();
      const std::scoped_lock guard(lock_);
      return take(at, request);
    })};
  }

 protected:
  /// Under the lock.
  virtual bool take(Site& site, unsigned request) { return write_started(site, request); }
};

/// 3. Variant 2, checked again under the lock (double-checked locking; the first check saves taking the lock). Works:
/// what is written depends on the second check alone.
class RecheckInside : public CheckThenLock {
 protected:
  bool take(Site& site, unsigned request) override { return claim_if_pending(site, request); }
};

/// 4. The lock covers choosing, and is released when the choice is returned; the caller persists STARTED ("no I/O under
/// the lock"). Fails: until then another thread chooses the same request.
class LockReleasedEarly : public CriticalSection {
 public:
  Claim claim(Site& site) override {
    const InSelection inside(site);
    const unsigned request = choose(site);
    if (request == no_request) return {};
    sim::forget_dead_frames();
    return {write_started(site, request) ? request : no_request};
  }

 private:
  unsigned choose(Site& site) {
    const std::scoped_lock guard(lock_);
    return first_in_outbox(site, read_pending);
  }
};

/// 5. The lock is a member of the object that each sending thread has of its own. Fails: as if there were none.
class LockPerObject : public Selection {
 public:
  Claim claim(Site& site) override {
    const InSelection inside(site);
    sim::mutex of_this_object{"selection-lock"};
    const std::scoped_lock guard(of_this_object);
    return {first_in_outbox(site, claim_if_pending)};
  }
};

}  // namespace

std::unique_ptr<Selection> make_check_then_lock() {
  return std::make_unique<CheckThenLock>();
}
std::unique_ptr<Selection> make_recheck_inside() {
  return std::make_unique<RecheckInside>();
}
std::unique_ptr<Selection> make_lock_released_early() {
  return std::make_unique<LockReleasedEarly>();
}
std::unique_ptr<Selection> make_lock_per_object() {
  return std::make_unique<LockPerObject>();
}

}  // namespace models::sms
