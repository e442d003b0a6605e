#include "report/sequence_layout.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include "report/font.hpp"
#include "report/log.hpp"
#include "report/text.hpp"

namespace sim::report {
namespace {

constexpr double line_height = 11, box_padding = 5;
constexpr double gap_in_run = 2, gap_between_runs = 9;
constexpr double cycle_row_height = 18;  // Between events, where what follows repeats for ever.
constexpr double lane_distance = 7, gutter_padding = 9;
constexpr double entry_distance = 4;                    // Between arrows that end at one box.
constexpr double entry_above = -2.5, exit_below = 3.5;  // Of the box's middle, so that ends and beginnings differ.
constexpr double narrowest_column = 120, widest_column = 250, page_width_aimed_at = 1100;
constexpr std::size_t most_note_lines = 3;

using Box = SequenceLayout::Box;
using Path = SequenceLayout::Path;
using Lifeline = SequenceLayout::Lifeline;

/// The room for vertical parts of arrows right of column `index - 1` and left of column `index`.
struct Gutter {
  /// Lanes hold y intervals that do not overlap. The trunk of all arrows from one event shares a lane.
  struct Trunk {
    std::size_t event = 0;
    double begin = 0, end = 0;
    std::size_t lane = 0;
  };
  std::vector<Trunk> trunks;
  std::size_t lanes = 0;

  double width() const { return 2 * gutter_padding + lane_distance * static_cast<double>(lanes == 0 ? 0 : lanes - 1); }
};

class Layouter {
 public:
  Layouter(const Trace& trace, const Labels& labels) : trace_(trace), labels_(labels), arrows_(arrows(trace)) {}

  SequenceLayout run(double heading_height) {
    add_lifelines();
    layout_.column_width = column_width();
    layout_.head_y = page_margin + heading_height + head_height / 2;
    place_rows();
    place_lanes();
    place_columns();
    for (const Arrow& arrow : shown_arrows_) add_path(arrow);
    layout_.height = layout_.boxes_end + page_margin;
    return std::move(layout_);
  }

 private:
  void add_lifelines() {
    std::vector<ThreadId> threads;
    for (const Event& event : trace_.events()) {
      if (is_shown(event)) threads.push_back(event.thread);
    }
    std::ranges::sort(threads);
    threads.erase(std::ranges::unique(threads).begin(), threads.end());
    for (const ThreadId thread : threads) {
      lifeline_of_.emplace(thread, layout_.lifelines.size());
      layout_.lifelines.push_back({thread, 0, 0, 0, false});
    }
  }

  double column_width() const {
    double width = narrowest_column;
    for (const Lifeline& lifeline : layout_.lifelines) {
      width = std::max(width, text_width(thread_name(trace_, lifeline.thread), 11) * 1.1 + 20);
    }
    for (const Event& event : trace_.events()) {
      if (is_shown(event)) width = std::max(width, width_of_line(labels_.of(event)));
    }
    const double share = page_width_aimed_at / static_cast<double>(std::max<std::size_t>(layout_.lifelines.size(), 1));
    return std::min(width, std::clamp(share, narrowest_column, widest_column));
  }

  /// Of a box with the whole label in one line, and room for the step number and bold type.
  static double width_of_line(const Label& label) {
    return text_width("000  " + label.line(), label_font) * 1.06 + 2 * box_padding;
  }

  bool has_lifelines(ThreadId a, ThreadId b) const { return lifeline_of_.contains(a) && lifeline_of_.contains(b); }

