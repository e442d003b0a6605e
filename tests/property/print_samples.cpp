// Prints property::samples() as a source file that explores each: printed_programs_test.cpp is linked with it.
#include <iostream>

#include "tests/property/generator.hpp"

int main() {
  std::cout << "#include <chrono>\n#include <functional>\n#include <mutex>\n#include <string>\n#include <vector>\n\n"
               "#include \"tests/property/files.hpp\"\n#include \"tests/property/printed_programs.hpp\"\n\n"
               "namespace property {\n\n";
  const auto samples = property::samples();
  for (std::size_t i = 0; i < samples.size(); ++i) {
    std::cout << "static sim::Report explore_" << i << "(const sim::Options& options) {\n"
              << property::to_cpp(samples[i], "program") << "return sim::explore(program, options);\n}\n";
  }
  std::cout << "\nstd::vector<sim::Report (*)(const sim::Options&)> printed_programs() {\n  return {";
  for (std::size_t i = 0; i < samples.size(); ++i) std::cout << (i == 0 ? "" : ", ") << "explore_" << i;
  std::cout << "};\n}\n\n}  // namespace property\n";
}
