#include "report/plot.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <string_view>

#include "report/font.hpp"
#include "report/text.hpp"

namespace sim::report {
namespace {

// Points.
constexpr double margin = 16, panel_gap = 22, panel_height = 210, panel_inset = 14;
constexpr double title_font = 14, text_font = 10, tick_font = 9;
constexpr double title_height = 20, subtitle_height = 15, legend_height = 20, panel_title_height = 18;
constexpr double axis_height = 36, axis_label_width = 18, tick_length = 4, cap = 3;
constexpr double narrowest_panel = 150, widest_panel = 460, whole_width = 760;
constexpr std::size_t panels_in_a_row = 4;

constexpr std::array<std::string_view, 8> colours = {"#0969da", "#bc4c00", "#1a7f37", "#8250df",
                                                     "#bf3989", "#7d4e00", "#0b7285", "#57606a"};
constexpr std::string_view text_colour = "#24292f", muted = "#57606a", grid = "#e4e8ec", axis = "#8c959f";

std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : printable(text)) {
    if (c == '&') {
      result += "&amp;";
    } else if (c == '<') {
      result += "&lt;";
    } else if (c == '>') {
      result += "&gt;";
    } else if (c == '"') {
      result += "&quot;";
    } else {
      result += c;
    }
  }
  return result;
}

struct Box {
  double left = 0, top = 0, width = 0, height = 0;

  double right() const { return left + width; }
  double bottom() const { return top + height; }
};

class PlotWriter {
 public:
  explicit PlotWriter(const Plot& plot) : plot_(plot) {
    for (const PlotTick& tick : plot.y_ticks) {
      tick_width_ = std::max(tick_width_, text_width(tick.label, tick_font) + tick_length + 3);
    }
    columns_ = std::min(plot.panels.size(), panels_in_a_row);
    const double beside = 2 * margin + axis_label_width + tick_width_;
    const double gaps = static_cast<double>(columns_ - 1) * panel_gap;
    panel_width_ =
        std::clamp((whole_width - beside - gaps) / static_cast<double>(columns_), narrowest_panel, widest_panel);
    width_ = std::max(beside + gaps + static_cast<double>(columns_) * panel_width_,
                      2 * margin + std::min(text_width(plot.title, title_font) * 1.1, whole_width));
  }