  /// Gives each shown event, and each spawn and join between lifelines, its y.
  void place_rows() {
    double y = layout_.head_y + head_height / 2 + gap_between_runs;
    for (Lifeline& lifeline : layout_.lifelines) lifeline.begin = layout_.head_y + head_height / 2;
    std::optional<ThreadId> previous;
    rows_.assign(trace_.events().size(), std::numeric_limits<double>::quiet_NaN());
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      const Event& event = trace_.events()[i];
      if (is_shown(event)) {
        if (trace_.cycle && i >= *trace_.cycle && !layout_.cycle_y) {
          layout_.cycle_y = y + cycle_row_height / 2;
          y += cycle_row_height;
        }
        if (previous && *previous != event.thread) y += gap_between_runs - gap_in_run;
        y = place_box(i, y) + gap_in_run;
        previous = event.thread;
      } else if (lifeline_of_.contains(event.thread)) {
        y = place_thread_event(i, y);
      }
    }
    for (Lifeline& lifeline : layout_.lifelines) {
      if (!lifeline.exits) lifeline.end = y;
    }
    layout_.boxes_end = y;
    for (const Arrow& arrow : arrows_) {
      if (!std::isnan(rows_[arrow.earlier]) && !std::isnan(rows_[arrow.later])) shown_arrows_.push_back(arrow);
    }
  }

  double place_box(std::size_t index, double top) {
    const Event& event = trace_.events()[index];
    Box box{index, lifeline_of_.at(event.thread), 0, 0, labels_.of(event), false, 0, {}};
    const bool divisible = !box.label.values.empty() || !box.label.result.empty();
    box.in_two_lines = divisible && width_of_line(box.label) > layout_.column_width;
    box.height = (box.in_two_lines ? 2 : 1) * line_height + 4;
    box.y = top + box.height / 2;
    rows_[index] = box.y;
    box.notes_top = top + box.height + 1;
    for (const std::string& note : event.notes) {
      const std::string text = printable(message_of(log_line(note).text));
      for (std::string& line : wrapped_to(text, note_font, layout_.column_width - 2 * box_padding, most_note_lines)) {
        box.notes.push_back(std::move(line));
      }
    }
    const double bottom = top + box.height + note_line_height * static_cast<double>(box.notes.size());
    layout_.boxes.push_back(std::move(box));
    return layout_.boxes.back().notes.empty() ? bottom : bottom + 2;
  }

  /// A spawn or join is a thin row with an arrow between two lifelines; an exit ends its lifeline.
  double place_thread_event(std::size_t index, double y) {
    const Event& event = trace_.events()[index];
    const auto other = static_cast<ThreadId>(event.value);
    const double row = y + gap_between_runs;
    if (event.operation.kind == OperationKind::thread_exit) {
      Lifeline& own = layout_.lifelines[lifeline_of_.at(event.thread)];
      own.end = y + gap_in_run;
      own.exits = true;
    } else if (event.operation.kind == OperationKind::thread_spawn && has_lifelines(event.thread, other)) {
      layout_.lifelines[lifeline_of_.at(other)].begin = row;
      add_straight_path(index, event.thread, other, ArrowKind::spawn, row);
      return row + gap_between_runs / 2;
    } else if (event.operation.kind == OperationKind::thread_join && has_lifelines(event.thread, other)) {
      layout_.lifelines[lifeline_of_.at(other)].end = row;
      add_straight_path(index, other, event.thread, ArrowKind::join, row);
      return row + gap_between_runs / 2;
    }
    return y;
  }

  void add_straight_path(std::size_t index, ThreadId from, ThreadId to, ArrowKind kind, double y) {
    // The columns' x are not known yet: place_columns replaces the lifelines' numbers.
    Path path{{index, index, kind, no_object}, {}};
    path.corners = {{static_cast<double>(lifeline_of_.at(from)), y}, {static_cast<double>(lifeline_of_.at(to)), y}};
    layout_.paths.push_back(std::move(path));
  }

  std::size_t column_of(std::size_t event) const { return lifeline_of_.at(trace_.events()[event].thread); }
  bool goes_right(const Arrow& arrow) const { return column_of(arrow.earlier) < column_of(arrow.later); }
  std::size_t gutter_of(const Arrow& arrow) const { return column_of(arrow.earlier) + (goes_right(arrow) ? 1 : 0); }

