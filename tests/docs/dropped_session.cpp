#include <sim/sim.hpp>
#include <sim/vfs/file_system.hpp>

#include <iostream>

using namespace sim::vfs;

// Appends a record to a log on a server, and tries again until it succeeds.
void program() {
  FaultBudget budget(1);
  FileSystem files;
  (void)files.mount("D:");
  const FaultOptions drops{.kinds = Fault::drop_before | Fault::drop_after, .budget = &budget};
  (void)files.mount_share(R"(\\SERVER\LOGS)", "D:", {.faults = drops});
  for (bool written = false; !written;) {
    const auto log = files.create_file(R"(\\SERVER\LOGS\LOG)", Access::append, Share::write, Disposition::open_always);
    if (!log) continue;
    const std::byte record[] = {std::byte{1}};
    written = files.write(*log, 0, record).has_value();
    (void)files.close(*log);
  }
  sim::observe("records", static_cast<int>(files.attributes(R"(D:\LOG)")->size));
}

int main() {
  for (const auto& [outcome, executions] : sim::explore(program).outcomes) {
    std::cout << outcome << ": " << executions << "\n";
  }
}
