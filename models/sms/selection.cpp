#include "sms/selection.hpp"

#include <mutex>

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
  (void)site.files.close(*file);
  return pending;
}

// Enumerates the outbox for the first pending request.
[[gnu::noinline]] std::optional<unsigned> enumerate(Site& site, Purpose purpose) {
  auto find = site.files.find_first(outbox_path("*.srq"));
  if (!find) return std::nullopt;
  while (const auto entry = site.files.find_next(*find)) {
    const unsigned request = request_named(site.settings, entry->name);
    if (request < site.settings.requests && consider(site, request, purpose)) return request;
  }
  return std::nullopt;
}

/// The affected products: between reading a status and writing STARTED, another thread may do the same. [I]
class Unsynchronised : public Selection {
 public:
  std::optional<unsigned> look(Site& site) override { return run(site, Purpose::look); }
  std::optional<unsigned> claim(Site& site) override { return run(site, Purpose::claim); }

 private:
  static std::optional<unsigned> run(Site& site, Purpose purpose) {
    site.monitor.enters_selection();
    const auto request = enumerate(site, purpose);
    site.monitor.leaves_selection();
    return request;
  }
};

/// The hotfix: "adds thread synchronization to the send-request selection function" [D]. A critical section from the
/// enumeration until STARTED is persisted [I].
class CriticalSection : public Selection {
 public:
  std::optional<unsigned> look(Site& site) override { return run(site, Purpose::look); }
  std::optional<unsigned> claim(Site& site) override { return run(site, Purpose::claim); }

 private:
  static std::optional<unsigned> run(Site& site, Purpose purpose) {
    site.monitor.enters_selection();
    std::optional<unsigned> request;
    {
      const std::scoped_lock lock(site.selection_lock);
      request = enumerate(site, purpose);
    }
    site.monitor.leaves_selection();
    return request;
  }
};

}  // namespace

std::unique_ptr<Selection> make_selection(SelectionKind kind) {
  if (kind == SelectionKind::critical_section) return std::make_unique<CriticalSection>();
  return std::make_unique<Unsynchronised>();
}

}  // namespace models::sms