  /// Gives the trunk of each source event a lane: short trunks first, each in the first lane where it meets no other.
  void place_lanes() {
    gutters_.resize(layout_.lifelines.size() + 1);
    for (const Arrow& arrow : shown_arrows_) {
      Gutter& gutter = gutters_[gutter_of(arrow)];
      auto trunk = std::ranges::find(gutter.trunks, arrow.earlier, &Gutter::Trunk::event);
      if (trunk == gutter.trunks.end()) {
        trunk = gutter.trunks.insert(trunk, {arrow.earlier, rows_[arrow.earlier], rows_[arrow.later], 0});
      }
      trunk->end = std::max(trunk->end, rows_[arrow.later]);
    }
    for (Gutter& gutter : gutters_) {
      std::ranges::stable_sort(gutter.trunks, {}, [](const Gutter::Trunk& trunk) { return trunk.end - trunk.begin; });
      for (auto trunk = gutter.trunks.begin(); trunk != gutter.trunks.end(); ++trunk) {
        const auto taken = [&](const Gutter::Trunk& other) {
          return other.lane == trunk->lane && other.begin <= trunk->end + 6 && trunk->begin <= other.end + 6;
        };
        while (std::any_of(gutter.trunks.begin(), trunk, taken)) ++trunk->lane;
        gutter.lanes = std::max(gutter.lanes, trunk->lane + 1);
      }
    }
  }

  void place_columns() {
    double x = page_margin;
    for (std::size_t i = 0; i < layout_.lifelines.size(); ++i) {
      // The outermost gutters exist only if an arrow needs them, which none does: arrows go towards another column.
      if (i != 0) x += gutters_[i].width();
      layout_.lifelines[i].x = x + layout_.column_width / 2;
      x += layout_.column_width;
    }
    layout_.width = x + page_margin;
    for (Path& path : layout_.paths) {
      for (SequenceLayout::Point& corner : path.corners)
        corner.x = layout_.lifelines[static_cast<std::size_t>(corner.x)].x;
    }
  }

  void add_path(const Arrow& arrow) {
    const bool right = goes_right(arrow);
    const double half = layout_.column_width / 2;
    const double from = layout_.lifelines[column_of(arrow.earlier)].x + (right ? half : -half);
    const double to = layout_.lifelines[column_of(arrow.later)].x + (right ? -half : half);
    const Gutter& gutter = gutters_[gutter_of(arrow)];
    const auto trunk = std::ranges::find(gutter.trunks, arrow.earlier, &Gutter::Trunk::event);
    const double offset = gutter_padding + lane_distance * static_cast<double>(trunk->lane);
    const double lane = from + (right ? offset : offset - gutter.width());
    // Arrows that end at the same box and side spread around its middle.
    const auto same_end = [&](const Arrow& other) { return other.later == arrow.later && goes_right(other) == right; };
    const auto ends = static_cast<double>(std::ranges::count_if(shown_arrows_, same_end));
    const auto before = static_cast<double>(std::count_if(std::as_const(shown_arrows_).data(), &arrow, same_end));
    const double entry = std::min(entry_distance, 10 / ends) * (before - (ends - 1) / 2);
    const double begin = rows_[arrow.earlier] + exit_below;
    const double end = rows_[arrow.later] + entry_above + entry;
    layout_.paths.push_back({arrow, {{from, begin}, {lane, begin}, {lane, end}, {to, end}}});
  }

  const Trace& trace_;
  const Labels& labels_;
  const std::vector<Arrow> arrows_;
  std::vector<Arrow> shown_arrows_;  // Between boxes.
  SequenceLayout layout_;
  std::map<ThreadId, std::size_t> lifeline_of_;
  std::vector<double> rows_;  // y of each event; NaN: it has no box.
  std::vector<Gutter> gutters_;
};

}  // namespace

SequenceLayout lay_out(const Trace& trace, const Labels& labels, double heading_height) {
  return Layouter(trace, labels).run(heading_height);
}

}  // namespace sim::report
