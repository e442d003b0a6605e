#pragma once

#include <memory>
#include <vector>

#include "sms/site.hpp"

namespace models::sms {

/// The central site with the primary and secondary sites below it. Each has its own disk, threads and properties; the
/// share that a site sends to is the directory that the site below receives in: one volume that both have mounted.
///
/// Requests of the central site go to the sites of the lowest level, through those in between ("fan-out", Q238064,
/// Q256880 [D]): there, the Despooler hands over a routing request, and the Scheduler creates a send request of its
/// own, for the same final site [I].
class Hierarchy {
 public:
  /// With depth 0 the central site is alone.
  explicit Hierarchy(const Settings& settings);
  Hierarchy(const Hierarchy&) = delete;
  Hierarchy& operator=(const Hierarchy&) = delete;

  /// Level by level, the central one first.
  const std::vector<std::unique_ptr<Site>>& sites() const { return sites_; }
  Site& central() const { return *sites_.front(); }

  /// Makes all volumes and the requests of the central site.
  void set_up();

  unsigned final_destination_of(unsigned request) const;
  bool is_quiet() const;

 private:
  void add(const Settings& settings, Site* parent, unsigned number, unsigned first_child);

  HierarchyShape shape_;
  std::vector<std::unique_ptr<Site>> sites_;
};

}  // namespace models::sms
