#pragma once

// Long because one class stands for the running program, of which there is one.

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "event/schedule.hpp"
#include "event/step.hpp"
#include "event/trace.hpp"
#include "runtime/fiber.hpp"
#include "runtime/journal.hpp"
#include "runtime/program.hpp"
#include "runtime/search.hpp"
#include "runtime/state.hpp"

namespace sim {

namespace runtime {
/// Thrown through a thread that is unwound (Options::unwind).
struct Unwind {};
}  // namespace runtime

/// A property that was found violated, with the choices that lead there.
struct Finding {
  std::string property;
  std::string detail;
  std::uint32_t depth = 0;  ///< Choices made until then.
  bool ends_execution = true;
};

/// What an execution needs to know; set by the explorer before `start`.
struct ExecutionSettings {
  void (*run)(void* object) = nullptr;  ///< The program under test.
  void* object = nullptr;
  std::uint64_t max_steps = 10'000;
  std::size_t stack_bytes = 256 * 1024;
  bool free_time = false;       ///< Timers may fire at any point.
  bool clock_in_state = false;  ///< Virtual time identifies states: the program reads it.
  bool logical = false;         ///< Keep logical contents, for StateIdentity::logical.
  bool unwind = false;          ///< `leave` unwinds the threads.
  double hang_seconds = 0;
  bool recognises_states = false;  ///< Search::recognises_states() when the execution began.
};

/// Keeps points as the search decides.
class PointKeeper {
 public:
  virtual ~PointKeeper() = default;

  /// Keeps the point at which the execution stands. May run on the stack of the thread that stopped there.
  virtual void keep_point() = 0;
};

/// Called for violations that do not end the execution; true ends it nevertheless.
using FindingSink = std::function<bool(const Finding&)>;

/// The running program: threads as fibers, the operation that each takes next, and the events so far.
///
/// There is one in a process, because the arena is one. The explorer's stack calls `start` and `resume`; they return
/// when a decision of the explorer is needed, with `stop()` saying which. In between, each scheduling point is decided
/// on the stack of the thread that stopped, by Search::choose.
class Execution {
 public:
  /// Why control came back to the explorer.
  enum class Stop : std::uint8_t {
    point,  ///< A decision is due; nobody was asked yet.
    finished,
    deadlock,
    violation,
    step_limit,
    assumed_away,
    abandoned,
  };

  static Execution& instance() {
    if (instance_ == nullptr) [[unlikely]]
      create();
    return *instance_;
  }

  /// The same. Requires: it was created, as by anything that runs a program.
  static Execution& existing() { return *instance_; }

  /// Starts the program from nothing and runs to its first stop.
  void start(const ExecutionSettings& settings, Search& search, PointKeeper& keeper);
  /// Makes ready for a snapshot to be restored, where no program was started.
  void prepare(const ExecutionSettings& settings, Search& search, PointKeeper& keeper);
  /// Makes a choice at the point where the execution stands, and runs to the next stop.
  void resume(std::uint32_t choice);
  /// Follows the leading `count` of `choices()` without asking the search; the stop after them is a `point`. Requires:
  /// called before start() or resume().
  void follow(std::size_t count) {
    followed_ = count;
    stops_after_following_ = true;
    asked_here_below_ = 0;
  }
  void follow_nothing() {
    followed_ = 0;
    stops_after_following_ = false;
    asked_here_below_ = decide_on_explorer_ ? 0 : settings_.max_steps;
  }
  /// Ends the execution: unwinds it if the settings say so.
  void leave();

  /// The id that the next kept point gets: Point::id for decisions on a thread's stack.
  void set_next_point(PointId id) { next_point_ = id; }

  Stop stop() const { return stop_; }
  /// The scheduling point at which it stands. Requires: stop() is point.
  Point point(PointId id, const Hash128* state) const;

