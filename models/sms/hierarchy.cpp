#include "sms/hierarchy.hpp"

#include "sms/scheduler.hpp"
#include "sms/scheduler_faults.hpp"
#include "sync/property.hpp"

namespace models::sms {
namespace {

bool is_watched(WatchedSite watched, unsigned level, unsigned number) {
  if (watched == WatchedSite::all) return true;
  return level == 0 ? watched == WatchedSite::central : watched == WatchedSite::primary && level == 1 && number == 0;
}

}  // namespace

Hierarchy::Hierarchy(const Settings& settings) : shape_(settings.hierarchy) {
  sites_.reserve(1 + shape_.receivers());
  if (shape_.depth == 0) {
    sites_.push_back(std::make_unique<Site>(settings));
    return;
  }
  add(settings, nullptr, 0, 0);
  std::size_t above = 0;  // The first site of the level above.
  for (unsigned level = 1; level <= shape_.depth; ++level) {
    const std::size_t begin = sites_.size();
    const std::size_t count = (begin - above) * shape_.children;
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t number = begin + i - 1;  // The central site has none.
      add(settings, sites_[above + i / shape_.children].get(), static_cast<unsigned>(number),
          static_cast<unsigned>(begin + count - 1 + i * shape_.children));
    }
    above = begin;
  }
}

void Hierarchy::add(const Settings& settings, Site* parent, unsigned number, unsigned first_child) {
  const unsigned level = parent == nullptr ? 0 : parent->place.level + 1;
  Settings own = settings;
  if (!settings.faults.are_of(level, number)) own.faults = FaultSettings();
  own.variant.restarts = own.faults.restarts();
  own.is_watched = is_watched(settings.watched_site, level, number);
  if (level > 0) own.routing = true;
  if (level == shape_.depth) own.requests = 0;  // The lowest level only receives.
  const SitePlace place{this, parent, number, level, first_child};
  sites_.push_back(std::make_unique<Site>(own, place));
}

void Hierarchy::set_up() {
  const sim::InitialState setting_up;
  for (const auto& site : sites_) {
    Site* const parent = site->place.parent;
    if (parent != nullptr) {
      const std::string share = share_root(site->place.number);
      mount_receiver(*parent, site->files, site->place.number);
      SIM_CHECK(parent->files.connect(site->files, share).has_value());
    }
    if (site->sends()) create_disk(*site);
  }
  create_requests(central());
}

unsigned Hierarchy::final_destination_of(unsigned request) const {
  const Site* site = sites_.front().get();
  unsigned destination = site->destination_of(request);
  while (sites_[destination + 1]->sends()) {
    site = sites_[destination + 1].get();
    destination = site->destination_of(request);
  }
  return destination;
}

bool Hierarchy::is_quiet() const {
  for (const auto& site : sites_) {
    if (site->despooler_is_busy.get() || site->monitor.any_rtr_due() || !site->is_quiet_itself()) return false;
  }
  return true;
}

}  // namespace models::sms
