#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/ids.hpp"

namespace sim {

/// What a transition does to a shared object. Spelled the same in traces, scenario files and diagrams.
enum class OperationKind : std::uint8_t {
  none,
  // Not scheduling points: they order events, and execute at once.
  thread_spawn,
  thread_start,
  thread_exit,
  thread_join,
  // Scheduling points.
  thread_yield,
  thread_sleep,
  await,
  plain_read,
  plain_write,
  atomic_load,
  atomic_store,
  atomic_rmw,
  atomic_cas,
  atomic_add,  // atomic_add: result unused, commutes with itself
  mutex_lock,
  mutex_relock,  // By the thread that holds it.
  mutex_try_lock,
  mutex_unlock,
  mutex_lock_shared,
  mutex_try_lock_shared,
  mutex_unlock_shared,
  mutex_try_lock_for,
  mutex_try_lock_shared_for,
  condition_wait,
  condition_wake,
  condition_notify_one,
  condition_notify_all,
  channel_send,
  channel_receive,
  channel_try_send,
  channel_try_receive,
  channel_close,
  semaphore_acquire,
  semaphore_try_acquire,
  semaphore_try_acquire_for,
  semaphore_release,
  latch_count_down,
  latch_try_wait,
  latch_wait,
  barrier_arrive,
  barrier_drop,
  barrier_complete,  // Behind the completion function: the phase ends.
  barrier_wait,
  // Of processes: sync/process.hpp.
  process_crash,
  thread_crash,
  process_wait,
  // Of Win32: sync/win32.hpp.
  object_create,
  object_open,
  object_close,
  wait_single,
  wait_multiple,
  mutex_release,
  event_set,
  event_reset,
  stop_request,
  stop_requested,
  stop_callback_add,
  stop_callback_end,  // It was called, and returned.
  stop_callback_remove,
  file_open,
  file_read,
  file_write,
  file_set_end,
  file_close,
  file_delete,
  file_move,
  file_attributes,
  file_set_attributes,
  directory_create,
  directory_remove,
  find_first,
  find_next,
  file_lock,
  file_unlock,
  file_flush,
  watch_open,
  watch_read,
  handles_close,  // All of a thread that is no more.
  session_reap,   // The server closes what a dropped session left open.
  network_change,
  power_loss,
  // Nondeterminism other than scheduling.
  choice,
};
inline constexpr std::uint8_t operation_kind_count = static_cast<std::uint8_t>(OperationKind::choice) + 1;

/// "atomic_load" and so on.
std::string_view to_text(OperationKind kind);
std::optional<OperationKind> operation_kind_from_text(std::string_view text);

/// True for what is executed at once, without a choice of thread.
constexpr bool executes_at_once(OperationKind kind) {
  return kind <= OperationKind::thread_join || kind == OperationKind::choice;
}

/// True for what ends threads where they stand.
constexpr bool is_crash(OperationKind kind) {
  return kind == OperationKind::process_crash || kind == OperationKind::thread_crash;
}
/// True for what waits until a condition over several objects holds, and touches what that reads.
constexpr bool awaits_objects(OperationKind kind) {
  return kind == OperationKind::await || kind == OperationKind::wait_multiple;
}

/// True iff what the operation touches is what its kind says, whenever it executes.
constexpr bool is_predictable(OperationKind kind) {
  switch (kind) {
    case OperationKind::thread_yield:
    case OperationKind::plain_read:
    case OperationKind::plain_write:
    case OperationKind::atomic_load:
    case OperationKind::atomic_store:
    case OperationKind::atomic_rmw:
    case OperationKind::atomic_add:
    case OperationKind::mutex_unlock:
      return true;
    default:
      return false;
  }
}

/// The visible action a thread takes when it is next scheduled.
struct Operation {
  OperationKind kind = OperationKind::none;
  ObjectId object = no_object;

  friend bool operator==(const Operation&, const Operation&) = default;
};

}  // namespace sim