  const StepLog& log() const { return log_; }
  const std::vector<Choice>& choices() const { return choices_; }
  std::vector<Choice>& choices() { return choices_; }
  bool matches_states() const { return decide_on_explorer_; }
  std::uint32_t depth() const { return static_cast<std::uint32_t>(depth_); }
  const Finding& finding() const { return finding_; }
  /// Choices made, apart from those that `follow` repeats.
  std::uint64_t transitions() const { return progress_ - repeated_; }
  /// Grows with every choice: what does not change it for long hangs.
  std::uint64_t progress() const { return progress_; }
  /// The outcome: what the program observed, sorted by name, as "name=value name=value".
  std::string outcome() const;
  Hash128 outcome_hash() const;
  /// Threads that have not ended, with what they wait for, for the report of a deadlock; but not those in `without`.
  std::string describe_blocked(const std::set<ThreadId>& without = {}) const;
  /// True iff some event so far was a plain access.
  /// True iff the program read virtual time, and time passed: then it is part of the state (`clock_in_state`).
  bool clock_matters() const { return clock_read_ && time_passed_; }
  void clock_is_read() { clock_read_ = true; }
  /// True iff some timer had to wait because another thread could run.
  bool timers_waited() const { return timers_waited_; }
  /// The three facts about time that clock_matters() and timers_waited() are made of, for another process to put
  /// together.
  enum ClockMark : std::uint32_t { clock_was_read = 1, time_has_passed = 2, timers_have_waited = 4 };
  std::uint32_t clock_marks() const {
    return (clock_read_ ? clock_was_read : 0U) | (time_passed_ ? time_has_passed : 0U) |
           (timers_waited_ ? timers_have_waited : 0U);
  }
  void forget_clock() { clock_read_ = time_passed_ = timers_waited_ = false; }
  /// Notes what another process found out.
  void learn_clock_marks(std::uint32_t marks) {
    clock_read_ = clock_read_ || (marks & clock_was_read) != 0;
    time_passed_ = time_passed_ || (marks & time_has_passed) != 0;
    timers_waited_ = timers_waited_ || (marks & timers_have_waited) != 0;
  }
  /// A thread made a plain access, or, where states are matched, was about to make one: in this process, in any
  /// execution of the exploration.
  bool has_plain_accesses() const { return plain_accesses_; }
  /// Where states are matched: the liveness properties that are false in this state, by number. Requires: stop() is
  /// point.
  std::uint8_t unmet() const { return static_cast<std::uint8_t>(runtime::world().history.unmet); }
  /// Those of `mask`, by name, each once. Requires: the execution still stands where they were stated.
  std::vector<std::string> liveness_properties(std::uint8_t mask) const;
  /// That are false in the deadlock in which the execution has ended.
  const std::vector<std::string>& unmet_in_deadlock() const { return unmet_in_deadlock_; }
  /// Forgets what earlier explorations left.
  void begin_exploration();

  /// From now on every event is recorded in `trace`; null ends it. Requires: called before start().
  void record_in(Trace* trace) {
    trace_ = trace;
    is_recorded_ = trace_ != nullptr || journal_ != nullptr;
    tell_observers();
  }
  /// From now on every choice is kept in `journal`, too; null ends it.
  void keep_journal(Journal* journal) {
    journal_ = journal;
    is_recorded_ = trace_ != nullptr || journal_ != nullptr;
  }
  Journal* journal() const { return journal_; }
  void set_finding_sink(FindingSink sink) { sink_ = std::move(sink); }
  std::vector<std::pair<std::string_view, std::uint64_t>>& goals() { return goals_; }
  /// How often the program said something that its state does not tell: it reached a goal, or a check failed.
  std::uint64_t remarks() const { return remarks_; }
  /// Counts transitions that a search knew, and did not run.
  void pass(std::uint32_t foreseen) { progress_ += foreseen; }
  /// How often any goal was reached.
  std::uint64_t goals_reached() const { return goals_reached_; }

  /// The next operation of each stopped thread, for searches: threads_at() gives the raw state.
  std::uint32_t thread_count() const { return runtime::world().core.thread_count; }
  const runtime::ThreadState& thread(ThreadId id) const { return runtime::world().threads[id]; }

  /// From now on it is noted what each predicate reads, over all its evaluations: an invariant of the program, or what
  /// a thread awaits. begin_exploration() ends it.
  void watch_reads() { watches_reads_ = true; }
  struct ReadSet {
    std::uint64_t key;              ///< Of the predicate.
    std::vector<ObjectId> objects;  ///< In the order in which they were first read.
  };
  const std::vector<ReadSet>& read_sets() const { return read_sets_; }
  /// What another process found out about a predicate. Returns its pseudo-object.
  ObjectId learn_read_set(std::uint64_t key, const std::vector<ObjectId>& objects);
  /// The pseudo-object that stands for all that a predicate reads: whoever writes one of its objects writes this, too.
  /// Programs with more than 64 predicates have the last ones share one.
  static ObjectId read_set_object(std::size_t number) {
    return 0xb8000000U + static_cast<ObjectId>(std::min<std::size_t>(number, 63));
  }
  /// The read set of what a thread awaits. Requires: watch_reads(), and the thread is stopped in an await.
  ObjectId awaited_reads(ThreadId thread) { return read_set_object(read_set_of(key_of(this->thread(thread), thread))); }

