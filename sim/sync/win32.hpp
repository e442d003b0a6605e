#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "sync/win32_objects.hpp"  // IWYU pragma: export

/// The synchronisation of Win32, across simulated processes that can crash (sync/process.hpp): the semantics of the
/// documentation of WaitForMultipleObjects, CreateMutex and so on. Handles are objects: each opens one handle, for the
/// process of the thread that made it, and closes it at its end. A process that crashes closes its handles; the objects
/// here that it leaves behind are void. PulseEvent, alertable waits, and security attributes are not modelled.
namespace sim::win32 {

enum class wait_status : std::uint8_t {
  object,     ///< WAIT_OBJECT_0 + index.
  abandoned,  ///< WAIT_ABANDONED_0 + index: taken, but the mutex's last owner had ended without releasing it.
  timeout,    ///< WAIT_TIMEOUT
};

/// What a wait returns. `index` is that of the object which satisfied it; of all objects, where all were awaited, that
/// of the first abandoned mutex, else 0.
struct wait_result {
  wait_status status = wait_status::object;
  std::uint32_t index = 0;

  /// As the function of Win32 returns it.
  std::uint32_t code() const {
    return status == wait_status::timeout ? 0x102 : index + (status == wait_status::abandoned ? 0x80 : 0);
  }
  friend bool operator==(const wait_result&, const wait_result&) = default;
};

/// Virtual time after which a wait gives up, at least 0; nullopt: INFINITE.
using wait_time = std::optional<std::chrono::nanoseconds>;
inline constexpr std::nullopt_t infinite = std::nullopt;

/// Objects that one wait may name: MAXIMUM_WAIT_OBJECTS.
inline constexpr std::size_t maximum_wait_objects = 64;

/// A wait in progress, on the stack of the thread that waits.
struct waiting {
  std::uint64_t code;  ///< Tells what is awaited apart: see runtime::awaited_code.
  waitable* const* objects;
  std::uint32_t count;
  bool all;
  std::uint32_t me;

  static ObjectId id_of(const waitable& object) { return object.object().id(); }
  detail::KernelObject& operator[](std::uint32_t index) const { return objects[index]->object(); }

  static bool is_satisfied(const void* argument) {
    const auto& self = *static_cast<const waiting*>(argument);
    std::uint32_t signalled = 0;
    for (std::uint32_t index = 0; index < self.count; ++index) {
      if (self.count > 1) runtime::access(self[index].id(), AccessMode::read);
      signalled += self[index].is_signalled(self.me) ? 1 : 0;
    }
    return self.all ? signalled == self.count : signalled != 0;
  }
  // A wait that does not wait: it looks, and goes on anyway.
  static bool only_looks(const void* argument) {
    is_satisfied(argument);
    return true;
  }

  wait_result take_all() const {
    wait_result result;
    for (std::uint32_t index = count; index-- > 0;) {
      if (take(index)) result = {wait_status::abandoned, index};
    }
    return result;
  }
  wait_result take_first() const {
    std::uint32_t index = 0;
    while (index + 1 < count && !(*this)[index].is_signalled(me)) ++index;
    return {take(index) ? wait_status::abandoned : wait_status::object, index};
  }
  bool take(std::uint32_t index) const {
    detail::KernelObject& it = (*this)[index];
    if (count > 1) runtime::access(it.id(), it.mode_of_wait(me));
    return it.take(me);
  }

  wait_result finish(bool satisfied) const {
    const wait_result result = !satisfied ? wait_result{wait_status::timeout, 0} : all ? take_all() : take_first();
    runtime::set_value(result.code());
    if (runtime::recording()) show(result);
    return result;
  }
  [[gnu::noinline, gnu::cold]] void show(const wait_result& result) const {
    const std::string which = count > 1 && !all ? " " + std::to_string(result.index) : "";
    switch (result.status) {
      case wait_status::object:
        return runtime::set_text("-> taken" + which);
      case wait_status::abandoned:
        return runtime::set_text("-> abandoned" + which);
      case wait_status::timeout:
        return runtime::set_text("-> timed out");
    }
  }
};

/// Waits until the object is signalled, and takes it: a mutex becomes the caller's, an automatic event is reset, a
/// semaphore has one unit less. A signalled object is taken, however late; with a timeout of 0 the wait only looks.
[[gnu::noinline]] inline wait_result wait_for_single_object(waitable& object, wait_time timeout = infinite) {
  waitable* const only = &object;
  const waiting wait{0, &only, 1, false, runtime::this_thread() + 1};
  const detail::KernelObject& it = wait[0];
  const AccessMode mode = it.mode_of_wait(wait.me);
  constexpr auto kind = OperationKind::wait_single;
  if (!timeout) {
    runtime::announce_blocking_named(kind, it.id(), mode, waiting::is_satisfied, &wait, Synchronization::acquire);
    return wait.finish(true);
  }
  const std::int64_t nanoseconds = sim::detail::nanoseconds_in(*timeout);
  if (nanoseconds != 0) {
    return wait.finish(runtime::announce_timed(kind, it.id(), mode, waiting::is_satisfied, &wait, nanoseconds,
                                               Synchronization::acquire));
  }
  runtime::announce_named(kind, it.id(), mode, Synchronization::acquire);
  const bool satisfied = waiting::is_satisfied(&wait);
  if (!satisfied) runtime::set_mode(AccessMode::read);
  return wait.finish(satisfied);
}

/// Waits for one of 1 to 64 objects, and takes the first in order that is signalled; or, if `all`, until all of them
/// are signalled at once, and takes all: until then it takes none.
[[gnu::noinline]] inline wait_result wait_for_multiple_objects(std::span<waitable* const> objects, bool all,
                                                               wait_time timeout = infinite) {
  if (objects.empty() || objects.size() > maximum_wait_objects) {
    runtime::violate("kernel-object-misuse", "a wait names no object, or more than 64");
  }
  if (objects.size() == 1) return wait_for_single_object(*objects[0], timeout);
  Hash128 code = {all ? 1U : 0U, objects.size()};
  for (const waitable* object : objects) code = mix(code, waiting::id_of(*object));
  const waiting wait{code.low, objects.data(), static_cast<std::uint32_t>(objects.size()), all,
                     runtime::this_thread() + 1};
  constexpr auto kind = OperationKind::wait_multiple;
  const std::int64_t nanoseconds = timeout ? sim::detail::nanoseconds_in(*timeout) : -1;
  if (nanoseconds > 0) {
    return wait.finish(runtime::announce_timed(kind, no_object, AccessMode::none, waiting::is_satisfied, &wait,
                                               nanoseconds, Synchronization::acquire));
  }
  runtime::announce_blocking_named(kind, no_object, AccessMode::none,
                                   nanoseconds == 0 ? waiting::only_looks : waiting::is_satisfied, &wait,
                                   Synchronization::acquire);
  return wait.finish(nanoseconds < 0 || waiting::is_satisfied(&wait));
}

}  // namespace sim::win32
