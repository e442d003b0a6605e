#pragma once

#include <concepts>
#include <string_view>
#include <type_traits>
#include <utility>

#include "sync/stop_token.hpp"
#include "sync/thread.hpp"

namespace sim {

/// std::jthread: destroying a joinable one requests its stop, and joins it. The request is an event only if somebody
/// got a token or the source; otherwise nobody could tell.
class jthread {
 public:
  using id = thread::id;

  jthread() noexcept = default;

  template <class F, class... A>
  requires(!std::same_as<std::remove_cvref_t<F>, jthread> &&
           (std::invocable<std::decay_t<F>, std::decay_t<A>...> ||
            std::invocable<std::decay_t<F>, stop_token, std::decay_t<A>...>)) explicit jthread(F&& function,
                                                                                               A&&... arguments) {
    start({}, std::forward<F>(function), std::forward<A>(arguments)...);
  }
  /// `name` appears in traces and diagrams.
  template <class F, class... A>
  requires(std::invocable<std::decay_t<F>, std::decay_t<A>...> ||
           std::invocable<std::decay_t<F>, stop_token, std::decay_t<A>...>)
      jthread(std::string_view name, F&& function, A&&... arguments) {
    start(name, std::forward<F>(function), std::forward<A>(arguments)...);
  }

  jthread(jthread&& other) noexcept = default;
  jthread& operator=(jthread&& other) noexcept {
    if (this == &other) return *this;
    stop_and_join();
    source_ = std::exchange(other.source_, stop_source(nostopstate));
    thread_ = std::move(other.thread_);
    return *this;
  }
  ~jthread() { stop_and_join(); }

  bool joinable() const noexcept { return thread_.joinable(); }
  id get_id() const noexcept { return thread_.get_id(); }
  void join() { thread_.join(); }
  void detach() { thread_.detach(); }
  void swap(jthread& other) noexcept {
    thread_.swap(other.thread_);
    source_.swap(other.source_);
  }
  static unsigned hardware_concurrency() noexcept { return thread::hardware_concurrency(); }

  stop_source get_stop_source() { return source(); }
  stop_token get_stop_token() const { return source().get_token(); }
  bool request_stop() { return source().request_stop(); }

 private:
  template <class F, class... A>
  void start(std::string_view name, F&& function, A&&... arguments) {
    if constexpr (std::invocable<std::decay_t<F>, stop_token, std::decay_t<A>...>) {
      source_ = stop_source();
      thread_ = thread(name, std::forward<F>(function), source_.get_token(), std::forward<A>(arguments)...);
    } else {
      thread_ = thread(name, std::forward<F>(function), std::forward<A>(arguments)...);
    }
  }

  // Made when it is first needed: only the owner of this object can ask for it, and what nobody has cannot be seen.
  stop_source& source() const {
    if (!source_.stop_possible() && thread_.joinable()) source_ = stop_source();
    return source_;
  }

  void stop_and_join() {
    if (!thread_.joinable()) return;
    if (source_.stop_possible()) source_.request_stop();
    thread_.join();
  }

  mutable stop_source source_{nostopstate};
  thread thread_;
};

}  // namespace sim