  /// The length of logs at a point, which a snapshot must remember.
  struct Mark {
    std::uint32_t depth, steps, more;
  };
  Mark mark() const {
    return {static_cast<std::uint32_t>(depth_), static_cast<std::uint32_t>(log_.steps.size()),
            static_cast<std::uint32_t>(log_.more.size())};
  }
  /// After a snapshot was restored: stands at the point it was taken at.
  void stand_at(const Mark& mark);

  /// Where states are matched: false once a thread has stopped deeper than its dead stack was cleared, so that what
  /// lies in the gaps of its frames may depend on what ran there before. True again after forget_stacks(): the same
  /// choices, made again from the start of the program, then lead to the state that is meant.
  bool stack_is_known() const { return stack_is_known_; }
  void forget_stacks() {
    runtime::Arena::instance().empty_stacks();
    stack_is_known_ = true;
  }
  /// Where it stands is to be as if it had been restored.
  void stand_still() {
    if (decide_on_explorer_) runtime::Arena::instance().forget_hints();
  }

  // ---- called on the program's side (program.cpp) ----
  void stop_before_operation();
  std::uint32_t stop_for_value(std::uint32_t alternatives);
  [[noreturn]] void end_with(Stop stop);
  [[noreturn]] void end_with_violation(std::string_view property, std::string_view detail);
  /// Clears the dead stack of the running thread below the caller, where states are matched: for what racewalk itself
  /// leaves there, which may be different the next time.
  [[gnu::always_inline]] void forget_own_frames() {
    if (matches_states()) clear_dead_stack(current_);
  }
  void soft_violation(std::string_view property, std::string_view detail);
  void crashed(std::string_view property, std::string_view detail);  ///< On the crash stack; does not return.
  ThreadId current() const { return current_; }
  bool evaluating() const { return aside_.evaluating; }
  bool tracking() const { return tracking_; }
  /// Called for each object that a predicate reads.
  void note_read(ObjectId object);
  bool unwinding() const { return aside_.unwinding; }
  bool unscheduled() const { return aside_.unwinding || aside_.initialising; }
  /// Operations of the running thread are scheduled: not in a predicate, nor in an unwinding or an InitialState.
  bool schedules() const { return std::bit_cast<std::uint32_t>(aside_) == 0; }
  void set_initialising(bool on) { aside_.initialising = on; }
  // Without iterators, whose copies an instrumented build leaves on the program's stack.
  Step& running_step() { return log_.steps.data()[log_.steps.size() - 1]; }
  bool has_running_step() const { return !log_.steps.empty(); }
  StepLog& mutable_log() { return log_; }
  Trace* trace() { return trace_; }
  bool wants_names() const { return wants_names_; }
  bool wants_footprints() const { return wants_footprints_; }
  void object_named(ObjectId object, std::string_view name);
  const ExecutionSettings& settings() const { return settings_; }
  ThreadId create_thread(std::string_view name, void (*entry)(void*), void* argument,
                         runtime::ProcessId process = runtime::default_process);
  void join(std::uint32_t target);  ///< A thread, or max_threads: all others.
  /// True iff the current thread goes on from a join, maybe in another thread's transition. What other threads can
  /// notice must wait for a transition of its own (decision 0019).
  bool is_behind_join() const {
    return !log_.steps.empty() && log_.steps.back().kind == OperationKind::thread_join &&
           log_.steps.back().thread == current_;
  }
  [[gnu::always_inline]] void record_at_once(OperationKind kind, std::uint64_t value) {
    if (is_watched_ || log_.steps.is_full()) [[unlikely]]
      return record_at_once_slowly(kind, value);
    begin_event(head_of_event(kind)).value = value;
  }
  /// Ends threads where they stand: those of `what`, which get fewer by those that had ended. Requires: the running
  /// event is a crash. Does not return if the calling thread is one of them.
  void kill(runtime::Ended what);
  /// The running event depends on the order in which it and a crash of the thread come.
  void depend_on_life_of(ThreadId thread);
  void serve(runtime::ServerId server, void (*request)(void*), void* argument);
  runtime::ServerId create_server(std::string_view name, const void* fingerprint);
  void learn(std::uint64_t word);
  void check_invariants();  ///< Ends the execution if one does not hold.
  /// While a thread is unwound and it cannot be, because a destructor fails or an exception may not leave a function:
  /// leaves the rest of its stack as it is.
  [[noreturn]] void give_up_unwinding();
  void goal(std::string_view name);
  void add_invariant(const runtime::InvariantState& invariant);
  // What must hold again and again: execution_liveness.cpp.
  void add_liveness(runtime::InvariantState property);
  bool has_liveness(ThreadId owner = max_threads) const;  ///< Of one thread, or of any.
  bool has_invariants(ThreadId owner) const;              ///< Of states.
  /// Judges those that read the object, which is about to end. They end with it.
  void judge_liveness_of_object(ObjectId object);
  /// Adds to the footprint of the transition that runs. What executes at once belongs to the transition before it.
  void add_access(Access access);
  void disarm(ThreadId thread);  ///< Nothing, if its timer is not armed.
  bool timed_out() const { return timer_event_ == log_.steps.size(); }

