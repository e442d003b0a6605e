#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "report/arrows.hpp"
#include "report/label.hpp"

namespace sim::report {

/// Where everything of a sequence diagram goes, in points, y downwards from the top of the page.
///
/// The layout is ours, not Graphviz's: lifelines must stand in columns, one event a row, and arrows must run where no
/// box is. An arrow leaves its box sideways into the gutter beside the column, follows a lane of that gutter down to
/// the row of its target, and turns to the target there. A row holds one box only, so that arrows cross lifelines and
/// other arrows, but never a box.
struct SequenceLayout {
  struct Lifeline {
    ThreadId thread = 0;
    double x = 0;               ///< Its middle.
    double begin = 0, end = 0;  ///< From the start of the thread to its exit.
    bool exits = false;         ///< The thread ended before the trace did.
  };
  struct Box {
    std::size_t event = 0;  ///< Index in Trace::events.
    std::size_t lifeline = 0;
    double y = 0;  ///< Its middle.
    double height = 0;
    Label label;
    bool in_two_lines = false;  ///< Values and result stand below operation and object.
    double notes_top = 0;
    std::vector<std::string> notes;
  };
  struct Point {
    double x = 0, y = 0;
  };
  struct Path {
    Arrow arrow;
    std::vector<Point> corners;  ///< Where it begins, turns and ends: 4, or 2 for one straight line.
  };

  double width = 0, height = 0;
  double column_width = 0;
  double head_y = 0;
  double boxes_end = 0;           ///< Below the last row.
  std::optional<double> cycle_y;  ///< The middle of a free row: what is below it repeats for ever.
  std::vector<Lifeline> lifelines;
  std::vector<Box> boxes;
  std::vector<Path> paths;
};

inline constexpr double label_font = 9, note_font = 7.5;
inline constexpr double note_line_height = 9, head_height = 20, page_margin = 2;

/// Lays out the boxes and arrows of `trace` below a heading of `heading_height` points.
SequenceLayout lay_out(const Trace& trace, const Labels& labels, double heading_height);

}  // namespace sim::report
