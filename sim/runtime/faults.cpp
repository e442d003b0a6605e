// How a crash comes back to the explorer: the signal handler runs on an alternate stack and changes the interrupted
// context, so that returning from it continues in `after_crash` on a stack of its own; from there one switch leads to
// the explorer. The stack of the crashed thread is left as it is.
#include "runtime/faults.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include <dlfcn.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <ucontext.h>
#include <unistd.h>

#include "base/check.hpp"
#include "runtime/arena.hpp"
#include "runtime/execution.hpp"
#include "runtime/memory.hpp"
#include "runtime/memory_hooks.hpp"
#include "runtime/program.hpp"

namespace sim::runtime {
namespace {

constexpr std::size_t handler_stack_bytes = 256 * 1024;
std::byte* handler_stack = nullptr;  // Upper half: handlers; lower half: after_crash.

const char* crash_property = "";
char crash_detail[256];
FaultGuard* installed = nullptr;

struct sigaction previous_actions[65];

/// How long a transition has taken, by the thread's own time: others may keep the processor busy. What it waits in the
/// kernel counts, too.
class Stopwatch {
 public:
  /// To be called a quarter of a second after the last time, or later.
  void tick(std::uint64_t transition, bool program_runs) {
    rusage usage = {};
    getrusage(RUSAGE_THREAD, &usage);
    const std::int64_t used = nanoseconds(usage.ru_utime) + nanoseconds(usage.ru_stime);
    const long waits = usage.ru_nvcsw;
    if (!program_runs || transition != transition_) {
      transition_ = transition;
      ran_ = waited_ = 0;
    } else {
      const std::int64_t ran = std::max<std::int64_t>(used - used_before_, 0);
      ran_ += ran;
      // Each signal wakes a thread that waits, and it begins to wait again. One that would run does not wait.
      if (waits != waits_before_) waited_ += std::max<std::int64_t>(between_ticks - ran, 0);
    }
    used_before_ = used;
    waits_before_ = waits;
  }
  void forget() { *this = Stopwatch(); }
  std::int64_t elapsed() const { return ran_ + waited_; }
  bool has_mostly_waited() const { return waited_ > ran_; }

  static constexpr std::int64_t between_ticks = 250'000'000;

 private:
  static std::int64_t nanoseconds(const timeval& time) {
    return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_usec * 1'000;
  }

