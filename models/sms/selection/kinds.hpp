#pragma once

#include "sms/selection.hpp"

/// The selection functions, each made by its own file of this folder.
namespace models::sms {

std::unique_ptr<Selection> make_unsynchronised();
std::unique_ptr<Selection> make_critical_section();
std::unique_ptr<Selection> make_check_then_lock();
std::unique_ptr<Selection> make_recheck_inside();
std::unique_ptr<Selection> make_lock_released_early();
std::unique_ptr<Selection> make_lock_per_object();
std::unique_ptr<Selection> make_named_mutex();
std::unique_ptr<Selection> make_named_mutex_abandoned_is_error();
std::unique_ptr<Selection> make_exclusive_open_for_send();
std::unique_ptr<Selection> make_exclusive_open_for_claim();
std::unique_ptr<Selection> make_status_before_open();
std::unique_ptr<Selection> make_lock_file();
std::unique_ptr<Selection> make_rename_shared();
std::unique_ptr<Selection> make_rename_exclusive();
std::unique_ptr<Selection> make_memory_claim();
std::unique_ptr<Selection> make_lease();
std::unique_ptr<Selection> make_lease_fenced();
std::unique_ptr<Selection> make_checked_completion();
std::unique_ptr<Selection> make_lock_across_send();
std::unique_ptr<Selection> make_lock_order_reversed();
std::unique_ptr<Selection> make_strict_priority();
std::unique_ptr<Selection> make_aged_priority();

}  // namespace models::sms
