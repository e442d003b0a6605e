#include "report/sequence.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>

#include "report/font.hpp"
#include "report/sequence_layout.hpp"
#include "report/text.hpp"

namespace sim::report {
namespace {

constexpr double corner_radius = 4, arrow_length = 5;
constexpr double title_height = 22, verdict_height = 18, legend_line_height = 12, foot_height = 26;
constexpr double legend_font = 8;
constexpr std::array<std::string_view, 3> arrow_legend = {
    "solid arrow: reads or overwrites what the other thread wrote",
    "dashed arrow: overwrites what the other thread had read", "no arrow where others imply the order"};
constexpr double detail_font = 9, detail_line_height = 12, narrowest_detail = 300;
constexpr std::size_t most_detail_lines = 3;
constexpr std::string_view what_follows = "what follows repeats for ever";
constexpr double many_rows = 800;  // Points of height from which the threads' names stand below the rows, too.

struct Paint {
  std::string_view line, fill;
};
constexpr Paint violation_paint{"#cf222e", "#ffebe9"};
constexpr Paint plain_paint{"#8c959f", "#ffffff"};
constexpr std::string_view muted_text = "#8c959f", operation_text = "#57606a";
constexpr std::array<Paint, 8> object_paints{{{"#0969da", "#ddf4ff"},
                                              {"#bc4c00", "#fff1e5"},
                                              {"#8250df", "#fbefff"},
                                              {"#1a7f37", "#dafbe1"},
                                              {"#bf3989", "#ffeff7"},
                                              {"#0b7285", "#e3fafc"},
                                              {"#7d4e00", "#fff8c5"},
                                              {"#364fc7", "#edf2ff"}}};

/// For a quoted DOT string and for an HTML-like label: Graphviz reads character entities in both, and reads a
/// backslash as the start of an escape.
std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      case '\\':
        result += "\\\\";
        break;
      default:
        result += c;
    }
  }
  return result;
}

std::string quoted(std::string_view text) {
  return "\"" + escaped(text) + "\"";
}

/// An HTML-like table whose rows start at the left of a node `width` points wide.
std::string left_table(const std::vector<std::string>& rows, double width, std::string_view background = {}) {
  std::string html =
      fmt::format(R"(<<table border="0" cellborder="0" cellspacing="0" cellpadding="0" width="{:.0f}"{}>)", width,
                  background.empty() ? std::string() : fmt::format(R"( bgcolor="{}")", background));
  for (const std::string& row : rows) html += R"(<tr><td align="left">)" + row + "</td></tr>";
  return html + "</table>>";
}

std::string font(std::string_view colour, std::string_view text, bool bold = false) {
  if (text.empty()) return {};  // Graphviz takes no empty element.
  const std::string_view begin = bold ? "<b>" : "", end = bold ? "</b>" : "";
  return fmt::format(R"(<font color="{}">{}{}{}</font>)", colour, begin, escaped(text), end);
}

// In lines as long as the diagram without them is wide.
std::vector<std::string> detail_lines(const Trace& trace, const Labels& labels, const std::string& detail) {
  if (detail.empty()) return {};
  const double width = std::max(lay_out(trace, labels, 0).width - 2 * page_margin, narrowest_detail);
  return wrapped_to(printable(detail), detail_font * 1.1, width, most_detail_lines);
}

class SequenceWriter {
 public:
  SequenceWriter(const Trace& trace, const DiagramTitle& title)
      : trace_(trace),
        title_(title),
        labels_(trace, Shortening::front),
        details_(detail_lines(trace, labels_, title.detail)),
        layout_(lay_out(trace, labels_,
                        title_height + verdict_height + detail_line_height * static_cast<double>(details_.size()) + 8)),
        violated_(title.verdict.starts_with("violated")) {
    for (const SequenceLayout::Path& path : layout_.paths) add_paint(path.arrow);
  }