  std::uint64_t transition_ = ~std::uint64_t{0};  // None.
  std::int64_t used_before_ = 0;
  long waits_before_ = 0;
  std::int64_t ran_ = 0, waited_ = 0;  // Nanoseconds.
};
Stopwatch stopwatch;
std::int64_t time_allowed = 0;  // Nanoseconds.

bool program_is_running() {
  return current_heap != outside || initialising_static();
}

void after_crash() {
  current_heap = outside;
  reset_static_initialisation();
  Execution::instance().crashed(crash_property, crash_detail);
}

const char* name_of(int signal) {
  switch (signal) {
    case SIGSEGV:
      return "SIGSEGV";
    case SIGBUS:
      return "SIGBUS";
    case SIGILL:
      return "SIGILL";
    case SIGFPE:
      return "SIGFPE";
    default:
      return "SIGABRT";
  }
}

void continue_after_crash(void* context) {
  auto& registers = static_cast<ucontext_t*>(context)->uc_mcontext.gregs;
  forget_frames(handler_stack, handler_stack + handler_stack_bytes / 2);  // Of the last crash, which never returned.
  const auto top = reinterpret_cast<std::uintptr_t>(handler_stack) + handler_stack_bytes / 2;
  registers[REG_RSP] = static_cast<greg_t>((top & ~std::uintptr_t{15}) - 8);  // As after a call.
  registers[REG_RIP] = static_cast<greg_t>(reinterpret_cast<std::uintptr_t>(&after_crash));
}

void pass_on(int signal, siginfo_t* info, void* context) {
  const struct sigaction& previous = previous_actions[signal];
  if ((previous.sa_flags & SA_SIGINFO) != 0 && previous.sa_sigaction != nullptr) {
    previous.sa_sigaction(signal, info, context);
  } else if (previous.sa_handler == SIG_DFL) {
    struct sigaction plain = {};
    plain.sa_handler = SIG_DFL;
    sigaction(signal, &plain, nullptr);  // The instruction is repeated, and ends the process as it would have.
    if (signal == SIGABRT) raise(signal);
  } else if (previous.sa_handler != SIG_IGN) {
    previous.sa_handler(signal);
  }
}

void on_crash(int signal, siginfo_t* info, void* context) {
  const bool overflow = signal == SIGSEGV && Arena::instance().in_guard(info->si_addr);
  if (!overflow && !program_is_running()) return pass_on(signal, info, context);
  if (overflow) {
    crash_property = "stack-overflow";
    std::snprintf(crash_detail, sizeof crash_detail, "the thread needs more stack than the %zu KiB that it has",
                  Execution::instance().settings().stack_bytes / 1024);
  } else if (signal == SIGABRT) {
    crash_property = "signal";
    std::snprintf(crash_detail, sizeof crash_detail, "SIGABRT: the program called abort()");
  } else {
    crash_property = "signal";
    std::snprintf(crash_detail, sizeof crash_detail, "%s at address %p", name_of(signal), info->si_addr);
  }
  continue_after_crash(context);
}

void on_tick(int, siginfo_t*, void* context) {
  stopwatch.tick(Execution::instance().progress(), program_is_running());
  constexpr std::int64_t taken_by_ticks = Stopwatch::between_ticks / 10;  // At most: they are not to cost another one.
  if (stopwatch.elapsed() < time_allowed - taken_by_ticks) return;
  const bool waited = stopwatch.has_mostly_waited();
  stopwatch.forget();
  crash_property = "hang";
  std::snprintf(crash_detail, sizeof crash_detail, "a thread %s for %.1f s without reaching a scheduling point",
                waited ? "waited in the kernel" : "ran", static_cast<double>(time_allowed) * 1e-9);
  continue_after_crash(context);
}

void on_terminate() {
  if (Execution::instance().unwinding()) Execution::instance().give_up_unwinding();
  if (!program_is_running()) std::abort();
  std::string detail = "std::terminate was called";
  if (const std::exception_ptr pending = std::current_exception()) {
    try {
      std::rethrow_exception(pending);
    } catch (const std::exception& error) {
      detail = std::string("an exception left a function that must not throw: ") + error.what();
    } catch (...) {
      detail = "an exception left a function that must not throw";
    }
  }
  violate("uncaught-exception", detail);
}

}  // namespace

FaultGuard::FaultGuard(double hang_seconds) {
  SIM_CHECK(installed == nullptr);
  installed = this;
  if (handler_stack == nullptr) {
    void* const memory = mmap(nullptr, handler_stack_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    SIM_CHECK(memory != MAP_FAILED);
    handler_stack = static_cast<std::byte*>(memory);
  }
  stack_t stack = {};
  stack.ss_sp = handler_stack + handler_stack_bytes / 2;
  stack.ss_size = handler_stack_bytes / 2;
  sigaltstack(&stack, &stack_before_);
  struct sigaction action = {};
  action.sa_sigaction = on_crash;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
  for (int i = 0; i < 5; ++i) {
    sigaction(caught_signals[i], &action, &before_[i]);
    previous_actions[caught_signals[i]] = before_[i];
  }
  terminate_before_ = std::set_terminate(on_terminate);
  if (hang_seconds <= 0) return;
  stopwatch.forget();
  time_allowed = std::max(Stopwatch::between_ticks, static_cast<std::int64_t>(std::min(hang_seconds, 1e9) * 1e9));
  action.sa_sigaction = on_tick;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
  const int signal = SIGRTMAX - 3;
  sigaction(signal, &action, &alarm_before_);
  start_timer();
}

void FaultGuard::start_timer() {
  sigevent event = {};
  event.sigev_notify = SIGEV_THREAD_ID;
  event.sigev_signo = SIGRTMAX - 3;
  event._sigev_un._tid = gettid();
  has_timer_ = timer_create(CLOCK_MONOTONIC, &event, &timer_) == 0;
  const itimerspec quarter_second = {{0, Stopwatch::between_ticks}, {0, Stopwatch::between_ticks}};
  if (has_timer_) timer_settime(timer_, 0, &quarter_second, nullptr);
}

void FaultGuard::process_was_forked() {
  stopwatch.forget();  // The new thread has used no time.
  if (installed != nullptr && installed->has_timer_) installed->start_timer();
}

FaultGuard::~FaultGuard() {
  if (has_timer_) {
    timer_delete(timer_);
    sigaction(SIGRTMAX - 3, &alarm_before_, nullptr);
  }
  std::set_terminate(terminate_before_);
  for (int i = 0; i < 5; ++i) sigaction(caught_signals[i], &before_[i], nullptr);
  sigaltstack(&stack_before_, nullptr);
  installed = nullptr;
}

}  // namespace sim::runtime

// exit() inside a program is a violation; elsewhere it does what it always does.
extern "C" [[noreturn]] void exit(int status) {
  if (sim::runtime::in_program())
    sim::runtime::violate("exit", "the program called exit(), which would end the checker");
  using Exit = void (*)(int);
  const auto next = reinterpret_cast<Exit>(dlsym(RTLD_NEXT, "exit"));
  if (next != nullptr) next(status);
  std::_Exit(status);
}

// assert() inside a program is a check; elsewhere it does what it always does.
extern "C" [[noreturn]] void __assert_fail(const char* expression, const char* file, unsigned int line,
                                           const char* function) noexcept {
  char detail[512];
  const char* const slash = std::strrchr(file, '/');
  std::snprintf(detail, sizeof detail, "%s (%s:%u)", expression, slash != nullptr ? slash + 1 : file, line);
  if (sim::runtime::in_program()) sim::runtime::violate("assertion", detail);
  std::fprintf(stderr, "%s:%u: %s: Assertion `%s' failed.\n", file, line, function, expression);
  std::abort();
}
