#pragma once

#include <rapidcheck.h>

#include <span>
#include <string>
#include <vector>

#include "tests/property/random_program.hpp"

namespace property {

/// Instructions between two others, such as a critical section.
struct Section {
  Code before, after;
};

/// Operations that are likely to meet in a program. In their objects and values, `drawn` is one that is drawn, and
/// `other` the other object of two.
struct Theme {
  std::string name;
  std::vector<Code> phrases;
  std::vector<Section> sections;
  int least_threads = 2, most_threads = 4;
  int weight = 1;  ///< How often it is drawn, in relation to others.
};
inline constexpr int drawn = -1, other = -2;

/// What the enumeration without the engine knows.
const Theme& basic_theme();
/// All others, and together all operations.
std::span<const Theme> themes();

/// Programs of a theme, cut until straight-line code of their length has at most `interleavings`.
rc::Gen<RandomProgram> programs_of(const Theme& theme, double interleavings);
/// Of any theme.
rc::Gen<RandomProgram> programs();

/// A few fixed programs that have all operations between them.
std::vector<RandomProgram> samples();

}  // namespace property
