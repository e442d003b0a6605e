#include "cli/sweep_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "cli/output.hpp"
#include "cli/terminal.hpp"
#include "report/plot.hpp"
#include "report/text.hpp"

namespace sim::cli {
namespace {

using Json = nlohmann::ordered_json;

std::optional<std::int64_t> integer_in(const std::string& text) {
  std::int64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || at != end) return std::nullopt;
  return value;
}

std::string percent(double share) {
  return fmt::format("{:.3g} %", 100 * share);
}

// What exploration took, where it does not sample.
std::uint64_t cost(const Report& report) {
  return report.states != 0 ? report.states : report.executions;
}

bool samples(const Swept& swept) {
  return std::ranges::all_of(swept.points,
                             [](const SweepPoint& point) { return point.report.failure_rate.has_value(); });
}

std::vector<std::string> head(const Swept& swept) {
  std::vector<std::string> cells;
  for (const Varied& varied : swept.varied) cells.push_back(varied.key);
  const std::vector<std::string> rest = samples(swept)
                                            ? std::vector<std::string>{"failing", "of", "share", "95 % confidence"}
                                            : std::vector<std::string>{"verdict", "states", "executions", "time"};
  cells.insert(cells.end(), rest.begin(), rest.end());
  return cells;
}

std::vector<std::string> row(const Swept& swept, const SweepPoint& point) {
  std::vector<std::string> cells;
  for (std::size_t i = 0; i < swept.varied.size(); ++i) cells.push_back(swept.varied[i].values[point.at[i]]);
  const Report& report = point.report;
  if (samples(swept)) {
    const Estimate95& rate = *report.failure_rate;
    cells.insert(cells.end(), {grouped(report.failing_executions), grouped(report.executions), percent(rate.share),
                               percent(rate.low) + " to " + percent(rate.high)});
  } else {
    std::string verdict(to_text(report.verdict));
    if (!report.complete) verdict += report.verdict == Verdict::violated ? ", not complete" : "";
    cells.insert(cells.end(),
                 {verdict, grouped(report.states), grouped(report.executions), duration_text(report.seconds)});
  }
  return cells;
}

std::string strategies_of(const Swept& swept) {
  std::set<std::string> names;
  for (const SweepPoint& point : swept.points) names.insert(point.scenario.explore.strategy);
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

// Strategy, sample and properties: what the numbers mean.
std::string conditions(const Swept& swept) {
  std::set<std::uint64_t> counts;
  std::set<std::uint64_t> seeds;
  for (const SweepPoint& point : swept.points) {
    counts.insert(point.report.executions);
    seeds.insert(point.scenario.explore.seed);
  }
  std::string text = strategies_of(swept);
  if (!samples(swept)) return text;
  text += counts.size() == 1
              ? fmt::format(", {} executions each", grouped(*counts.begin()))
              : fmt::format(", {} to {} executions each", grouped(*counts.begin()), grouped(*counts.rbegin()));
  if (seeds.size() == 1) text += fmt::format(", seed {}", *seeds.begin());
  return text;
}

Json value_of(const std::string& text) {
  if (const auto integer = integer_in(text)) return *integer;
  if (text == "true" || text == "false") return text == "true";
  return text;
}

// ---- the plot -----------------------------------------------------------------------------------

// The places of the x axis: the numbers themselves, or where they are none, 0, 1, 2, ...
std::vector<report::PlotTick> x_ticks(const Varied& varied) {
  std::vector<report::PlotTick> ticks;
  const bool numbers =
      std::ranges::all_of(varied.values, [](const auto& text) { return integer_in(text).has_value(); });
  for (std::size_t i = 0; i < varied.values.size(); ++i) {
    const std::string& text = varied.values[i];
    ticks.push_back({numbers ? static_cast<double>(*integer_in(text)) : static_cast<double>(i), text});
  }
  return ticks;
}

std::string panel_title(const Swept& swept, const SweepPoint& point) {
  std::string title;
  for (std::size_t i = 2; i < swept.varied.size(); ++i) {
    title +=
        fmt::format("{}{} = {}", title.empty() ? "" : ", ", swept.varied[i].key, swept.varied[i].values[point.at[i]]);
  }
  return title;
}

std::vector<report::PlotPanel> panels(const Swept& swept, const std::vector<report::PlotTick>& ticks) {
  std::vector<report::PlotPanel> result;
  for (const SweepPoint& point : swept.points) {
    const std::string title = panel_title(swept, point);
    auto panel = std::ranges::find(result, title, &report::PlotPanel::title);
    if (panel == result.end()) {
      result.push_back({title, {}});
      panel = result.end() - 1;
      const std::size_t lines = swept.varied.size() > 1 ? swept.varied[1].values.size() : 1;
      for (std::size_t i = 0; i < lines; ++i) {
        const bool named = swept.varied.size() > 1;
        panel->series.push_back(
            {named ? fmt::format("{} = {}", swept.varied[1].key, swept.varied[1].values[i]) : "", {}});
      }
    }
    report::PlotPoint place{.x = ticks[point.at[0]].at};
    if (samples(swept)) {
      const Estimate95& rate = *point.report.failure_rate;
      place.y = rate.share;
      place.low = rate.low;
      place.high = rate.high;
    } else {
      place.y = place.low = place.high = static_cast<double>(std::max<std::uint64_t>(cost(point.report), 1));
    }
    panel->series[swept.varied.size() > 1 ? point.at[1] : 0].points.push_back(place);
  }
  for (report::PlotPanel& panel : result) {
    for (report::PlotSeries& series : panel.series) std::ranges::sort(series.points, {}, &report::PlotPoint::x);
  }
  return result;
}

}  // namespace

std::string sweep_text(const Swept& swept, unsigned width) {
  std::vector<std::vector<std::string>> rows = {head(swept)};
  for (const SweepPoint& point : swept.points) rows.push_back(row(swept, point));
  std::vector<std::size_t> widths(rows.front().size(), 0);
  for (const auto& cells : rows) {
    for (std::size_t i = 0; i < cells.size(); ++i) widths[i] = std::max(widths[i], report::width_of(cells[i]));
  }
  std::string text = fmt::format("{}: {}\n", swept.points.front().scenario.name, conditions(swept));
  const std::string& title = swept.points.front().scenario.title;
  if (!title.empty()) text += report::printable(title) + "\n";
  text += "\n";
  for (std::size_t i = 0; i < rows.size(); ++i) {
    std::string line;
    for (std::size_t cell = 0; cell < rows[i].size(); ++cell) {
      line += fmt::format("{}{:>{}}", cell == 0 ? "" : "   ", report::printable(rows[i][cell]), widths[cell]);
    }
    text += report::elided(line, std::max(width, 20U)) + "\n";
  }
  std::set<std::string> properties;
  for (const SweepPoint& point : swept.points) {
    for (const Violation& violation : point.report.violations) properties.insert(report::printable(violation.property));
  }
  std::string names;
  for (const std::string& name : properties) names += (names.empty() ? "" : ", ") + name;
  if (names.empty()) return text + "\nNothing was violated.\n";
  text += "\n";
  for (const std::string& line : report::wrapped("violated: " + names, std::max(width, 20U), 2)) text += line + "\n";
  return text;
}

std::string sweep_json(const Swept& swept) {
  const scenario::Scenario& first = swept.points.front().scenario;
  Json object = {{"format", "racewalk-sweep"}, {"version", 1}, {"scenario", first.name}, {"model", first.model}};
  object["varied"] = Json::array();
  for (const Varied& varied : swept.varied) {
    Json values = Json::array();
    for (const std::string& value : varied.values) values.push_back(value_of(value));
    object["varied"].push_back({{"key", varied.key}, {"values", std::move(values)}});
  }
  object["interrupted"] = swept.interrupted;
  object["points"] = Json::array();
  for (const SweepPoint& point : swept.points) {
    const Report& report = point.report;
    Json values = Json::object();
    for (std::size_t i = 0; i < swept.varied.size(); ++i) {
      values[swept.varied[i].key] = value_of(swept.varied[i].values[point.at[i]]);
    }
    Json row = {{"values", std::move(values)},
                {"strategy", point.scenario.explore.strategy},
                {"seed", point.scenario.explore.seed},
                {"verdict", to_text(report.verdict)},
                {"complete", report.complete},
                {"executions", report.executions},
                {"failing_executions", report.failing_executions},
                {"failure_rate", nullptr},
                {"states", report.states},
                {"transitions", report.transitions},
                {"seconds", report.seconds}};
    if (const auto& rate = report.failure_rate) {
      row["failure_rate"] = {{"share", rate->share}, {"low", rate->low}, {"high", rate->high}, {"confidence", 0.95}};
    }
    std::set<std::string> names;
    for (const Violation& violation : report.violations) names.insert(violation.property);
    row["violated"] = names;
    object["points"].push_back(std::move(row));
  }
  return object.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string sweep_svg(const Swept& swept) {
  const scenario::Scenario& first = swept.points.front().scenario;
  std::vector<report::PlotTick> places = x_ticks(swept.varied[0]);
  report::Plot plot{.title = first.title.empty() ? first.name : first.title,
                    .subtitle = fmt::format("{}: {}", first.name, conditions(swept)),
                    .x_label = swept.varied[0].key,
                    .y_label = {},
                    .x_ticks = places,
                    .y_ticks = {},
                    .panels = panels(swept, places)};
  std::ranges::sort(plot.x_ticks, {}, &report::PlotTick::at);
  double lowest = 1e300, highest = 0;
  for (const report::PlotPanel& panel : plot.panels) {
    for (const report::PlotSeries& series : panel.series) {
      for (const report::PlotPoint& point : series.points) {
        lowest = std::min(lowest, point.low);
        highest = std::max(highest, point.high);
      }
    }
  }
  if (samples(swept)) {
    plot.y_label = "share of executions that fail";
    plot.subtitle += "; bars: 95 % confidence";
    plot.y_ticks = report::share_ticks(highest);
  } else {
    const bool states = std::ranges::any_of(swept.points, [](const auto& point) { return point.report.states != 0; });
    plot.y_label = states ? "states" : "executions";
    plot.y_is_logarithmic = true;
    plot.y_ticks = report::logarithmic_ticks(lowest, highest);
  }
  std::string svg = report::plot_svg(plot);
  return svg.insert(svg.find("?>\n") + 3, fmt::format("<!-- {} -->\n", signature));
}

}  // namespace sim::cli
