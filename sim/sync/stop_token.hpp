#pragma once

#include <concepts>
#include <type_traits>
#include <utility>

#include "sync/object.hpp"

namespace sim {

struct nostopstate_t {
  explicit nostopstate_t() = default;
};
inline constexpr nostopstate_t nostopstate{};

namespace detail {

/// A callback in the list of a stop state; it lies in its stop_callback.
class StopCallback {
 public:
  explicit StopCallback(void (*call)(StopCallback*)) : call_(call) {}
  StopCallback(const StopCallback&) = delete;
  StopCallback& operator=(const StopCallback&) = delete;

 private:
  friend class StopState;

  void (*call_)(StopCallback*);
  StopCallback* next_ = nullptr;
  bool* destroyed_ = nullptr;  ///< While it is called: where its destructor says that it is gone.
};

/// What the sources and tokens of one request share. It lives as long as one of them; their number is no part of what a
/// program can see, and needs no footprint.
class alignas(8) StopState {
 public:
  explicit StopState(std::string_view name) { introduce(this, name, "stop_state"); }
  StopState(const StopState&) = delete;
  StopState& operator=(const StopState&) = delete;

  [[gnu::noinline]] bool is_requested() const {
    runtime::announce(OperationKind::stop_requested, this, AccessMode::read, Synchronization::acquire);
    if (!requested_) runtime::set_mode(AccessMode::read);
    runtime::set_value(requested_ ? 1 : 0);
    if (runtime::recording()) runtime::set_text(requested_ ? "-> yes" : "-> no");
    return requested_;
  }
  /// The same as part of the running event, for conditions.
  bool is_requested_now() const {
    runtime::access(this, AccessMode::read);
    return requested_;
  }

  /// Calls the callbacks, in the order in which they were made. False if stopping was requested before.
  [[gnu::noinline]] bool request() {
    runtime::announce(OperationKind::stop_request, this, AccessMode::write, Synchronization::both);
    runtime::set_value(requested_ ? 0 : 1);
    if (requested_) {
      runtime::set_mode(AccessMode::read, Synchronization::acquire);
      if (runtime::recording()) runtime::set_text("-> requested before");
      return false;
    }
    change([this] {
      requested_ = true;
      caller_ = runtime::this_thread();
    });
    share();  // A callback may destroy the source.
    while (callbacks_ != nullptr) call_first();
    drop();
    return true;
  }

  /// False if stopping was requested already: then it is not kept.
  [[gnu::noinline]] bool add(StopCallback& callback) {
    runtime::announce(OperationKind::stop_callback_add, this, AccessMode::write, Synchronization::both);
    if (requested_) {
      runtime::set_mode(AccessMode::read, Synchronization::acquire);
      return false;
    }
    change([&] { *end_of_list() = &callback; });
    return true;
  }

  /// Waits while another thread calls it. Requires: `callback` was kept.
  [[gnu::noinline]] void remove(StopCallback& callback) {
    const Removal removal{this, &callback};
    if (caller_ == runtime::this_thread()) {
      runtime::announce(OperationKind::stop_callback_remove, this, AccessMode::write, Synchronization::both);
    } else {
      runtime::announce_blocking(OperationKind::stop_callback_remove, this, AccessMode::write, can_remove, &removal,
                                 Synchronization::both);
    }
    if (called_ == &callback && callback.destroyed_ != nullptr) *callback.destroyed_ = true;
    change([&] {
      for (StopCallback** at = &callbacks_; *at != nullptr; at = &(*at)->next_) {
        if (*at != &callback) continue;
        *at = callback.next_;
        break;
      }
    });
  }

  void share() { ++owners_; }
  void drop() {
    if (--owners_ == 0) destroy(this);
  }

  /// For StateIdentity::logical: the callbacks themselves are known from what the threads did.
  std::uint64_t contents() const { return std::uint64_t{called_ != nullptr} << 1 | (requested_ ? 1 : 0); }

 private:
  ~StopState() { runtime::object_ends(this); }
  // Out of line: inlined, the compiler takes every owner for the last one, and warns of uses after it.
  [[gnu::noinline]] static void destroy(StopState* state) { delete state; }

  struct Removal {
    const StopState* state;
    const StopCallback* callback;
  };
  static bool can_remove(const void* argument) {
    const auto& it = *static_cast<const Removal*>(argument);
    return it.state->called_ != it.callback;
  }