  std::string run() {
    double top = margin + title_height;
    text(margin, top - 6, "start", title_font, text_colour, fitted(plot_.title, title_font, width_ - 2 * margin), true);
    for (const std::string& line : wrapped_to(plot_.subtitle, text_font, width_ - 2 * margin, 3)) {
      top += subtitle_height;
      text(margin, top - 4, "start", text_font, muted, line);
    }
    top = write_legend(top + 4);
    const double panels_top = top;
    const std::size_t rows = (plot_.panels.size() + columns_ - 1) / columns_;
    const double row_height = panel_title_height + panel_height + axis_height;
    for (std::size_t i = 0; i < plot_.panels.size(); ++i) {
      const auto row = static_cast<double>(i / columns_), column = static_cast<double>(i % columns_);
      const Box box{margin + axis_label_width + tick_width_ + column * (panel_width_ + panel_gap),
                    top + row * row_height + panel_title_height, panel_width_, panel_height};
      write_panel(plot_.panels[i], box, i % columns_ == 0);
    }
    const double bottom = panels_top + static_cast<double>(rows) * row_height;
    line(
        R"svg(<text transform="translate({:.1f} {:.1f}) rotate(-90)" text-anchor="middle" font-size="{}" fill="{}">{}</text>)svg",
        margin + text_font, (panels_top + bottom) / 2 - axis_height / 2, text_font, muted, escaped(plot_.y_label));
    return fmt::format(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0:.0f}pt\" height=\"{1:.0f}pt\" viewBox=\"0 0 {0:.0f} "
        "{1:.0f}\" font-family=\"Helvetica,Arial,'Liberation Sans',sans-serif\">\n"
        "<title>{2}</title>\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n{3}</svg>\n",
        width_, bottom + margin, escaped(plot_.title), body_);
  }

 private:
  template <class... A>
  void line(fmt::format_string<A...> format, A&&... arguments) {
    fmt::format_to(std::back_inserter(body_), format, std::forward<A>(arguments)...);
    body_ += '\n';
  }

  void text(double x, double y, std::string_view anchor, double size, std::string_view colour, std::string_view words,
            bool bold = false) {
    line(R"(<text x="{:.1f}" y="{:.1f}" text-anchor="{}" font-size="{}" fill="{}"{}>{}</text>)", x, y, anchor, size,
         colour, bold ? R"( font-weight="bold")" : "", escaped(words));
  }

  void stroke(double x1, double y1, double x2, double y2, std::string_view colour, double width = 1) {
    line(R"(<line x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}" stroke="{}" stroke-width="{}"/>)", x1, y1, x2, y2,
         colour, width);
  }

  // Colour and shape both tell series apart.
  void marker(double x, double y, std::size_t series) {
    const std::string_view colour = colours[series % colours.size()];
    switch (series % 4) {
      case 0:
        line(R"(<circle cx="{:.1f}" cy="{:.1f}" r="3" fill="{}"/>)", x, y, colour);
        break;
      case 1:
        line(R"(<rect x="{:.1f}" y="{:.1f}" width="5.6" height="5.6" fill="{}"/>)", x - 2.8, y - 2.8, colour);
        break;
      case 2:
        line(R"(<path d="M{:.1f} {:.1f}l3.6 6h-7.2z" fill="{}"/>)", x, y - 3.6, colour);
        break;
      default:
        line(R"(<path d="M{:.1f} {:.1f}l3.8 3.8l-3.8 3.8l-3.8 -3.8z" fill="{}"/>)", x, y - 3.8, colour);
    }
  }

  // Returns where what follows begins.
  double write_legend(double top) {
    double x = margin;
    bool any = false;
    const std::vector<PlotSeries>& series = plot_.panels.front().series;
    for (std::size_t i = 0; i < series.size(); ++i) {
      if (series[i].name.empty()) continue;
      const double entry_width = 30 + text_width(series[i].name, text_font) + 16;
      if (any && x + entry_width > width_ - margin) {
        x = margin;
        top += legend_height - 4;
      }
      any = true;
      stroke(x, top + 8, x + 22, top + 8, colours[i % colours.size()], 1.5);
      marker(x + 11, top + 8, i);
      text(x + 28, top + 11.5, "start", text_font, text_colour, series[i].name);
      x += entry_width;
    }
    return any ? top + legend_height : top;
  }

  double x_of(const Box& box, double x) const {
    const double low = plot_.x_ticks.front().at, high = plot_.x_ticks.back().at;
    if (low == high) return box.left + box.width / 2;
    return box.left + panel_inset + (x - low) / (high - low) * (box.width - 2 * panel_inset);
  }

  double y_of(const Box& box, double y) const {
    const auto scaled = [this](double value) { return plot_.y_is_logarithmic ? std::log10(value) : value; };
    const double low = scaled(plot_.y_ticks.front().at), high = scaled(plot_.y_ticks.back().at);
    const double part = low == high ? 0.5 : (scaled(y) - low) / (high - low);
    return box.bottom() - std::clamp(part, 0.0, 1.0) * box.height;
  }

  void write_panel(const PlotPanel& panel, const Box& box, bool is_first_in_row) {
    text(box.left + box.width / 2, box.top - 7, "middle", text_font, text_colour,
         fitted(panel.title, text_font, box.width), true);
    for (const PlotTick& tick : plot_.y_ticks) {
      const double y = y_of(box, tick.at);
      stroke(box.left, y, box.right(), y, grid);
      if (is_first_in_row) text(box.left - tick_length - 2, y + 3, "end", tick_font, muted, tick.label);
    }
    stroke(box.left, box.bottom(), box.right(), box.bottom(), axis);
    double free_from = 0;  // Labels that would touch the one before are left out.
    for (const PlotTick& tick : plot_.x_ticks) {
      const double x = x_of(box, tick.at), half = text_width(tick.label, tick_font) / 2;
      stroke(x, box.bottom(), x, box.bottom() + tick_length, axis);
      if (x - half < free_from) continue;
      text(x, box.bottom() + tick_length + 10, "middle", tick_font, muted, tick.label);
      free_from = x + half + 3;
    }
    text(box.left + box.width / 2, box.bottom() + tick_length + 25, "middle", text_font, muted,
         fitted(plot_.x_label, text_font, box.width));
    for (std::size_t i = 0; i < panel.series.size(); ++i) write_series(panel.series[i], i, panel.series.size(), box);
  }

  // Series stand a little beside each other, so that no error bar hides another.
  void write_series(const PlotSeries& series, std::size_t number, std::size_t count, const Box& box) {
    const double step = std::min(4.0, panel_inset / static_cast<double>(count));
    const double shift = (static_cast<double>(number) - static_cast<double>(count - 1) / 2) * step;
    const std::string_view colour = colours[number % colours.size()];
    std::string path;
    for (const PlotPoint& point : series.points) {
      fmt::format_to(std::back_inserter(path), "{}{:.1f} {:.1f}", path.empty() ? "M" : "L", x_of(box, point.x) + shift,
                     y_of(box, point.y));
    }
    if (series.points.size() > 1) {
      line(R"(<path d="{}" fill="none" stroke="{}" stroke-width="1.5" stroke-linejoin="round"/>)", path, colour);
    }
    for (const PlotPoint& point : series.points) {
      const double x = x_of(box, point.x) + shift;
      if (point.low != point.high) {
        const double low = y_of(box, point.low), high = y_of(box, point.high);
        stroke(x, low, x, high, colour);
        stroke(x - cap, low, x + cap, low, colour);
        stroke(x - cap, high, x + cap, high, colour);
      }
      marker(x, y_of(box, point.y), number);
    }
  }

  const Plot& plot_;
  double tick_width_ = 0, panel_width_ = 0, width_ = 0;
  std::size_t columns_ = 1;
  std::string body_;
};

}  // namespace

std::string plot_svg(const Plot& plot) {
  return PlotWriter(plot).run();
}

std::vector<PlotTick> share_ticks(double highest) {
  double step = 0.2;
  for (const double narrower : {0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001, 0.0005, 0.0002, 0.0001}) {
    if (highest <= 5 * narrower) step = narrower;
  }
  std::vector<PlotTick> ticks;
  const auto count = static_cast<unsigned>(std::max(1.0, std::ceil(highest / step - 1e-9)));
  for (unsigned i = 0; i <= count; ++i) ticks.push_back({i * step, fmt::format("{:.4g} %", 100 * i * step)});
  return ticks;
}

std::vector<PlotTick> logarithmic_ticks(double lowest, double highest) {
  const int first = static_cast<int>(std::floor(std::log10(lowest)));
  const int last = std::max(first + 1, static_cast<int>(std::ceil(std::log10(highest))));
  std::vector<PlotTick> ticks;
  for (int power = first; power <= last; ++power) {
    const double value = std::pow(10.0, power);
    constexpr double million = 1e6;
    ticks.push_back(
        {value, value >= million ? fmt::format("{:g} million", value / million) : fmt::format("{:g}", value)});
  }
  return ticks;
}

}  // namespace sim::report