  std::string run() {
    const bool repeats_heads = layout_.boxes_end - layout_.head_y > many_rows;
    const double rows_end = layout_.boxes_end;
    const double verdict_end = rows_end + (violated_ ? verdict_height : 0);
    const double heads_end = verdict_end + (repeats_heads ? foot_height + 6 : 0);
    const double legend_top = heads_end + 10;
    height_ = legend_top + legend_height() + page_margin;

    line("digraph sequence {{");
    line("  // Every position is given: dot only draws. Positions are in points.");
    line("  graph [layout=nop2, outputorder=edgesfirst, bb=\"0,0,{:.1f},{:.1f}\", label=\"\", pad=0.2, bgcolor=white];",
         layout_.width, height_);
    line(
        "  node [shape=box, fixedsize=true, style=filled, fontname=\"Helvetica,Arial,sans-serif\", fontsize={}, "
        "penwidth=0.8, label=\"\"];",
        label_font);
    line("  edge [arrowsize=0.5, penwidth=1.1];");
    write_title();
    write_heads("head", layout_.head_y);
    if (repeats_heads) write_heads("foot", verdict_end + foot_height / 2);
    write_lifelines(violated_ ? verdict_end : rows_end);
    for (const SequenceLayout::Box& box : layout_.boxes) write_box(box);
    for (const SequenceLayout::Path& path : layout_.paths) write_path(path);
    write_cycle();
    if (violated_) write_violation(rows_end + verdict_height / 2);
    write_legend(legend_top);
    line("}}");
    return std::move(out_);
  }

 private:
  template <class... T>
  void line(fmt::format_string<T...> format, T&&... arguments) {
    fmt::format_to(std::back_inserter(out_), format, std::forward<T>(arguments)...);
    out_ += '\n';
  }

  std::string at(double x, double y) const { return fmt::format("{:.1f},{:.1f}", x, height_ - y); }

  /// The first arrow over an object gives it the next colour; where colours run out, grey.
  void add_paint(const Arrow& arrow) {
    if (arrow.object == no_object || paints_.size() == object_paints.size()) return;
    const std::string subject = labels_.object(arrow.object);
    const auto is_about_it = [&](std::size_t event) {
      return labels_.object(trace_.events()[event].operation.object) == subject;
    };
    if (is_about_it(arrow.earlier) || is_about_it(arrow.later)) {
      paints_.try_emplace(subject, object_paints[paints_.size()]);
    }
  }

  const Paint& paint_of(std::string_view subject) const {
    const auto found = paints_.find(subject);
    return found != paints_.end() ? found->second : plain_paint;
  }
  const Paint& paint_of(ObjectId object) const { return paint_of(labels_.object(object)); }

  bool is_violation(std::size_t event) const { return violated_ && event + 1 == trace_.events().size(); }

  /// One line of text, its left end at `x`, its middle at `y`. `html` is `text` with its markup.
  void write_text(std::string_view id, double x, double y, std::string_view text, double size,
                  const std::string& html) {
    const double width = text_width(text, size) * 1.1 + 4;
    line("  {} [shape=plaintext, style=\"\", fontsize={}, pos=\"{}\", width={:.2f}, height={:.2f}, label={}];", id,
         size, at(x + width / 2, y), width / 72, size * 1.5 / 72, left_table({html}, width - 2, "white"));
  }

  void write_title() {
    double y = page_margin + title_height / 2;
    const std::string title = printable(title_.title);
    if (!title.empty()) write_text("title", page_margin, y, title, 14, font("#1f2328", title, true));
    y += (title_height + verdict_height) / 2;
    const std::string_view colour = violated_ ? violation_paint.line : std::string_view("#1a7f37");
    const std::string verdict = printable(title_.verdict);
    if (!verdict.empty()) write_text("verdict", page_margin, y, verdict, 11, font(colour, verdict, true));
    y += (verdict_height + detail_line_height) / 2;
    for (std::size_t i = 0; i < details_.size(); ++i, y += detail_line_height) {
      write_text(fmt::format("detail{}", i), page_margin, y, details_[i], detail_font,
                 font(operation_text, details_[i]));
    }
  }

  void write_cycle() {
    if (!layout_.cycle_y) return;
    line("  cycle0 [shape=point, style=invis, pos=\"{}\"];", at(page_margin, *layout_.cycle_y));
    line("  cycle1 [shape=point, style=invis, pos=\"{}\"];", at(layout_.width - page_margin, *layout_.cycle_y));
    const std::string begin = at(page_margin, *layout_.cycle_y),
                      end = at(layout_.width - page_margin, *layout_.cycle_y);
    line("  cycle0 -> cycle1 [arrowhead=none, style=dashed, color=\"{0}\", pos=\"{1} {1} {2} {2}\"];",
         violation_paint.line, begin, end);
    write_text("cycle", page_margin, *layout_.cycle_y, what_follows, detail_font,
               font(violation_paint.line, what_follows, true));
  }

