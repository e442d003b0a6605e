#include <sim/sim.hpp>
#include <sim/vfs/file_system.hpp>

#include <iostream>

using namespace sim::vfs;

void program() {
  FileSystem files;
  (void)files.mount("C:");
  auto save = [&files] {
    const auto file = files.create_file(R"(C:\job.txt)", Access::write, Share::read, Disposition::create_always);
    sim::check(file.has_value(), "no-sharing-violation");
    (void)files.close(*file);
  };
  sim::thread first{"first", save}, second{"second", save};
  first.join();
  second.join();
}

int main() {
  const sim::Report report = sim::explore(program);
  std::cout << to_text(report.verdict) << ": " << report.violations.front().property << "\n";
}
