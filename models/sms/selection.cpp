#include "sms/selection.hpp"

#include <mutex>

#include "sync/forget.hpp"

namespace models::sms {

using namespace sim::vfs;

namespace {

enum class Purpose : std::uint8_t { look, claim };

// Opens one request and reads its status; claims it if it is pending. True iff it was pending.
[[gnu::noinline]] bool consider(Site& site, unsigned request, Purpose purpose) {
  const std::string path = outbox_path(request_id(request) + ".srq");
  const Access access = purpose == Purpose::claim ? Access::read | Access::write : Access::read;
  const auto file =
      site.files.create_file(path, access, Share::read | Share::write | Share::remove, Disposition::open_existing);
  if (!file) return false;  // Deleted since it was enumerated, or about to be.
  const auto state = read_state(site, *file);
  const bool pending = state && state->status == Status::none;
  if (pending && purpose == Purpose::claim && write_state(site, request, *file, Status::started, Action::nothing)) {
    site.monitor.claimed(request);
  }
  sim::forget_dead_frames();
  (void)site.files.close(*file);
  return pending;
}

// The request that comes next in an enumeration, or no_request at its end. A frame of its own: what the
// enumeration returned is no part of the state any more when the request is considered.
[[gnu::noinline]] unsigned next_request(Site& site, Find& find) {
  while (const auto entry = site.files.find_next(find)) {
    const unsigned request = request_named(site.settings, entry->name);
    if (request < site.settings.requests) return request;
  }
  return no_request;
}

// Enumerates the outbox for the first pending request.
[[gnu::noinline]] unsigned enumerate(Site& site, Purpose purpose) {
  auto find = site.files.find_first(outbox_path("*.srq"));
  if (!find) return no_request;
  for (;;) {
    sim::forget_dead_frames();
    const unsigned request = next_request(site, *find);
    if (request == no_request) return no_request;
    sim::forget_dead_frames();
    if (consider(site, request, purpose)) return request;
  }
}

/// The affected products: between reading a status and writing STARTED, another thread may do the same. [I]
struct Unsynchronised {
  explicit Unsynchronised(sim::mutex&) {}
};

/// The hotfix: "adds thread synchronization to the send-request selection function" [D]. A critical section from the
/// enumeration until STARTED is persisted [I].
using CriticalSection = std::scoped_lock<sim::mutex>;

/// The selection function; `Guard` lives from the enumeration until the status is persisted.
template <class Guard>
class GuardedSelection : public Selection {
 public:
  unsigned look(Site& site) override { return run(site, Purpose::look); }
  unsigned claim(Site& site) override { return run(site, Purpose::claim); }

 private:
  static unsigned run(Site& site, Purpose purpose) {
    site.monitor.enters_selection();
    unsigned request = no_request;
    {
      [[maybe_unused]] const Guard guard(site.selection_lock);
      request = enumerate(site, purpose);
    }
    site.monitor.leaves_selection();
    return request;
  }
};

}  // namespace

std::unique_ptr<Selection> make_selection(SelectionKind kind) {
  if (kind == SelectionKind::critical_section) return std::make_unique<GuardedSelection<CriticalSection>>();
  return std::make_unique<GuardedSelection<Unsynchronised>>();
}

}  // namespace models::sms
