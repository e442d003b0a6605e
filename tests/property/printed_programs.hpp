#pragma once

#include <vector>

#include "sim/sim.hpp"

namespace property {

/// For each of samples(): explores what to_cpp() prints of it. Compiled from what print_samples.cpp prints.
std::vector<sim::Report (*)(const sim::Options&)> printed_programs();

}  // namespace property
