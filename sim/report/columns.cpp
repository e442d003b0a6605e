#include "report/columns.hpp"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <span>

#include "report/label.hpp"
#include "report/log.hpp"
#include "report/text.hpp"

namespace sim::report {
namespace {

constexpr std::size_t narrowest_column = 18;
constexpr std::size_t gap = 2;
constexpr std::size_t continuation = 2;  // Indent of a cell's lines after the first.
constexpr std::string_view step_heading = "step";
constexpr std::string_view after_last_step = "after the last step";
constexpr std::string_view cycle_heading = "cycle";
constexpr std::string_view what_follows = "what follows repeats for ever";

struct Row {
  std::string step;  ///< Its number; empty for a choice of value.
  ThreadId thread = 0;
  Label label;
  std::vector<std::string> notes;
  bool marked = false;
  bool begins_cycle = false;
};

/// The rows, and how wide the columns are that hold them.
struct Table {
  std::vector<Row> rows;
  std::vector<ThreadId> threads;                               ///< Those with a row, in order.
  std::vector<std::size_t> widths;                             ///< Of the threads' columns.
  std::size_t name_width = std::string_view("thread").size();  ///< In the list form.
  std::size_t step_width = step_heading.size();
  std::vector<std::pair<std::string, std::string>> legend;
  bool broke_after_last_step = false;
};

Table make_table(const Trace& trace, const ColumnStyle& style, Shortening shortening) {
  Table table;
  const Labels labels(trace, shortening);
  const std::vector<std::size_t> numbers = step_numbers(trace);
  bool cycle_began = false;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const Event& event = trace.events()[i];
    if (!is_shown(event)) continue;
    Row row{numbers[i] == 0 ? "" : std::to_string(numbers[i]), event.thread, labels.of(event), {}};
    row.begins_cycle = !cycle_began && trace.cycle && i >= *trace.cycle;
    cycle_began = cycle_began || row.begins_cycle;
    for (const std::string& note : event.notes) {
      if (style.notes) row.notes.push_back("| " + printable(message_of(log_line(note).text)));
    }
    table.rows.push_back(std::move(row));
    table.threads.push_back(event.thread);
  }
  std::ranges::sort(table.threads);
  table.threads.erase(std::ranges::unique(table.threads).begin(), table.threads.end());
  table.legend = labels.legend();
  if (cycle_began) {
    table.step_width = std::max(table.step_width, cycle_heading.size());
  } else if (style.mark_last_step && !table.rows.empty()) {
    table.broke_after_last_step = !is_shown(trace.events().back());
    table.rows.back().marked = !table.broke_after_last_step;
    if (!table.broke_after_last_step) table.rows.back().step += " >";
  }
  for (const Row& row : table.rows) table.step_width = std::max(table.step_width, row.step.size());
  for (const ThreadId thread : table.threads) {
    std::size_t width = width_of(thread_name(trace, thread));
    table.name_width = std::clamp(width, table.name_width, std::max(table.name_width, narrowest_column));
    for (const Row& row : table.rows) {
      if (row.thread == thread) width = std::max(width, width_of(row.label.line()));
    }
    table.widths.push_back(width);
  }
  return table;
}

std::size_t total_width(const Table& table) {
  std::size_t total = table.step_width;
  for (const std::size_t width : table.widths) total += gap + width;
  return total;
}

/// The same in the list form.
std::size_t list_width(const Table& table) {
  return table.step_width + gap + table.name_width + gap + *std::ranges::max_element(table.widths);
}

/// The lines of a cell: operation, object and values, each on a line of its own where they do not fit on one.
std::vector<std::string> cell_lines(const Row& row, std::size_t width) {
  std::vector<std::string> lines;
  for (const std::string* part : {&row.label.operation, &row.label.object, &row.label.values, &row.label.result}) {
    if (part->empty()) continue;
    if (!lines.empty() && width_of(lines.back()) + 1 + width_of(*part) <= width) {
      lines.back() += " " + *part;
      continue;
    }
    const std::size_t indent = lines.empty() ? 0 : continuation;
    for (const std::string& line : wrapped(*part, width - indent, 0)) lines.push_back(std::string(indent, ' ') + line);
  }
  for (const std::string& note : row.notes)
    std::ranges::copy(wrapped(note, width, continuation), std::back_inserter(lines));
  return lines;
}

/// Lines that the rows of `thread` take in a column of each width up to `widest`; the first many rows stand for all.
std::vector<std::size_t> lines_by_width(const Table& table, ThreadId thread, std::size_t narrowest,
                                        std::size_t widest) {
  std::vector<std::size_t> lines(widest + 1);
  std::size_t sampled = 0;
  for (const Row& row : table.rows) {
    if (row.thread != thread || sampled == 200) continue;
    ++sampled;
    for (std::size_t width = narrowest; width <= widest; ++width) lines[width] += cell_lines(row, width).size();
  }
  return lines;
}

/// Chooses the widths that make the table shortest, among those that fit: column by column, the fewest lines for each
/// sum of widths. False if columns would get too narrow to read.
bool narrow(Table& table, std::size_t available) {
  const std::size_t fixed = table.step_width + gap * table.widths.size();
  if (available <= fixed) return false;
  const std::size_t budget = available - fixed;
  constexpr std::size_t impossible = ~std::size_t{0};
  std::vector<std::size_t> best(budget + 1, 0);  // Lines of the columns so far, by the widths that they may use.
  std::vector<std::vector<std::size_t>>
      chosen;  // Width of each column, by the widths that it and earlier ones may use.
  for (std::size_t column = 0; column < table.widths.size(); ++column) {
    const std::size_t widest = std::min(table.widths[column], budget);
    const std::size_t narrowest = std::min(widest, narrowest_column);
    const std::vector<std::size_t> lines = lines_by_width(table, table.threads[column], narrowest, widest);
    std::vector<std::size_t> next(budget + 1, impossible), width_used(budget + 1, 0);
    for (std::size_t sum = 0; sum <= budget; ++sum) {
      for (std::size_t width = narrowest; width <= std::min(widest, sum); ++width) {
        if (best[sum - width] == impossible || best[sum - width] + lines[width] >= next[sum]) continue;
        next[sum] = best[sum - width] + lines[width];
        width_used[sum] = width;
      }
    }
    best = std::move(next);
    chosen.push_back(std::move(width_used));
  }
  if (best[budget] == impossible) return false;
  std::size_t sum = budget;
  for (std::size_t column = table.widths.size(); column-- > 0;) {
    table.widths[column] = chosen[column][sum];
    sum -= table.widths[column];
  }
  return true;
}

std::string painted(const std::string& line, std::string_view code, const ColumnStyle& style) {
  return style.colour ? "\x1b[" + std::string(code) + "m" + line + "\x1b[0m" : line;
}

void append_line(std::string& out, std::string line, std::string_view code, const ColumnStyle& style) {
  while (!line.empty() && line.back() == ' ') line.pop_back();
  out += (code.empty() ? line : painted(line, code, style)) + "\n";
}

void append_cycle_mark(std::string& out, const Row& row, const Table& table, const ColumnStyle& style) {
  if (!row.begins_cycle) return;
  append_line(out, padded(std::string(cycle_heading), table.step_width + gap) + std::string(what_follows), "1;31",
              style);
}

void append_rows_as_columns(std::string& out, const Trace& trace, const Table& table, const ColumnStyle& style) {
  std::vector<std::size_t> begins;
  std::string heading = padded(std::string(step_heading), table.step_width);
  for (std::size_t i = 0; i < table.threads.size(); ++i) {
    begins.push_back(heading.empty() ? 0 : width_of(heading) + gap);
    heading = padded(std::move(heading), begins.back()) + elided(thread_name(trace, table.threads[i]), table.widths[i]);
    heading = padded(std::move(heading), begins.back() + table.widths[i]);
  }
  append_line(out, heading, "1", style);
  for (const Row& row : table.rows) {
    append_cycle_mark(out, row, table, style);
    const auto column = static_cast<std::size_t>(std::ranges::find(table.threads, row.thread) - table.threads.begin());
    std::string start = row.step;
    for (const std::string& cell : cell_lines(row, table.widths[column])) {
      append_line(out, padded(start, begins[column]) + cell, row.marked ? "1;31" : "", style);
      start.clear();
    }
  }
}

void append_rows_as_list(std::string& out, const Trace& trace, const Table& table, const ColumnStyle& style) {
  const std::size_t begin = table.step_width + gap + table.name_width + gap;
  append_line(out, padded(std::string(step_heading), table.step_width + gap) + "thread", "1", style);
  const Row* previous = nullptr;
  for (const Row& row : table.rows) {
    append_cycle_mark(out, row, table, style);
    std::string start = padded(row.step, table.step_width + gap);
    if (previous == nullptr || previous->thread != row.thread) {
      start += elided(thread_name(trace, row.thread), table.name_width);
    }
    previous = &row;
    for (const std::string& cell : cell_lines(row, std::max<std::size_t>(style.width - begin, narrowest_column))) {
      append_line(out, padded(start, begin) + cell, row.marked ? "1;31" : "", style);
      start.clear();
    }
  }
}

void append_legend(std::string& out, const Table& table, const ColumnStyle& style) {
  std::size_t width = 0;
  for (const auto& [shown, name] : table.legend) width = std::max(width, width_of(shown));
  for (const auto& [shown, name] : table.legend) {
    for (std::string& line : wrapped(padded(shown, width) + " = " + name, style.width, 4)) {
      append_line(out, std::move(line), "2", style);
    }
  }
}

}  // namespace

std::string columns(const Trace& trace, const ColumnStyle& wanted) {
  ColumnStyle style = wanted;
  style.width = std::max(style.width, 40U);
  const auto least_shortened = [&](const auto& fits) {
    Table table;
    for (const Shortening shortening : {Shortening::none, Shortening::middle, Shortening::front}) {
      table = make_table(trace, style, shortening);
      if (fits(table)) break;
    }
    return table;
  };
  Table table = least_shortened([&](const Table& candidate) { return total_width(candidate) <= style.width; });
  std::string out;
  if (table.rows.empty()) return out;
  if (total_width(table) <= style.width || narrow(table, style.width)) {
    append_rows_as_columns(out, trace, table, style);
  } else {
    table = least_shortened([&](const Table& candidate) { return list_width(candidate) <= style.width; });
    append_rows_as_list(out, trace, table, style);
  }
  if (table.broke_after_last_step) {
    append_line(out, padded("end >", table.step_width) + "  " + std::string(after_last_step), "1;31", style);
  }
  append_legend(out, table, style);
  return out;
}

}  // namespace sim::report
