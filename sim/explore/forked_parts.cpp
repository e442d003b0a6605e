#include "explore/forked_parts.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <new>

#include <fcntl.h>
#include <semaphore.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/check.hpp"
#include "runtime/faults.hpp"

namespace sim {

namespace {

/// What a process does that takes part.
enum class Doing : std::uint8_t { nothing, works, waits };
struct Seat {
  std::atomic<Doing> doing = Doing::nothing;
  std::atomic<unsigned> parent = 0;  ///< Its seat.
};
constexpr unsigned seats = 1024;

constexpr std::uint32_t depths = 64;  ///< For deeper parts as for the deepest of them.

constexpr int done = 112, failed = 113;  // Nothing that a program under test would end with.

using Clock = std::chrono::steady_clock;

}  // namespace

struct ForkedParts::Shared {
  sem_t idle;  ///< Workers.
  std::atomic<bool> stop = false, start_over = false, given_up = false;
  char reason[256] = {};
  std::atomic<std::uint32_t> deaths = 0;
  alignas(64) std::atomic<std::uint64_t> executions = 0;
  std::atomic<std::uint64_t> transitions = 0, memory_bytes = 0;
  std::atomic<std::uint32_t> work[depths] = {};  ///< Of parts, by depth, in microseconds; 0: none has ended.
  Seat seat[seats];
};

ForkedParts::ForkedParts(unsigned workers) : memory_(Pages::shared(sizeof(Shared))) {
  SIM_CHECK(workers >= 2 && workers <= max_workers);
  Shared* const shared = ::new (memory_.data()) Shared;
  sem_init(&shared->idle, 1, workers - 1);
  shared->seat[seat_].doing.store(Doing::works);
}

ForkedParts::~ForkedParts() {
  sem_destroy(&shared().idle);
}

// ---- forking ------------------------------------------------------------------------------------

bool ForkedParts::is_worker_free() const {
  int idle = 0;
  return sem_getvalue(&shared().idle, &idle) == 0 && idle > 0 && Clock::now() >= next_fork_;
}

std::atomic<std::uint32_t>& ForkedParts::work_at(std::uint32_t depth) const {
  return shared().work[std::min(depth, depths - 1)];
}

std::chrono::microseconds ForkedParts::expected_work(std::uint32_t depth) const {
  constexpr std::chrono::microseconds most = std::chrono::seconds(1);
  const std::uint32_t work = work_at(depth).load(std::memory_order_relaxed);
  return work == 0 ? most : std::min<std::chrono::microseconds>(std::chrono::microseconds(work), most);
}

bool ForkedParts::is_worth_forking(std::uint32_t depth) {
  const std::chrono::microseconds expected = expected_work(depth);
  if (least_pause.count() == 0 || expected >= 2 * fork_cost_) return true;
  work_at(depth).store(static_cast<std::uint32_t>(2 * expected.count()), std::memory_order_relaxed);
  next_fork_ = Clock::now() + least_pause;
  return false;
}

std::optional<unsigned> ForkedParts::take_seat() {
  for (unsigned at = 0; at < seats; ++at) {
    Doing nothing = Doing::nothing;
    if (!shared().seat[at].doing.compare_exchange_strong(nothing, Doing::works)) continue;
    shared().seat[at].parent.store(seat_);
    return at;
  }
  return std::nullopt;
}

ForkedParts::Side ForkedParts::fork_part(Part& part, std::uint32_t depth, bool waits) {
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
    if (seat) shared().seat[*seat].doing.store(Doing::nothing);
    sem_post(&shared().idle);
    if (waits) go_on();
    next_fork_ = before + std::chrono::seconds(1);
    return Side::nowhere;
  }
  // Both sides pay for a fork, and again for each page that either writes to.
  next_fork_ = Clock::now();
  fork_cost_ = std::chrono::duration_cast<std::chrono::microseconds>(next_fork_ - before);
  if (least_pause.count() != 0) next_fork_ += std::max(least_pause, 5 * fork_cost_);
  if (process != 0) {
    if (waits) go_on();
    part = {process, report, *seat};
    return Side::parent;
  }
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(failed);
  is_part_ = just_begun_ = true;
  seat_ = *seat;
  depth_ = depth;
  if (report_ >= 0) close(report_);
  report_ = report;
  published_ = {};
  reports_.clear();
  runtime::FaultGuard::process_was_forked();
  return Side::child;
}

void ForkedParts::take_worker() {
  while (sem_wait(&shared().idle) != 0 && errno == EINTR) {
  }
}

// While it waits, this process is no worker.
void ForkedParts::rest() {
  shared().seat[seat_].doing.store(Doing::waits);
  sem_post(&shared().idle);
}

