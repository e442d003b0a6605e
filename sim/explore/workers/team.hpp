#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <sys/types.h>

#include "explore/pages.hpp"
#include "explore/report.hpp"
#include "explore/workers/control.hpp"
#include "explore/workers/result_log.hpp"
#include "explore/workers/worker.hpp"
#include "runtime/journal.hpp"

namespace sim::workers {

/// Processes that explore together, seen from the parent that forks them. What they share must exist before start(): it
/// lies in Pages::shared. The arena is at one address in all of them, so that snapshots and hashes of one mean the same
/// to the others.
///
/// Nothing here knows the strategy. Work is pieces of bytes, which a worker leaves in an Exchange and another one
/// takes; what was found is Reports, which a worker publishes in its ResultLog, in parts, and as a whole at its end;
/// the parent puts them together (see merge). A worker is busy until it has nothing left to do, then idle until it
/// takes a piece. When all are idle and the Exchange is empty the parent says that the work is finished.
///
/// The parent explores nothing. It acts alone while all workers are parked (Worker::pause_here): where one has died,
/// and where one asks for it (Worker::call_parent). So what it does then needs no locks, and is not left half done.
///
/// Any worker may die at any instruction. What it has published stays; what it had half left or half taken comes back
/// with Exchange::repair. What it was working on is the strategy's affair: Duties::bury must find it in memory that is
/// shared, and leave it again for the others. So a worker publishes what a piece of work has shown before it lets go of
/// it.
class Team {
 public:
  explicit Team(unsigned workers);
  /// Ends all workers that are left.
  ~Team();
  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;

  unsigned size() const { return static_cast<unsigned>(members_.size()); }
  Control& control() { return *control_; }

  /// Forks the workers. In each, `work` explores and returns all that it has found, the published parts included. A
  /// worker never returns from here; if `work` throws it dies as one that ran out of memory. Throws std::bad_alloc.
  void start(const std::function<Report(Worker& worker)>& work);

  /// How a worker died.
  struct Death {
    unsigned worker;
    int status;               ///< As waitpid gives it.
    bool was_killed() const;  ///< By SIGKILL: not the program's doing.
    bool ran_out_of_memory() const;
  };

  /// What the parent does while the workers work.
  struct Duties {
    std::function<void(const Death& death)> bury;  ///< A worker has died before its end. All others are parked.
    std::function<void()> answer;                  ///< A worker has called. All are parked.
    std::function<void(unsigned worker, const Report& part)> note;  ///< A worker has published a part.
    std::function<void()> look;                                     ///< Every few milliseconds.
    std::function<bool()> is_nothing_left;  ///< Nobody is busy. Is there nothing that anybody could take, either?
    /// With `take_statements`: whether it is to be called soon. Asked every few milliseconds.
    std::function<bool()> wants_statements = {};
    /// All workers are parked between two states, and each has stated what it has found.
    std::function<void()> take_statements = {};
  };
  /// Returns when every worker has ended.
  void supervise(const Duties& duties);

  /// Makes all workers leave the work where it is, and report.
  void stop() { control_->stop.store(true); }
  unsigned living() const;
  std::vector<Death> deaths() const { return deaths_; }

  /// What each worker has found: all of it, or the published parts of one that died.
  struct Findings {
    bool is_whole = false;
    std::vector<Report> reports;
  };
  std::vector<Findings> findings() const;
  /// The same of workers that go on: what each has stated last, or the published parts of one that died. Requires:
  /// within Duties::take_statements.
  std::vector<Findings> statements() const;
  /// The choices that a worker was making last.
  Journal& journal(unsigned worker) const;

 private:
  struct Member {
    pid_t process = -1;  ///< -1: it has ended.
    Pages log_memory, statement_memory, journal_memory;
    std::uint64_t read = 0;  ///< Of its log.
  };

  void read_logs(const Duties& duties);
  std::vector<Death> reap();
  void act_alone(const std::function<void()>& act, const Duties& duties, Pause pause = Pause::anywhere);
  void try_statements(const Duties& duties);
  static Findings read_findings(const Pages& memory);
  bool all_idle() const;
  std::uint64_t departures() const;

  Pages control_memory_;
  Control* control_;
  std::vector<Member> members_;
  std::vector<Death> deaths_;
};

}  // namespace sim::workers
