#pragma once

#include <concepts>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "runtime/process.hpp"
#include "runtime/program.hpp"
#include "sync/time.hpp"  // IWYU pragma: export

namespace sim {

/// std::thread: a thread of the program under test. Destroying a joinable one is a violation.
class thread {
 public:
  class id {
   public:
    id() = default;
    explicit id(ThreadId number) : number_plus_one_(number + 1) {}
    friend auto operator<=>(const id&, const id&) = default;

   private:
    std::uint32_t number_plus_one_ = 0;
  };

  thread() noexcept = default;

  template <class F, class... A>
  requires(!std::same_as<std::remove_cvref_t<F>, thread> &&
           std::invocable<std::decay_t<F>, std::decay_t<A>...>) explicit thread(F&& function, A&&... arguments) {
    start({}, std::forward<F>(function), std::forward<A>(arguments)...);
  }

  /// `name` appears in traces and diagrams.
  template <class F, class... A>
  requires std::invocable<std::decay_t<F>, std::decay_t<A>...> thread(std::string_view name, F&& function,
                                                                      A&&... arguments) {
    start(name, std::forward<F>(function), std::forward<A>(arguments)...);
  }

  /// In a process, by its number: process::start.
  template <class F, class... A>
  requires std::invocable<std::decay_t<F>, std::decay_t<A>...> thread(runtime::ProcessId process, std::string_view name,
                                                                      F&& function, A&&... arguments) {
    start_in(process, name, std::forward<F>(function), std::forward<A>(arguments)...);
  }

  thread(thread&& other) noexcept : thread_(std::exchange(other.thread_, none)) {}
  thread& operator=(thread&& other) noexcept {
    require_not_joinable();
    thread_ = std::exchange(other.thread_, none);
    return *this;
  }
  ~thread() { require_not_joinable(); }

  bool joinable() const noexcept { return thread_ != none; }
  id get_id() const noexcept { return joinable() ? id(thread_) : id(); }
  /// The number by which schedules and traces call it. Requires: it is joinable.
  ThreadId number() const noexcept { return thread_; }
  [[gnu::noinline]] void join() {
    if (!joinable()) runtime::violate("thread-misuse", "a thread that is not joinable is joined");
    runtime::join(std::exchange(thread_, none));
  }
  void detach() {
    if (!joinable()) runtime::violate("thread-misuse", "a thread that is not joinable is detached");
    thread_ = none;
  }
  void swap(thread& other) noexcept { std::swap(thread_, other.thread_); }
  static unsigned hardware_concurrency() noexcept { return 2; }

 private:
  static constexpr ThreadId none = ~ThreadId{0};

  template <class F, class... A>
  void start(std::string_view name, F&& function, A&&... arguments) {
    start_in(runtime::current_process(), name, std::forward<F>(function), std::forward<A>(arguments)...);
  }

  template <class F, class... A>
  void start_in(runtime::ProcessId process, std::string_view name, F&& function, A&&... arguments) {
    using Closure = std::tuple<std::decay_t<F>, std::decay_t<A>...>;
    static_assert(alignof(Closure) <= 64);
    // Made here first: copying an argument may reach a scheduling point, or throw.
    Closure made(std::forward<F>(function), std::forward<A>(arguments)...);
    void* const memory = runtime::allocate_for_next_thread(sizeof(Closure), alignof(Closure));
    auto* const closure = new (memory) Closure(std::move(made));
    thread_ = runtime::spawn_in(process, name, run<Closure>, closure);
  }

  template <class Closure>
  static void run(void* argument) {
    const std::unique_ptr<Closure> closure(static_cast<Closure*>(argument));
    std::apply([](auto&&... parts) { std::invoke(std::move(parts)...); }, std::move(*closure));
  }

  void require_not_joinable() noexcept {
    if (joinable() && !runtime::is_unwinding()) {
      runtime::violate("thread-not-joined", "a thread object is destroyed that was neither joined nor detached");
    }
  }

  ThreadId thread_ = none;
};

namespace this_thread {

inline thread::id get_id() {
  return thread::id(runtime::this_thread());
}

/// The number by which schedules and traces call the calling thread.
inline ThreadId number() {
  return runtime::this_thread();
}

/// Copies the beginning of the calling thread's name to `out`, for log lines; returns how many characters. Requires:
/// is_recorded().
inline std::size_t copy_name(std::span<char> out) {
  return runtime::copy_thread_name(out);
}

/// A scheduling point that touches nothing.
inline void yield() {
  runtime::announce(OperationKind::thread_yield, nullptr, AccessMode::none);
}

}  // namespace this_thread

}  // namespace sim
