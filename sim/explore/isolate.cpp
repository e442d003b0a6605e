// The child shares two things with its parent: a pipe, through which the finished report comes, and a page of control:
// the journal of its choices, its progress, and whether it is to stop.
#include "explore/isolate.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <new>
#include <optional>
#include <string>
#include <utility>

#include <poll.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "explore/explorer.hpp"
#include "explore/report_codec.hpp"

namespace sim {
namespace {

struct Control {
  std::atomic<bool> interrupted = false;
  std::atomic<std::uint64_t> progress_number = 0;
  Progress progress;
  Journal journal;
};

/// Zeroed memory that a forked child shares.
class SharedControl {
 public:
  SharedControl() {
    void* const memory =
        mmap(nullptr, sizeof(Control), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc();
    control_ = ::new (memory) Control;
  }
  ~SharedControl() { munmap(control_, sizeof(Control)); }
  SharedControl(const SharedControl&) = delete;
  SharedControl& operator=(const SharedControl&) = delete;
  Control& operator*() const { return *control_; }
  Control* operator->() const { return control_; }

 private:
  Control* control_;
};

void write_all(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(file, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

// Collects what the child sends until it closes the pipe; meanwhile `every_tenth_of_a_second`.
template <class Act>
std::string read_all(int file, Act every_tenth_of_a_second) {
  std::string bytes;
  char buffer[65536];
  for (;;) {
    pollfd waiting = {file, POLLIN, 0};
    const int ready = poll(&waiting, 1, 100);
    every_tenth_of_a_second();
    if (ready <= 0) continue;
    const ssize_t count = read(file, buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return bytes;
    bytes.append(buffer, static_cast<std::size_t>(count));
  }
}

constexpr int exploration_failed = 113;  // Exit status of a child whose exploration threw.

/// What came of a child: its report, or how it died.
struct Ended {
  std::optional<Report> report;
  int status = 0;
};

template <class Work, class Act>
Ended in_child(Work work, Act meanwhile) {
  int ends[2];
  if (pipe(ends) != 0) throw std::bad_alloc();
  const pid_t child = fork();
  if (child < 0) throw std::bad_alloc();
  if (child == 0) {
    close(ends[0]);
    try {
      write_all(ends[1], encode(work()));
    } catch (...) {
      _exit(exploration_failed);  // Never back into the caller's code: the caller is the parent.
    }
    _exit(0);
  }
  close(ends[1]);
  Ended ended;
  ended.report = decode(read_all(ends[0], meanwhile));
  close(ends[0]);
  while (waitpid(child, &ended.status, 0) < 0 && errno == EINTR) {
  }
  return ended;
}

}  // namespace

Violation violation_of_death(int status, const Journal& journal) {
  Violation violation;
  if (WIFSIGNALED(status)) {
    const int signal = WTERMSIG(status);
    violation.property = "signal";
    const char* const name = sigabbrev_np(signal);
    violation.detail =
        (name != nullptr ? std::string("SIG") + name : "signal " + std::to_string(signal)) +
        " ended the process that explored: the program raised it, or wrote over memory that is not its own";
  } else {
    violation.property = "exit";
    violation.detail =
        "the program ended the process that explored, with status " + std::to_string(WEXITSTATUS(status));
  }
  const std::uint32_t depth = std::min(journal.depth, Journal::capacity);
  violation.schedule = Schedule(std::vector<Choice>(journal.choices, journal.choices + depth));
  return violation;
}

void record_in_child(Violation& violation, const std::function<Report(const Schedule& schedule)>& record) {
  std::vector<Choice> before = violation.schedule.choices();
  if (!before.empty()) before.pop_back();
  Ended recorded = in_child([&] { return record(Schedule(std::move(before))); }, [] {});
  if (recorded.report && !recorded.report->violations.empty()) {
    violation.trace = std::move(recorded.report->violations[0].trace);
  }
}

Report explore_in_child(const Options& options,
                        const std::function<Report(const Options& options, Journal& journal)>& explore,
                        const std::function<Report(const Schedule& schedule)>& record) {
  const SharedControl control;
  Options of_child = options;
  of_child.progress = [&control](const Progress& progress) {
    control->progress = progress;
    control->progress_number.fetch_add(1, std::memory_order_release);
  };
  begin_uninterrupted();
  std::uint64_t reported = 0;
  Ended ended = in_child(
      [&] {
        stop_when(&control->interrupted);
        return explore(of_child, control->journal);
      },
      [&] {
        if (is_interrupted()) control->interrupted.store(true);
        const std::uint64_t number = control->progress_number.load(std::memory_order_acquire);
        if (options.progress && number != reported) options.progress(control->progress);
        reported = number;
      });
  if (ended.report && WIFEXITED(ended.status) && WEXITSTATUS(ended.status) == 0) return std::move(*ended.report);

  Report report;
  const bool failed = WIFEXITED(ended.status) && WEXITSTATUS(ended.status) == exploration_failed;
  const bool killed = WIFSIGNALED(ended.status) && WTERMSIG(ended.status) == SIGKILL;
  if (failed || killed) {
    report.reason = failed ? "the process that explored ran out of memory"
                           : "the process that explored was killed (SIGKILL), as the system does when memory runs out";
    return report;
  }
  report.verdict = Verdict::violated;
  report.reason = "the process that explored has died";
  report.executions = control->progress.executions;
  report.states = control->progress.states;
  report.transitions = control->progress.transitions;
  report.seconds = control->progress.seconds;
  report.violations.push_back(violation_of_death(ended.status, control->journal));
  record_in_child(report.violations[0], record);
  return report;
}

}  // namespace sim
