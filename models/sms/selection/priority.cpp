#include <algorithm>
#include <array>
#include <mutex>
#include <span>

#include "sms/selection/critical_section.hpp"
#include "sms/selection/kinds.hpp"

namespace models::sms {

using namespace sim::vfs;

namespace {

constexpr unsigned lowest = 9;

// The Priority record of a pending request, 1 to 3; `lowest` if it is not pending.
[[gnu::noinline]] unsigned priority_if_pending(Site& site, unsigned request) {
  const auto file = open_request(site, request, Access::read, share_all);
  if (!file) return lowest;
  unsigned priority = lowest;
  if (is_pending(site, *file)) {
    std::array<char, record_bytes> line{};
    (void)site.files.read(*file, place_of(Record::priority), std::as_writable_bytes(std::span(line)));
    const auto value = value_in({line.data(), line.size()}, Record::priority);
    if (value && value->size() == 1) priority = static_cast<unsigned>(value->front() - '0');
  }
  sim::forget_dead_frames();
  (void)site.files.close(*file);
  return priority;
}

/// 23. The whole outbox is read, and the pending request of the highest priority is claimed, in a critical section.
/// Starves: a request of medium priority waits for as long as urgent ones keep coming.
class StrictPriority : public CriticalSection {
 public:
  Claim claim(Site& site) override {
    const InSelection inside(site);
    const std::scoped_lock guard(lock_);
    unsigned best = lowest, age = 0, request = no_request;
    RequestSet waiting;
    (void)first_in_outbox(site, [&](Site& at, unsigned it) {
      const unsigned priority = priority_if_pending(at, it);
      if (priority == lowest) return false;
      waiting.set(it);
      const unsigned aged = priority - std::min(age_of(it), priority);
      if (aged < best || (aged == best && age_of(it) > age)) {
        best = aged;
        age = age_of(it);
        request = it;
      }
      return false;
    });
    if (request == no_request) return {};
    grow_older(waiting, request);
    sim::forget_dead_frames();
    return {write_started(site, request) ? request : no_request};
  }

 protected:
  /// How many levels a request has risen by waiting.
  virtual unsigned age_of(unsigned) const { return 0; }
  /// `waiting`: the requests that were pending.
  virtual void grow_older([[maybe_unused]] const RequestSet& waiting, [[maybe_unused]] unsigned claimed) {}
};

/// The remedy of 23: with each claim of another request those that wait rise by one level.
class AgedPriority : public StrictPriority {
 protected:
  unsigned age_of(unsigned request) const override { return ages_[request]; }
  void grow_older(const RequestSet& waiting, unsigned claimed) override {
    for (unsigned i = 0; i < end_of_request_numbers; ++i) {
      const bool waits = i != claimed && waiting[i];
      ages_[i] = waits && ages_[i] < lowest ? static_cast<std::uint8_t>(ages_[i] + 1) : std::uint8_t{0};
    }
  }

 private:
  std::array<std::uint8_t, end_of_request_numbers> ages_{};  // Under the lock.
};

}  // namespace

std::unique_ptr<Selection> make_strict_priority() {
  return std::make_unique<StrictPriority>();
}
std::unique_ptr<Selection> make_aged_priority() {
  return std::make_unique<AgedPriority>();
}

}  // namespace models::sms
