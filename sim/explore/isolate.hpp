#pragma once

#include <functional>

#include "explore/options.hpp"
#include "explore/report.hpp"
#include "runtime/journal.hpp"

namespace sim {

/// Runs `explore` in a forked child and returns its report. If the child dies, the report has a violation with the
/// schedule that it was executing: the child's explorer must keep it in the journal. `record` runs a schedule and
/// returns a report whose first violation carries the trace; it runs in a child of its own.
Report explore_in_child(const Options& options,
                        const std::function<Report(const Options& options, Journal& journal)>& explore,
                        const std::function<Report(const Schedule& schedule)>& record);

/// The violation of a program that ended the process which explored it: `status` is what waitpid says of that process,
/// `journal` has the choices that it made last.
Violation violation_of_death(int status, const Journal& journal);
/// Gives such a violation its trace, but for the last step, which would end the process that records it, too: another
/// child does.
void record_in_child(Violation& violation, const std::function<Report(const Schedule& schedule)>& record);

}  // namespace sim
