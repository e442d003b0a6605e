#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sys/types.h>

#include "explore/pages.hpp"

namespace sim {

/// Lets processes explore parts of one tree: whoever explores forks a child, which leaves a part off its parent's
/// hands, reports once, and ends. The child inherits all that its parent knows; what it finds out beyond its part comes
/// with its report. No more processes than there are workers run at a time; those that wait for a child do not count.
class ForkedParts {
 public:
  /// A part that is explored elsewhere: the number of what this process has forked.
  struct Part {
    std::uint64_t number = 0;
  };

  /// Requires: `workers` is 1 to max_workers. One alone explores parts only that must be: see fork_part.
  explicit ForkedParts(unsigned workers);
  ~ForkedParts();
  ForkedParts(const ForkedParts&) = delete;
  ForkedParts& operator=(const ForkedParts&) = delete;

  static constexpr unsigned max_workers = 64;
  /// How long a process explores at least before it forks again. For tests, which want many parts of small trees: 0,
  /// and no part is too small.
  static inline std::chrono::microseconds least_pause{1000};

  /// True if a worker is idle, and this process has not forked just now. Looks now and then only: after each short
  /// execution it would take a twentieth of the time.
  bool is_worker_free() { return --until_look_ == 0 && is_worker_free_now(); }
  /// How long parts take that begin at a depth: as the last of them did. If none has ended: as those at the nearest
  /// depth above, but 5 ms at most, and no less than at the nearest below; 5 ms if nothing is known. More where that
  /// was not worth a fork.
  std::chrono::microseconds expected_work(std::uint32_t depth) const;
  /// False if that is not worth a fork. Then more is expected the next time, so that it is tried again now and then.
  bool is_worth_forking(std::uint32_t depth);
  enum class Side { parent, child, nowhere };
  /// Returns in the parent, with the part, and in the child; `nowhere`: there is no process to be had. `depth`: where
  /// the part begins. `waits`: until a worker is idle. Requires: nothing runs on a fiber.
  Side fork_part(Part& part, std::uint32_t depth, bool waits = false);
  /// True in a child.
  bool is_part() const { return is_part_; }
  /// True once in each child.
  bool has_just_begun() { return std::exchange(just_begun_, false); }

  /// The message of a part, once it has ended; its report is kept. nullopt: its process died before that.
  /// `suspended`: whether it is what the part left when it was suspended.
  std::optional<std::string> wait_for(const Part& part, bool* suspended = nullptr);
  /// What to do some fifty times a second while this process waits for others: to stop() them, for one.
  void while_waiting(std::function<void()> act) { while_waiting_ = std::move(act); }
  /// The reports of the parts that have ended.
  std::vector<std::string> take_reports() { return std::exchange(reports_, {}); }
  /// Reports, and ends this process. Requires: is_part().
  [[noreturn]] void finish(std::string_view report, std::string_view message, bool suspended = false);
  /// Ends it without a report: the part is to be explored again. Requires: is_part().
  [[noreturn]] void fail();

  // What all processes know.
  struct Totals {
    std::uint64_t executions = 0, transitions = 0, memory_bytes = 0;
  };
  /// Adds what this process has done since it said so last, and returns the sums. What a process did that died, and its
  /// parts, is taken off again.
  Totals publish(const Totals& of_this_process);
  /// The same for executions alone.
  std::uint64_t publish_executions(std::uint64_t of_this_process);
  /// Says which of 64 things this process has found; returns those that all have found together, or 0 if it has said
  /// the same before.
  std::uint64_t publish_found(std::uint64_t by_this_process);
  /// Nobody is to begin another execution: all report what they have.
  void stop();
  bool is_stopped() const { return flags_->stop.load(std::memory_order_relaxed); }
  /// The same, because something went wrong.
  void give_up(std::string_view reason);
  std::string why_given_up() const;
  /// The same, because nothing that was explored counts: the first process is to begin again.
  void ask_to_start_over();
  bool must_start_over() const { return flags_->start_over.load(std::memory_order_relaxed); }
  /// All parts are to report what they have found so far, and what is left of them for others to go on with, so that
  /// the first process can write it down. Until end_suspension() none is forked.
  void ask_to_suspend();
  bool must_suspend() const { return flags_->suspend.load(std::memory_order_relaxed); }
  void end_suspension();
  /// The same, and then the first process is to end it all, because of what a part has seen.
  void ask_to_cut_short(std::string_view reason);
  std::string why_to_cut_short() const;
  /// Begins again; the reports of parts that have ended are kept. Requires: no child is left.
  void forget();
  /// Processes that died.
  std::uint32_t deaths() const;

 private:
  /// Part of Shared: asked after every execution, and seldom written.
  struct Flags {
    std::atomic<bool> stop = false, start_over = false, given_up = false, suspend = false, cut_short = false;
  };
  struct Shared;
  struct Seat;
  /// A process of which this one is the parent.
  struct Child {
    std::uint64_t number;
    pid_t process;
    int report;  ///< A file without a name.
    unsigned seat;
  };

  bool is_worker_free_now();
  Shared& shared() const { return *reinterpret_cast<Shared*>(memory_.data()); }
  Seat& seat(unsigned number) const;
  std::optional<unsigned> take_seat();
  void begin_as_child(unsigned seat, int report);
  void collect(const Child& child);
  void collect_ended();
  std::optional<std::string> read_report(int file, bool& suspended);
  void wait_for_end(pid_t process);
  void look_around();
  void take_worker();
  void rest();
  void go_on();
  void clear_seat(unsigned number);
  [[noreturn]] void leave(int status);

  Pages memory_;
  Flags* flags_;
  bool is_part_ = false, just_begun_ = false;
  unsigned seat_ = 0;
  int report_ = -1;
  std::uint64_t last_number_ = 0;
  std::vector<Child> children_;                                ///< That were not collected yet.
  std::map<std::uint64_t, std::optional<std::string>> ended_;  ///< The others' messages, by their numbers.
  std::set<std::uint64_t> suspended_;                          ///< Of these.
  std::vector<std::string> reports_;
  std::function<void()> while_waiting_;
  Totals published_;
  std::chrono::steady_clock::time_point next_fork_, last_look_;
  std::chrono::microseconds fork_cost_{200};
  std::uint32_t until_look_ = 1;
  std::uint32_t depth_ = 0;  ///< Where this part begins.
};

}  // namespace sim
