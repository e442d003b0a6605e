#include "event/operation.hpp"

#include <array>

namespace sim {
namespace {

// In the order of the enumerators.
constexpr std::array<std::string_view, operation_kind_count> names = {"none",
                                                                      "thread_spawn",
                                                                      "thread_start",
                                                                      "thread_exit",
                                                                      "thread_join",
                                                                      "thread_yield",
                                                                      "thread_sleep",
                                                                      "await",
                                                                      "plain_read",
                                                                      "plain_write",
                                                                      "atomic_load",
                                                                      "atomic_store",
                                                                      "atomic_rmw",
                                                                      "atomic_cas",
                                                                      "atomic_add",
                                                                      "mutex_lock",
                                                                      "mutex_relock",
                                                                      "mutex_try_lock",
                                                                      "mutex_unlock",
                                                                      "mutex_lock_shared",
                                                                      "mutex_try_lock_shared",
                                                                      "mutex_unlock_shared",
                                                                      "mutex_try_lock_for",
                                                                      "mutex_try_lock_shared_for",
                                                                      "condition_wait",
                                                                      "condition_wake",
                                                                      "condition_notify_one",
                                                                      "condition_notify_all",
                                                                      "channel_send",
                                                                      "channel_receive",
                                                                      "channel_try_send",
                                                                      "channel_try_receive",
                                                                      "channel_close",
                                                                      "semaphore_acquire",
                                                                      "semaphore_try_acquire",
                                                                      "semaphore_try_acquire_for",
                                                                      "semaphore_release",
                                                                      "latch_count_down",
                                                                      "latch_try_wait",
                                                                      "latch_wait",
                                                                      "barrier_arrive",
                                                                      "barrier_drop",
                                                                      "barrier_complete",
                                                                      "barrier_wait",
                                                                      "process_crash",
                                                                      "thread_crash",
                                                                      "process_wait",
                                                                      "object_create",
                                                                      "object_open",
                                                                      "object_close",
                                                                      "wait_single",
                                                                      "wait_multiple",
                                                                      "mutex_release",
                                                                      "event_set",
                                                                      "event_reset",
                                                                      "stop_request",
                                                                      "stop_requested",
                                                                      "stop_callback_add",
                                                                      "stop_callback_end",
                                                                      "stop_callback_remove",
                                                                      "file_open",
                                                                      "file_read",
                                                                      "file_write",
                                                                      "file_set_end",
                                                                      "file_close",
                                                                      "file_delete",
                                                                      "file_move",
                                                                      "file_attributes",
                                                                      "file_set_attributes",
                                                                      "directory_create",
                                                                      "directory_remove",
                                                                      "find_first",
                                                                      "find_next",
                                                                      "file_lock",
                                                                      "file_unlock",
                                                                      "file_flush",
                                                                      "watch_open",
                                                                      "watch_read",
                                                                      "handles_close",
                                                                      "session_reap",
                                                                      "network_change",
                                                                      "power_loss",
                                                                      "choice"};
static_assert(!names.back().empty());

}  // namespace

std::string_view to_text(OperationKind kind) {
  return names[static_cast<std::size_t>(kind)];
}

std::optional<OperationKind> operation_kind_from_text(std::string_view text) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == text) return static_cast<OperationKind>(i);
  }
  return std::nullopt;
}

}  // namespace sim
