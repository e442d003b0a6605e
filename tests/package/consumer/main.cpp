#include <sim/sim.hpp>
#include <sim/vfs/file_system.hpp>

#include <iostream>

/// Succeeds if racewalk, as installed, finds the lost update.
int main() {
  const sim::Report report = sim::explore(
      [] {
        sim::atomic<int> counter{0, "counter"};
        auto increment = [&counter] { counter.store(counter.load() + 1); };
        sim::thread first{"first", increment}, second{"second", increment};
        first.join();
        second.join();
        sim::check(counter.load() == 2, "no_lost_update");
      },
      {.strategy = sim::Strategy::dfs});
  if (report.verdict != sim::Verdict::violated || report.violations.front().property != "no_lost_update") {
    std::cerr << "the lost update was not found: " << to_text(report.verdict) << "\n";
    return 1;
  }

  sim::vfs::FileSystem files;
  return files.mount("C:") ? 0 : 1;
}
