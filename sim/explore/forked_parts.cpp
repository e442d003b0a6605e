#include "explore/forked_parts.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <new>

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/check.hpp"
#include "explore/forked_parts_shared.hpp"
#include "runtime/faults.hpp"

namespace sim {

namespace {

constexpr int done = 112, failed = 113;  // Nothing that a program under test would end with.
constexpr std::uint64_t was_suspended = std::uint64_t{1} << 63;

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds between_looks(20);

// False after a moment without a turn.
bool take_soon(sem_t& semaphore) {
  constexpr long second = 1'000'000'000;
  timespec until = {};
  clock_gettime(CLOCK_MONOTONIC, &until);
  until.tv_nsec += std::chrono::nanoseconds(between_looks).count();
  if (until.tv_nsec >= second) {
    until.tv_nsec -= second;
    ++until.tv_sec;
  }
  return sem_clockwait(&semaphore, CLOCK_MONOTONIC, &until) == 0;
}

// Readable once the process has ended; -1: it is gone, or the system cannot say.
int open_process(pid_t process) {
  return static_cast<int>(syscall(SYS_pidfd_open, process, 0));
}

// Somebody else's child, which is about to be killed. Not for ever: its number may be another's by now.
void see_die(pid_t process) {
  const int end = process != 0 ? open_process(process) : -1;
  if (end < 0) return;
  constexpr int most_milliseconds = 2'000;
  pollfd waiting = {end, POLLIN, 0};
  poll(&waiting, 1, most_milliseconds);
  close(end);
}

}  // namespace

ForkedParts::ForkedParts(unsigned workers) : memory_(Pages::shared(sizeof(Shared))) {
  SIM_CHECK(workers >= 1 && workers <= max_workers);
  Shared* const shared = ::new (memory_.data()) Shared;
  flags_ = &shared->flags;
  sem_init(&shared->idle, 1, workers - 1);
  shared->workers = workers;
  shared->seat[seat_].doing.store(Doing::works);
}

ForkedParts::~ForkedParts() {
  sem_destroy(&shared().idle);
}

ForkedParts::Seat& ForkedParts::seat(unsigned number) const {
  return shared().seat[number];
}

// ---- forking ------------------------------------------------------------------------------------

bool ForkedParts::is_worker_free_now() {
  // Each time where executions take long.
  constexpr std::uint32_t some = 32;
  constexpr std::chrono::microseconds short_time(100);
  const Clock::time_point now = Clock::now();
  until_look_ = least_pause.count() != 0 && now - last_look_ < short_time ? some : 1;
  last_look_ = now;
  int idle = 0;
  if (must_suspend()) return false;
  return sem_getvalue(&shared().idle, &idle) == 0 && idle > 0 && now >= next_fork_;
}

std::chrono::microseconds ForkedParts::expected_work(std::uint32_t depth) const {
  // Worth a try, but rather where parts are known to be large.
  constexpr std::chrono::microseconds unknown = std::chrono::milliseconds(5), most = std::chrono::seconds(1);
  const auto in = [](const std::atomic<std::uint32_t>& time) {
    return std::chrono::microseconds(time.load(std::memory_order_relaxed));
  };
  const auto known = [&](std::uint32_t at) { return in(shared().work[at]); };
  const std::uint32_t at = Shared::place_of(depth), deepest = Shared::depths - 1;
  if (const auto raised = in(shared().raised[at]); raised.count() != 0) return std::min(raised, most);
  if (known(at).count() != 0) return std::min(known(at), most);
  // Less than parts further up, and more than those further down.
  std::uint32_t above = at, below = at;
  while (above > 0 && known(above).count() == 0) --above;
  while (below < deepest && known(below).count() == 0) ++below;
  const auto at_most = known(above).count() == 0 ? unknown : std::min(known(above), unknown);
  return std::max(at_most, std::min(known(below), most));
}

bool ForkedParts::is_worth_forking(std::uint32_t depth) {
  const std::chrono::microseconds expected = expected_work(depth);
  constexpr int worth_forks = 6;  // As long as so many forks take.
  if (least_pause.count() == 0 || expected >= worth_forks * fork_cost_) return true;
  const auto raised = static_cast<std::uint32_t>(expected.count() + expected.count() / 2 + 1);
  shared().raised[Shared::place_of(depth)].store(raised, std::memory_order_relaxed);
  next_fork_ = Clock::now() + least_pause;
  return false;
}

std::optional<unsigned> ForkedParts::take_seat() {
  for (unsigned at = 0; at < Shared::seats; ++at) {
    Doing nothing = Doing::nothing;
    if (!seat(at).doing.compare_exchange_strong(nothing, Doing::works)) continue;
    seat(at).parent.store(seat_);
    return at;
  }
  return std::nullopt;
}

ForkedParts::Side ForkedParts::fork_part(Part& part, std::uint32_t depth, bool waits) {
  collect_ended();
  if (waits) {
    rest();
    take_worker();
  } else if (sem_trywait(&shared().idle) != 0) {
    return Side::nowhere;
  }
  const std::optional<unsigned> seat = take_seat();
  const int report = seat ? memfd_create("racewalk-part", MFD_CLOEXEC) : -1;
  const pid_t parent = getpid();
  const Clock::time_point before = Clock::now();
  const pid_t process = report >= 0 ? fork() : -1;
  if (process < 0) {
    if (report >= 0) close(report);
    if (seat) this->seat(*seat).doing.store(Doing::nothing);
    sem_post(&shared().idle);
    if (waits) go_on();
    next_fork_ = before + std::chrono::seconds(1);
    return Side::nowhere;
  }
  // Both sides pay for a fork, and again for each page that either writes to.
  next_fork_ = Clock::now();
  const auto cost = std::chrono::duration_cast<std::chrono::microseconds>(next_fork_ - before);
  fork_cost_ = std::min(cost, 2 * fork_cost_);  // One that was held up says little of the next.
  if (least_pause.count() != 0) next_fork_ += std::max(least_pause, 5 * fork_cost_);
  if (process != 0) {
    if (waits) go_on();
    part = {++last_number_};
    children_.push_back({part.number, process, report, *seat});
    return Side::parent;
  }
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(failed);
  depth_ = depth;
  begin_as_child(*seat, report);
  return Side::child;
}

// The parts of its parent are not its affair.
void ForkedParts::begin_as_child(unsigned seat, int report) {
  for (const Child& child : children_) close(child.report);
  children_.clear();
  ended_.clear();
  suspended_.clear();
  reports_.clear();
  is_part_ = just_begun_ = true;
  seat_ = seat;
  this->seat(seat).process.store(getpid());
  if (report_ >= 0) close(report_);
  report_ = report;
  published_ = {};
  runtime::FaultGuard::process_was_forked();
}

// A process that was killed just when it ceased to be a worker, or became one, has taken the worker along.
void ForkedParts::take_worker() {
  constexpr unsigned looks_until_lost = 25;
  const auto is_one_missing = [this] {
    int idle = 0;
    sem_getvalue(&shared().idle, &idle);
    const auto work = std::ranges::count_if(shared().seat, [](const Seat& it) { return it.doing == Doing::works; });
    return deaths() != 0 && static_cast<std::size_t>(work + idle) < shared().workers;
  };
  for (unsigned looks = 0; !take_soon(shared().idle);) {
    look_around();
    looks = is_one_missing() ? looks + 1 : 0;
    if (looks == looks_until_lost) sem_post(&shared().idle);
  }
}

// While it waits, this process is no worker.
void ForkedParts::rest() {
  seat(seat_).doing.store(Doing::waits);
  sem_post(&shared().idle);
}

void ForkedParts::go_on() {
  take_worker();
  seat(seat_).doing.store(Doing::works);
}

void ForkedParts::look_around() {
  if (while_waiting_) while_waiting_();
}

// ---- ends ---------------------------------------------------------------------------------------

std::optional<std::string> ForkedParts::wait_for(const Part& part, bool* suspended) {
  const auto child = std::ranges::find(children_, part.number, &Child::number);
  if (child != children_.end()) {
    rest();
    wait_for_end(child->process);
    collect_ended();
    // Unless it ended as those do that report.
    const auto dead = std::ranges::find(children_, part.number, &Child::number);
    if (dead != children_.end()) {
      const Child found = *dead;
      children_.erase(dead);
      collect(found);
    }
    go_on();
  }
  const auto ended = ended_.find(part.number);
  SIM_CHECK(ended != ended_.end());
  std::optional<std::string> message = std::move(ended->second);
  ended_.erase(ended);
  const bool was = suspended_.erase(part.number) != 0;
  SIM_CHECK(!was || suspended != nullptr);
  if (suspended != nullptr) *suspended = was;
  return message;
}

// Looks around meanwhile.
void ForkedParts::wait_for_end(pid_t process) {
  const int end = open_process(process);
  for (;;) {
    siginfo_t info = {};
    const int status = waitid(P_PID, static_cast<id_t>(process), &info, WEXITED | WNOHANG | WNOWAIT);
    if (status == 0 ? info.si_pid != 0 : errno != EINTR) break;
    pollfd waiting = {end, POLLIN, 0};
    poll(&waiting, 1, end >= 0 ? static_cast<int>(between_looks.count()) : 1);
    look_around();
  }
  if (end >= 0) close(end);
}

// Children that have ended hold a seat and a file.
void ForkedParts::collect_ended() {
  for (std::size_t at = 0; at < children_.size();) {
    if (seat(children_[at].seat).doing.load() != Doing::ended) {
      ++at;
      continue;
    }
    const Child child = children_[at];
    children_.erase(children_.begin() + static_cast<std::ptrdiff_t>(at));
    collect(child);
  }
}

// Requires: it has ended, or is about to.
void ForkedParts::collect(const Child& child) {
  int status = 0;
  pid_t ended = 0;
  while ((ended = waitpid(child.process, &status, 0)) < 0 && errno == EINTR) {
  }
  const bool has_reported = ended == child.process && WIFEXITED(status) && WEXITSTATUS(status) == done;
  std::optional<std::string>& message = ended_[child.number];
  if (has_reported) {
    bool suspended = false;
    message = read_report(child.report, suspended);
    if (suspended) suspended_.insert(child.number);
    Seat &of_child = seat(child.seat), &mine = seat(seat_);
    mine.executions.fetch_add(of_child.executions.load());
    mine.transitions.fetch_add(of_child.transitions.load());
    mine.found.fetch_or(of_child.found.load());
    of_child.leave_empty();
  } else {
    shared().deaths.fetch_add(1);
    clear_seat(child.seat);
  }
  close(child.report);
}

// Keeps the report, and returns the message.
std::optional<std::string> ForkedParts::read_report(int file_number, bool& suspended) {
  struct stat file = {};
  SIM_CHECK(fstat(file_number, &file) == 0);
  std::string bytes(static_cast<std::size_t>(file.st_size), '\0');
  for (std::size_t at = 0; at < bytes.size();) {
    const ssize_t count = pread(file_number, bytes.data() + at, bytes.size() - at, static_cast<off_t>(at));
    if (count < 0 && errno == EINTR) continue;
    SIM_CHECK(count > 0);
    at += static_cast<std::size_t>(count);
  }
  std::uint64_t report_size = 0;
  SIM_CHECK(bytes.size() >= sizeof report_size);
  std::memcpy(&report_size, bytes.data(), sizeof report_size);
  suspended = (report_size & was_suspended) != 0;
  report_size &= ~was_suspended;
  reports_.push_back(bytes.substr(sizeof report_size, report_size));
  return bytes.substr(sizeof report_size + report_size);
}

// After a process that died, whose children die with it, one after the other: they no longer work, and what they have
// done is lost. As long as they live they may still say what they do.
void ForkedParts::clear_seat(unsigned number) {
  for (unsigned at = 1; at < Shared::seats; ++at) {
    const bool is_child = seat(at).parent.load() == number && at != number;
    if (!is_child || seat(at).doing.load() == Doing::nothing) continue;
    see_die(seat(at).process.load());
    clear_seat(at);
  }
  Seat& lost = seat(number);
  shared().executions.fetch_sub(lost.executions.load());
  shared().transitions.fetch_sub(lost.transitions.load());
  shared().memory_bytes.fetch_sub(lost.memory_bytes.load());
  const bool worked = lost.doing.load() == Doing::works;
  lost.leave_empty();
  if (worked) sem_post(&shared().idle);
}

void ForkedParts::finish(std::string_view report, std::string_view message, bool suspended) {
  const std::uint64_t size = report.size() | (suspended ? was_suspended : 0);
  const std::string_view pieces[] = {{reinterpret_cast<const char*>(&size), sizeof size}, report, message};
  for (std::string_view rest : pieces) {
    while (!rest.empty()) {
      const ssize_t written = write(report_, rest.data(), rest.size());
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) fail();
      rest.remove_prefix(static_cast<std::size_t>(written));
    }
  }
  publish({published_.executions, published_.transitions, 0});
  if (suspended) leave(done);
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  const auto in = [](const timeval& time) { return time.tv_sec * 1'000'000 + time.tv_usec; };
  const std::int64_t work = in(usage.ru_utime) + in(usage.ru_stime);
  const std::uint32_t at = Shared::place_of(depth_);
  shared().work[at].store(static_cast<std::uint32_t>(std::clamp<std::int64_t>(work, 1, UINT32_MAX)),
                          std::memory_order_relaxed);
  shared().raised[at].store(0, std::memory_order_relaxed);
  leave(done);
}

void ForkedParts::fail() {
  leave(failed);
}

void ForkedParts::leave(int status) {
  seat(seat_).doing.store(Doing::ended);
  sem_post(&shared().idle);
  _exit(status);
}

}  // namespace sim