 private:
  Execution() = default;
  static void create();
  static inline constinit Execution* instance_ = nullptr;
  static constexpr int to_explorer = -1;
  static constexpr int keeps_first = -2;  ///< The point is to be kept, and then `decision_` to be followed.

  void wait_for_turn(bool matches);
  void stop_here();
  void become_stopped();
  void stops_at(const std::byte* live);
  static std::byte* wait_matching(Execution& execution, const std::byte* live);
  static std::byte* wait_before_operation_matching(Execution& execution, const std::byte* live);
  [[gnu::always_inline]] static void clear_dead_stack(runtime::Slot slot) {
    std::byte* at = runtime::Arena::instance().clear_dead_stack(slot);
    asm volatile(
        "pxor %%xmm0, %%xmm0\n\t"
        "1:\n\t"
        "movups %%xmm0, (%0)\n\t"
        "addq $16, %0\n\t"
        "cmpq %%rsp, %0\n\t"
        "jb 1b"
        : "+r"(at)
        :
        : "xmm0", "memory", "cc");
  }
  void make_room_in_logs();
  bool goes_on();
  int decide();
  int decide_thread();
  int decide_value();
  inline int ask(std::uint32_t alternatives, std::uint64_t enabled, ThreadId thread);
  int ask_elsewhere(std::uint32_t alternatives, std::uint64_t enabled);
  inline int commit(std::uint32_t choice, bool is_value);
  inline int commit(std::uint32_t choice);
  void commit_slowly(std::uint32_t choice);
  inline void go_on_with(ThreadId thread);
  void block_in_join(std::uint32_t target);
  void finish_join(std::uint32_t target) {
    runtime::world().threads[current_].join_target = 0;  // Whether it had to wait is history.
    record_at_once(OperationKind::thread_join, target);
  }
  void wake_joiners(ThreadId exited);
  void drop_invariants_of(ThreadId thread) {
    if (runtime::world().core.invariant_count != 0) drop_some_invariants(thread);
  }
  void drop_some_invariants(ThreadId thread);
  std::uint64_t compute_enabled() {
    const runtime::WorldCore& core = runtime::world().core;
    return (core.conditional | core.timed) == 0 ? core.unconditional : ask_threads();
  }
  std::uint64_t ask_threads();
  bool invariants_hold();
  bool evaluate(const runtime::InvariantState& property);
  void drop_liveness(std::uint32_t index);
  void judge_liveness_of(ThreadId thread);
  void judge(std::uint32_t index);
  void note_unmet();
  void note_deadlock();
  void begin_step();
  // Written in place, since a copy would wait for its parts, and in whole words, since it is done for each event.
  // `head`: all from `thread` to `object`.
  [[gnu::always_inline]] Step& begin_event(std::uint64_t head) {
    Step& step = log_.steps.append();
    const std::uint64_t more = static_cast<std::uint32_t>(log_.more.size());  // From there on, none.
    static_assert(offsetof(Step, value) == sizeof head && offsetof(Step, more_begin) + sizeof more == sizeof(Step));
    std::memcpy(static_cast<void*>(&step), &head, sizeof head);
    step.value = 0;
    std::memcpy(&step.more_begin, &more, sizeof more);
    return step;
  }
  // Of an event of the running thread that accesses nothing. The processor stores the lowest byte first.
  std::uint64_t head_of_event(OperationKind kind) const {
    static_assert(offsetof(Step, thread) == 0 && offsetof(Step, kind) == 1);
    return current_ | std::uint64_t{static_cast<std::uint8_t>(kind)} << 8;
  }
  void record_at_once_slowly(OperationKind kind, std::uint64_t value);
  void event_begun(const Step& step) {
    if (is_watched_) [[unlikely]]
      tell_of_event(step);
  }
  void tell_of_event(const Step& step);
  void begin_step_slowly();
  void finish_step() {
    if (is_watched_) [[unlikely]]
      remember_step();
  }
  void remember_step();
  void tell_observers();
  inline void switch_away(bool matches);
  void switch_to_explorer();
  static void keep_at(runtime::Context context);
  int follow_decision();
  void enter_program();
  static void reset_exception_globals();
  inline void switch_to(int next);
  void run_until_stop(int next);
  void follow_on_explorer();
  static bool may_end_matter();
  void tell_of_exit();
  [[noreturn]] void leave_for_ever();
  static void forget_thread(runtime::ThreadState& thread);
  void kill_other(ThreadId thread);
  std::string names_of(std::uint64_t threads) const;
  static void call_end_hooks(const runtime::Ended& what);
  void depend_on_waiters_for(ThreadId exited);
  // Timers: execution_time.cpp.
  void arm_timer();
  bool is_timed(ThreadId thread) const { return (runtime::world().core.timed >> thread & 1) != 0; }
  std::uint64_t due_timers(std::uint64_t ready);
  void end_timed_wait();
  void fire_timer(ThreadId thread);
  void track_predicate(const runtime::ThreadState& waiting);
  static std::uint64_t key_of(const runtime::ThreadState& waiting, ThreadId thread);
  static std::uint64_t key_of(const runtime::InvariantState& invariant);
  std::size_t read_set_of(std::uint64_t key);
  void touch_read_set(std::uint64_t key);
  void unwind_threads();

