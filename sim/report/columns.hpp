#pragma once

#include <string>

#include "event/trace.hpp"

namespace sim::report {

/// How to print an interleaving on a terminal.
struct ColumnStyle {
  unsigned width = 120;         ///< Columns of the terminal; less than 40 counts as 40.
  bool colour = false;          ///< ANSI colours.
  bool notes = false;           ///< Print what the program said with sim::note below the event.
  bool mark_last_step = false;  ///< The trace ends where a property broke: mark that step. Not that of a cycle.
};

/// The interleaving as a table: a row for each step, a column for each thread that takes one.
///
/// Paths are shortened, and explained below the table, if it would not fit otherwise; longer cells wrap. Where columns
/// would become too narrow to read, each step is a line with its thread's name instead. Where the cycle of an execution
/// begins that never ends, a line says so. Ends with a newline unless empty.
std::string columns(const Trace& trace, const ColumnStyle& style = {});

}  // namespace sim::report