  void write_heads(std::string_view prefix, double y) {
    for (const SequenceLayout::Lifeline& lifeline : layout_.lifelines) {
      const std::string name = thread_name(trace_, lifeline.thread);
      line(
          "  {}{} [pos=\"{}\", width={:.2f}, height={:.2f}, fillcolor=\"#24292f\", color=\"#24292f\", "
          "fontcolor=white, fontsize=11, label=<<b>{}</b>>];",
          prefix, lifeline.thread, at(lifeline.x, y), layout_.column_width / 72, head_height / 72,
          escaped(fitted(name, 11.5, layout_.column_width - 8)));
    }
  }

  void write_lifelines(double bottom) {
    for (const SequenceLayout::Lifeline& lifeline : layout_.lifelines) {
      const double end = lifeline.exits ? lifeline.end : bottom;
      line(
          "  end{0} [shape={1}, style=filled, fillcolor=\"#8c959f\", color=\"#8c959f\", pos=\"{2}\", width={3}, "
          "height={4}];",
          lifeline.thread, lifeline.exits ? "box" : "point", at(lifeline.x, end), lifeline.exits ? 0.2 : 0.02,
          lifeline.exits ? 0.03 : 0.02);
      line("  head{0} -> end{0} [arrowhead=none, color=\"#d0d7de\", pos=\"{1} {1} {2} {2}\"];", lifeline.thread,
           at(lifeline.x, lifeline.begin), at(lifeline.x, end));
    }
  }

  void write_box(const SequenceLayout::Box& box) {
    const Paint& paint =
        is_violation(box.event) ? violation_paint : paint_of(trace_.events()[box.event].operation.object);
    const double x = layout_.lifelines[box.lifeline].x;
    const std::string full = Labels(trace_, Shortening::none).of(trace_.events()[box.event]).line();
    line(
        "  e{} [pos=\"{}\", width={:.2f}, height={:.2f}, color=\"{}\", fillcolor=\"{}\", penwidth={}, tooltip={}, "
        "label={}];",
        box.event, at(x, box.y), layout_.column_width / 72, box.height / 72, paint.line, paint.fill,
        is_violation(box.event) ? 2 : 0.8, quoted(full), box_label(box, paint));
    double y = box.notes_top + note_line_height / 2;
    for (std::size_t i = 0; i < box.notes.size(); ++i, y += note_line_height) {
      write_text(fmt::format("n{}_{}", box.event, i), x - layout_.column_width / 2 + 3, y, box.notes[i], note_font,
                 font("#6e7781", box.notes[i]));
    }
  }

  /// `27 file_open 2_K1Q0P0.srq read, share all -> handle 2`, in one line or two.
  std::string box_label(const SequenceLayout::Box& box, const Paint& paint) const {
    const double room = layout_.column_width - 10;
    const std::size_t step = steps_[box.event];
    const std::string number = step == 0 ? std::string() : std::to_string(step) + " ";
    const std::string start = number + box.label.operation + " ";
    const std::string object = fitted(box.label.object, label_font * 1.07, room - text_width(start, label_font));
    std::string values = box.label.values;
    if (!box.label.result.empty()) values += (values.empty() ? "" : " ") + box.label.result;
    std::string first = number.empty() ? std::string() : font(muted_text, number);
    first += font(operation_text, box.label.operation);
    if (!object.empty()) first += " " + font(paint.line, object, true);
    if (box.in_two_lines) {
      return left_table({first, "&nbsp;&nbsp;&nbsp;" + escaped(fitted(values, label_font, room - 9))}, room);
    }
    if (!values.empty()) {
      first += " " + escaped(fitted(values, label_font, room - text_width(start + object + " ", label_font)));
    }
    return left_table({first}, room);
  }