  ExecutionSettings settings_;
  Search* search_ = nullptr;
  PointKeeper* keeper_ = nullptr;
  bool decide_on_explorer_ = false;
  bool stack_is_known_ = true;
  bool wants_names_ = false;
  bool wants_footprints_ = true;
  Stop stop_ = Stop::point;
  Decision decision_;
  Finding finding_;
  FindingSink sink_;
  ThreadId current_ = 0;
  std::vector<Choice> choices_;
  std::size_t depth_ = 0;
  std::size_t followed_ = 0;
  bool stops_after_following_ = false;
  std::uint32_t chosen_value_ = 0;
  PointId next_point_ = 1;
  ThreadId leaving_ = 0;    ///< The thread whose stack the last decision was made on.
  int next_ = to_explorer;  ///< What the last decision switches to.
  StepLog log_;
  // Where the search is asked on the stack of whoever stopped: at smaller depths. 0: nowhere, since something is
  // followed, or states are matched.
  std::uint64_t asked_here_below_ = 0;
  std::uint64_t progress_ = 0;
  std::uint64_t repeated_ = 0;  ///< Of those choices, the ones that were followed.
  bool is_recorded_ = false;    ///< In a trace or a journal.
  bool plain_accesses_ = false;
  bool is_watched_ = false;  ///< There are observers.
  bool step_open_ = false;   ///< They have not been told yet how the running event ended.
  // Why operations of the running thread are not scheduled. Asked by each of them, all at once.
  struct Aside {
    bool evaluating = false;  ///< A predicate.
    bool unwinding = false;
    bool initialising = false;
    bool reserved = false;
  };
  Aside aside_;
  bool tracking_ = false;        ///< What the predicate reads joins the running event's footprint.
  std::size_t timer_event_ = 0;  ///< The last event that was its thread's timer: how many there were with it.
  bool clock_read_ = false, time_passed_ = false, timers_waited_ = false;
  bool watches_reads_ = false;
  std::vector<ReadSet> read_sets_;
  std::vector<ObjectId>* reading_ = nullptr;  ///< Where the running predicate's reads are noted.
  std::vector<ObjectId> judged_reads_;
  std::vector<std::string> unmet_in_deadlock_;
  Trace* trace_ = nullptr;
  Journal* journal_ = nullptr;
  std::vector<std::uint32_t> occurrences_;
  std::vector<std::pair<std::string_view, std::uint64_t>> goals_;
  std::uint64_t goals_reached_ = 0, remarks_ = 0;

  runtime::Context explorer_ = nullptr;
  runtime::Context nowhere_ = nullptr;
  runtime::Context mirror_ = nullptr;
  runtime::Context* arriving_ = nullptr;  ///< Where the context of whoever switched away is to be stored.
  // The closures of servers' requests.
  void (*request_)(void*) = nullptr;
  void* request_argument_ = nullptr;

  static void thread_fiber(runtime::Transfer transfer);
  static void server_fiber(runtime::Transfer transfer);
};

}  // namespace sim