  void call_first() {
    bool destroyed = false;
    StopCallback* const callback = callbacks_;
    runtime::access(this, AccessMode::write);  // The last event may be the previous callback's.
    change([&] {
      callbacks_ = callback->next_;
      called_ = callback;
    });
    callback->destroyed_ = &destroyed;
    callback->call_(callback);
    runtime::announce(OperationKind::stop_callback_end, this, AccessMode::write, Synchronization::both);
    if (!destroyed) callback->destroyed_ = nullptr;
    change([&] { called_ = nullptr; });
  }

  StopCallback** end_of_list() {
    StopCallback** at = &callbacks_;
    while (*at != nullptr) at = &(*at)->next_;
    return at;
  }

  template <class F>
  void change(F function) {
    const Change<StopState> change(*this);
    function();
  }

  StopCallback* callbacks_ = nullptr;
  const StopCallback* called_ = nullptr;
  std::uint32_t owners_ = 1;
  ThreadId caller_ = ~ThreadId{0};  ///< That made the request.
  bool requested_ = false;
};

/// Shares a stop state, or none.
class StopOwner {
 public:
  StopOwner() noexcept = default;
  explicit StopOwner(StopState* state) noexcept : state_(state) {}  ///< Takes over its creator's share.
  StopOwner(const StopOwner& other) noexcept : state_(other.state_) {
    if (state_ != nullptr) state_->share();
  }
  StopOwner(StopOwner&& other) noexcept : state_(std::exchange(other.state_, nullptr)) {}
  StopOwner& operator=(StopOwner other) noexcept {
    std::swap(state_, other.state_);
    return *this;
  }
  ~StopOwner() {
    if (state_ != nullptr) state_->drop();
  }

  StopState* get() const noexcept { return state_; }
  friend bool operator==(const StopOwner&, const StopOwner&) = default;

 private:
  StopState* state_ = nullptr;
};

}  // namespace detail

/// std::stop_token. Asking whether a stop was requested is a scheduling point.
class stop_token {
 public:
  stop_token() noexcept = default;

  bool stop_requested() const { return state_.get() != nullptr && state_.get()->is_requested(); }
  /// True iff it comes from a source. Unlike in std, sources that are gone count.
  bool stop_possible() const noexcept { return state_.get() != nullptr; }
  void swap(stop_token& other) noexcept { std::swap(state_, other.state_); }
  friend bool operator==(const stop_token&, const stop_token&) = default;

 private:
  friend class stop_source;
  friend class condition_variable_any;
  template <class Callback>
  friend class stop_callback;
  explicit stop_token(detail::StopOwner state) noexcept : state_(std::move(state)) {}

  detail::StopOwner state_;
};

/// std::stop_source.
class stop_source {
 public:
  explicit stop_source(std::string_view name = {}) : state_(new detail::StopState(name)) {}
  explicit stop_source(nostopstate_t) noexcept {}

  stop_token get_token() const noexcept { return stop_token(state_); }
  bool stop_possible() const noexcept { return state_.get() != nullptr; }
  bool stop_requested() const { return state_.get() != nullptr && state_.get()->is_requested(); }
  bool request_stop() const { return state_.get() != nullptr && state_.get()->request(); }
  void swap(stop_source& other) noexcept { std::swap(state_, other.state_); }
  friend bool operator==(const stop_source&, const stop_source&) = default;

 private:
  detail::StopOwner state_;
};

/// std::stop_callback: called by the thread that requests the stop, or at once if a stop was requested before.
/// Destroying it waits until a call in another thread has returned.
template <class Callback>
class stop_callback : private detail::StopCallback {
 public:
  using callback_type = Callback;

  template <class C>
  requires std::constructible_from<Callback, C>
  explicit stop_callback(stop_token token, C&& callback)
      : StopCallback(call), callback_(std::forward<C>(callback)), state_(std::move(token.state_)) {
    if (state_.get() == nullptr || state_.get()->add(*this)) return;
    state_ = {};
    std::forward<Callback>(callback_)();
  }
  ~stop_callback() {
    if (state_.get() != nullptr) state_.get()->remove(*this);
  }

 private:
  static void call(StopCallback* self) { std::forward<Callback>(static_cast<stop_callback*>(self)->callback_)(); }

  Callback callback_;
  detail::StopOwner state_;  ///< None, if it is not kept there.
};

template <class Callback>
stop_callback(stop_token, Callback) -> stop_callback<Callback>;

}  // namespace sim