  /// The corners as one piecewise cubic curve: straight parts, and a small arc where it turns.
  std::string curve(const std::vector<SequenceLayout::Point>& corners) const {
    using Point = SequenceLayout::Point;
    const auto towards = [](const Point& from, const Point& to, double distance) {
      const double length = std::hypot(to.x - from.x, to.y - from.y);
      const double part = length == 0 ? 0 : std::min(distance / length, 0.5);
      return Point{from.x + (to.x - from.x) * part, from.y + (to.y - from.y) * part};
    };
    const Point tip = corners.back();
    Point last = towards(tip, corners[corners.size() - 2], arrow_length);
    std::string text = fmt::format("e,{} {}", at(tip.x, tip.y), at(corners[0].x, corners[0].y));
    Point here = corners[0];
    const auto add = [&](const Point& a, const Point& b, const Point& c) {
      text += fmt::format(" {} {} {}", at(a.x, a.y), at(b.x, b.y), at(c.x, c.y));
      here = c;
    };
    for (std::size_t i = 1; i + 1 < corners.size(); ++i) {
      const Point into = towards(corners[i], corners[i - 1], corner_radius);
      const Point out_of = towards(corners[i], corners[i + 1], corner_radius);
      add(here, into, into);
      add(corners[i], corners[i], out_of);
    }
    add(here, last, last);
    return text;
  }

  void write_path(const SequenceLayout::Path& path) {
    const Arrow& arrow = path.arrow;
    const auto events = trace_.events();
    if (path.corners.size() == 2) {  // A spawn or a join, between lifelines.
      const bool spawn = arrow.kind == ArrowKind::spawn;
      const ThreadId one = events[arrow.earlier].thread, other = static_cast<ThreadId>(events[arrow.earlier].value);
      line("  head{} -> head{} [style=dotted, color=\"#57606a\", tooltip=\"{}\", pos=\"{}\"];", spawn ? one : other,
           spawn ? other : one, spawn ? "spawn" : "join", curve(path.corners));
      return;
    }
    const char* style = arrow.kind == ArrowKind::invalidates ? "dashed" : "solid";
    line("  e{} -> e{} [style={}, color=\"{}\", tooltip={}, pos=\"{}\"];", arrow.earlier, arrow.later, style,
         paint_of(arrow.object).line, quoted(labels_.object(arrow.object)), curve(path.corners));
  }

  /// Says below the last row what broke, under the thread that did it.
  void write_violation(double y) {
    double x = page_margin;
    const bool in_box = !layout_.boxes.empty() && is_violation(layout_.boxes.back().event);
    const std::string text = printable(title_.verdict) + (in_box ? "" : " (after the last step)");
    if (in_box) x = layout_.lifelines[layout_.boxes.back().lifeline].x - layout_.column_width / 2;
    x = std::max(page_margin, std::min(x, layout_.width - page_margin - text_width(text, 10) * 1.15));
    write_text("broken", x, y, text, 10, font(violation_paint.line, text, true));
  }

  void write_legend(double top) {
    std::size_t row = 0;
    const auto write = [&](const std::string& text, const std::string& html) {
      const double y = top + legend_line_height * (static_cast<double>(row) + 0.5);
      write_text(fmt::format("legend{}", row++), page_margin, y, text, legend_font, html);
    };
    for (const std::string_view text : arrow_legend) {
      if (!paints_.empty()) write(std::string(text), font(operation_text, text));
    }
    for (const auto& [shown, name] : labels_.legend()) {
      const std::string rest = " = " + name;
      write(shown + rest, font(paint_of(std::string_view(shown)).line, shown, true) + font(operation_text, rest));
    }
  }
  double legend_height() const {
    return legend_line_height *
           static_cast<double>(labels_.legend().size() + (paints_.empty() ? 0 : arrow_legend.size()));
  }

  const Trace& trace_;
  const DiagramTitle& title_;
  const Labels labels_;
  const std::vector<std::string> details_;
  const SequenceLayout layout_;
  const bool violated_;
  const std::vector<std::size_t> steps_ = step_numbers(trace_);
  std::map<std::string, Paint, std::less<>> paints_;  ///< By the spelling of an object.
  double height_ = 0;
  std::string out_;
};

}  // namespace

std::string sequence_dot(const Trace& trace, const DiagramTitle& title) {
  return SequenceWriter(trace, title).run();
}

}  // namespace sim::report
