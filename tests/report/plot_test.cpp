#include "report/plot.hpp"

#include <gtest/gtest.h>

#include <string>

namespace sim::report {
namespace {

std::string labels(const std::vector<PlotTick>& ticks) {
  std::string text;
  for (const PlotTick& tick : ticks) text += (text.empty() ? "" : " | ") + tick.label;
  return text;
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

Plot small() {
  return {.title = "A & B",
          .subtitle = "1 < 2",
          .x_label = "threads",
          .y_label = "share",
          .x_ticks = {{1, "1"}, {2, "2"}, {4, "4"}},
          .y_ticks = share_ticks(0.5),
          .panels = {{"", {{"one", {{1, 0, 0, 0}, {2, 0.25, 0.2, 0.3}, {4, 0.5, 0.4, 0.5}}}}}}};
}

TEST(PlotTicks, of_shares_are_round_and_reach_the_highest) {
  EXPECT_EQ(labels(share_ticks(1)), "0 % | 20 % | 40 % | 60 % | 80 % | 100 %");
  EXPECT_EQ(labels(share_ticks(0.31)), "0 % | 10 % | 20 % | 30 % | 40 %");
  EXPECT_EQ(labels(share_ticks(0.004)), "0 % | 0.1 % | 0.2 % | 0.3 % | 0.4 %");
  EXPECT_EQ(share_ticks(0).size(), 2U);
}

TEST(PlotTicks, of_costs_are_powers_of_ten_around_all) {
  EXPECT_EQ(labels(logarithmic_ticks(3, 1200)), "1 | 10 | 100 | 1000 | 10000");
  EXPECT_EQ(labels(logarithmic_ticks(100, 100)), "100 | 1000");
  EXPECT_EQ(labels(logarithmic_ticks(200'000, 3'000'000)), "100000 | 1 million | 10 million");
}

TEST(Plot, escapes_text) {
  const std::string svg = plot_svg(small());
  EXPECT_NE(svg.find(">A &amp; B</text>"), std::string::npos);
  EXPECT_NE(svg.find(">1 &lt; 2</text>"), std::string::npos);
}

TEST(Plot, has_an_error_bar_only_where_the_ends_differ) {
  // 1 bar has 3 lines, beside 6 of the grid, 1 of the axis, 3 ticks and 1 in the legend.
  EXPECT_EQ(count(plot_svg(small()), "<line "), 2 * 3 + 6 + 1 + 3 + 1);
}

TEST(Plot, places_points_by_their_numbers) {
  Plot plot = small();
  plot.panels[0].series[0].name = "";
  const std::string svg = plot_svg(plot);
  const std::size_t at = svg.find("<path d=\"M");
  ASSERT_NE(at, std::string::npos);
  double x[3], y[3];
  ASSERT_EQ(
      std::sscanf(svg.c_str() + at, "<path d=\"M%lf %lfL%lf %lfL%lf %lf", &x[0], &y[0], &x[1], &y[1], &x[2], &y[2]), 6);
  EXPECT_NEAR((x[2] - x[0]) / (x[1] - x[0]), 3, 0.01);  // 4 is three times as far from 1 as 2.
  EXPECT_NEAR((y[0] - y[2]) / (y[0] - y[1]), 2, 0.01);  // 50 % is twice as high as 25 %.
}

TEST(Plot, tells_series_apart_by_colour_and_shape) {
  Plot plot = small();
  plot.panels[0].series = {{"one", {{1, 0.1, 0.1, 0.1}}}, {"two", {{1, 0.2, 0.2, 0.2}}}};
  const std::string svg = plot_svg(plot);
  EXPECT_EQ(count(svg, "<circle "), 2U);  // In the legend and in the panel.
  EXPECT_EQ(count(svg, "<rect x="), 2U);
  EXPECT_EQ(count(svg, ">two</text>"), 1U);
}

}  // namespace
}  // namespace sim::report
