#pragma once

#include <string>
#include <vector>

/// Lines with error bars, drawn as SVG: what `racewalk sweep` shows of its runs.
namespace sim::report {

/// One run. `low` and `high` are the ends of the error bar; equal to `y`: none is drawn.
struct PlotPoint {
  double x = 0, y = 0, low = 0, high = 0;
};

struct PlotSeries {
  std::string name;  ///< For the legend; empty: not in it.
  std::vector<PlotPoint> points;
};

/// One coordinate system; all panels of a plot share their axes.
struct PlotPanel {
  std::string title;
  std::vector<PlotSeries> series;  ///< The n-th series of every panel looks the same.
};

struct PlotTick {
  double at = 0;
  std::string label;
};

struct Plot {
  std::string title, subtitle;
  std::string x_label, y_label;
  std::vector<PlotTick> x_ticks, y_ticks;  ///< In ascending order, at least one each; they span the axes.
  bool y_is_logarithmic = false;           ///< Then all `y`, `low`, `high` and y ticks are positive.
  std::vector<PlotPanel> panels;           ///< At least one.
};

/// An SVG document with sizes in points. Text is set in Helvetica or what replaces it.
std::string plot_svg(const Plot& plot);

/// Ticks at round numbers from 0 to at least `highest` (0 to 1), as percentages.
std::vector<PlotTick> share_ticks(double highest);
/// Ticks at powers of ten around `lowest` to `highest`. Requires: 0 < lowest <= highest.
std::vector<PlotTick> logarithmic_ticks(double lowest, double highest);

}  // namespace sim::report