void ForkedParts::go_on() {
  take_worker();
  shared().seat[seat_].doing.store(Doing::works);
}

// ---- ends ---------------------------------------------------------------------------------------

std::optional<std::string> ForkedParts::wait_for(const Part& part) {
  rest();
  int status = 0;
  pid_t ended = 0;
  while ((ended = waitpid(part.process, &status, 0)) < 0 && errno == EINTR) {
  }
  const bool has_ended = ended == part.process && WIFEXITED(status) && WEXITSTATUS(status) == done;
  if (has_ended) {
    shared().seat[part.seat].doing.store(Doing::nothing);
  } else {
    shared().deaths.fetch_add(1);
    clear_seat(part.seat);
  }
  go_on();

  std::string bytes;
  struct stat file = {};
  if (has_ended && fstat(part.report, &file) == 0) {
    bytes.resize(static_cast<std::size_t>(file.st_size));
    for (std::size_t at = 0; at < bytes.size();) {
      const ssize_t count = pread(part.report, bytes.data() + at, bytes.size() - at, static_cast<off_t>(at));
      if (count < 0 && errno == EINTR) continue;
      SIM_CHECK(count > 0);
      at += static_cast<std::size_t>(count);
    }
  }
  close(part.report);
  if (!has_ended) return std::nullopt;
  std::uint64_t report_size = 0;
  SIM_CHECK(bytes.size() >= sizeof report_size);
  std::memcpy(&report_size, bytes.data(), sizeof report_size);
  reports_.push_back(bytes.substr(sizeof report_size, report_size));
  return bytes.substr(sizeof report_size + report_size);
}

// After a process that died, whose children die with it: they no longer work.
void ForkedParts::clear_seat(unsigned seat) {
  for (unsigned at = 1; at < seats; ++at) {
    const bool is_child = shared().seat[at].parent.load() == seat && at != seat;
    if (is_child && shared().seat[at].doing.load() != Doing::nothing) clear_seat(at);
  }
  if (shared().seat[seat].doing.exchange(Doing::nothing) == Doing::works) sem_post(&shared().idle);
}

void ForkedParts::forget(const Part& part) {
  close(part.report);
}

void ForkedParts::finish(std::string_view report, std::string_view message) {
  const std::uint64_t size = report.size();
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
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  const auto in = [](const timeval& time) { return time.tv_sec * 1'000'000 + time.tv_usec; };
  const std::int64_t work = in(usage.ru_utime) + in(usage.ru_stime);
  work_at(depth_).store(static_cast<std::uint32_t>(std::clamp<std::int64_t>(work, 1, UINT32_MAX)),
                        std::memory_order_relaxed);
  leave(done);
}

void ForkedParts::fail() {
  leave(failed);
}

void ForkedParts::leave(int status) {
  rest();
  _exit(status);
}

// ---- what all know ------------------------------------------------------------------------------

ForkedParts::Totals ForkedParts::publish(const Totals& of_this_process) {
  const auto add = [](std::atomic<std::uint64_t>& to, std::uint64_t now, std::uint64_t before) {
    return to.fetch_add(now - before, std::memory_order_relaxed) + (now - before);
  };
  const Totals sums = {add(shared().executions, of_this_process.executions, published_.executions),
                       add(shared().transitions, of_this_process.transitions, published_.transitions),
                       add(shared().memory_bytes, of_this_process.memory_bytes, published_.memory_bytes)};
  published_ = of_this_process;
  return sums;
}

void ForkedParts::stop() {
  shared().stop.store(true, std::memory_order_relaxed);
}
void ForkedParts::give_up(std::string_view reason) {
  if (!shared().given_up.exchange(true)) reason.copy(shared().reason, sizeof shared().reason - 1);
  stop();
}
std::string ForkedParts::why_given_up() const {
  return shared().reason;
}
void ForkedParts::ask_to_start_over() {
  shared().start_over.store(true);
  stop();
}
bool ForkedParts::must_start_over() const {
  return shared().start_over.load(std::memory_order_relaxed);
}
void ForkedParts::forget() {
  reports_.clear();
  std::memset(shared().reason, 0, sizeof shared().reason);
  shared().given_up.store(false);
  shared().executions.store(0);
  shared().transitions.store(0);
  published_.executions = published_.transitions = 0;
  shared().start_over.store(false);
  shared().stop.store(false);
}
bool ForkedParts::is_stopped() const {
  return shared().stop.load(std::memory_order_relaxed);
}
std::uint32_t ForkedParts::deaths() const {
  return shared().deaths.load();
}

}  // namespace sim
