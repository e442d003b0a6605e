#include <algorithm>

#include "tests/property/generator.hpp"

namespace property {
namespace {

using enum Op;

Code one(Op op) {
  return {{op, drawn, drawn}};
}

std::vector<Code> each(std::initializer_list<Op> operations) {
  std::vector<Code> all;
  for (const Op op : operations) all.push_back(one(op));
  return all;
}

template <class T>
std::vector<T> operator+(std::vector<T> front, const std::vector<T>& back) {
  front.insert(front.end(), back.begin(), back.end());
  return front;
}

Section section(Op before, Op after) {
  return {one(before), one(after)};
}

// Of a mutex, which both name alike.
Code of(int mutex, std::initializer_list<Op> operations) {
  Code all;
  for (const Op op : operations) all.push_back({op, mutex, drawn});
  return all;
}
Section section_of(int mutex, Op before, Op after) {
  return {of(mutex, {before}), of(mutex, {after})};
}

const std::vector<Code>& variables() {
  static const std::vector<Code> all = each({load, store, fetch_add, exchange, compare_exchange, swapped, equals,
                                             store_add, store_or, await_at_least, await_sum});
  return all;
}

Theme make_basic() {
  return {
      "basic",
      each({load,        store,      fetch_add, exchange,    compare_exchange, await_at_least, plain_load, plain_store,
            notify_one,  notify_all, acquire,   try_acquire, release,          send,           receive,    try_send,
            try_receive, close,      yield,     sleep,       choose,           check_not}) +
          std::vector<Code>{{{lock, 0, 0}, {wait, 0, 0}, {unlock, 0, 0}},
                            {{lock, 0, 0}, {notify_one, 0, 0}, {unlock, 0, 0}},
                            {{lock, drawn, 0}, {lock, other, 0}, {unlock, other, 0}, {unlock, drawn, 0}},
                            {{lock, drawn, 0}, {plain_load, 0, 0}, {unlock, drawn, 0}}},
      {section(lock, unlock), section(try_lock, unlock)}};
}

Theme variable_theme() {
  return {"variables",
          variables() + each({plain_load, plain_store, load_relaxed, store_relaxed, ghost_change, ghost_get, yield,
                              choose, check_not, expect_not, assume_not, invariant_sum, invariant_one}),
          {section(lock, unlock), {one(equals), {}}, {one(swapped), {}}},
          2,
          5};
}

// Where wrong variants of optimal DPOR lost traces: ALGORITHMS.md, section 1.
Theme exchange_and_lock_theme() {
  return {"compare-exchange and locks",
          each({compare_exchange, compare_exchange, swapped, load, store}),
          {section(lock, unlock), section(lock, unlock), section(try_lock, unlock), {one(swapped), {}}},
          3,
          5,
          5};
}

Theme mutex_theme() {
  return {"mutexes",
          each({load, store_add, compare_exchange, plain_load, plain_store}),
          {section(lock, unlock),
           section(try_lock, unlock),
           section(recursive_lock, recursive_unlock),
           section(recursive_try_lock, recursive_unlock),
           section(timed_lock, timed_unlock),
           section(timed_try_lock, timed_unlock),
           section(timed_try_lock_for, timed_unlock),
           section(both_lock, both_unlock),
           section(both_try_lock_for, both_unlock),
           section(rw_lock, rw_unlock),
           section(rw_lock_shared, rw_unlock_shared),
           section(rw_try_lock, rw_unlock),
           section(rw_try_lock_shared, rw_unlock_shared),
           section(timed_rw_try_lock_for, timed_rw_unlock),
           section(timed_rw_try_lock_shared_for, timed_rw_unlock_shared),
           {of(0, {recursive_lock, recursive_lock}), of(0, {recursive_unlock, recursive_unlock})},
           {of(drawn, {lock}) + of(other, {lock}), of(other, {unlock}) + of(drawn, {unlock})}},
          2,
          5,
          2};
}

Theme shared_mutex_theme() {
  return {"shared mutexes",
          each({load, store, plain_load}),
          {section(rw_lock, rw_unlock), section(rw_lock_shared, rw_unlock_shared), section(rw_try_lock, rw_unlock),
           section(rw_try_lock_shared, rw_unlock_shared), section(timed_rw_try_lock_for, timed_rw_unlock),
           section(timed_rw_try_lock_shared_for, timed_rw_unlock_shared)},
          3,
          5};
}

Theme condition_theme() {
  return {"conditions",
          each({load, store, notify_one, notify_all, line_notify_one, line_notify_all}),
          {section_of(0, lock, unlock),
           {of(0, {lock, wait}), of(0, {unlock})},
           {of(0, {lock, wait_for}), of(0, {unlock})},
           {{{lock, 0, 0}, {wait_at_least, drawn, drawn}}, of(0, {unlock})},
           {{{lock, 0, 0}, {wait_at_least_for, drawn, drawn}}, of(0, {unlock})},
           {of(0, {lock, line_wait}), of(0, {unlock})},
           {of(0, {lock, line_wait_for}), of(0, {unlock})},
           {of(0, {lock, notify_one}), of(0, {unlock})},
           {of(0, {try_lock, wait}), of(0, {unlock})}},
          2,
          5,
          2};
}

Theme any_condition_theme() {
  return {"conditions with any lock",
          each({load, store, any_notify_one, any_notify_all, any_line_notify_one, request_stop, notify_all}),
          {section(lock, unlock),
           {of(drawn, {lock, any_wait}), of(drawn, {unlock})},
           {of(drawn, {lock, any_wait_for}), of(drawn, {unlock})},
           {of(drawn, {lock, any_wait_stop}), of(drawn, {unlock})},
           {of(drawn, {lock, any_wait_for_stop}), of(drawn, {unlock})},
           {of(drawn, {lock, any_line_wait}), of(drawn, {unlock})},
           {of(0, {recursive_lock, any_wait_recursive}), of(0, {recursive_unlock})}},
          2,
          4,
          2};
}

Theme counting_theme() {
  return {"semaphores, latches and barriers",
          each({load,
                store_add,
                acquire,
                try_acquire,
                try_acquire_for,
                release,
                release_two,
                binary_acquire,
                binary_try_acquire,
                binary_try_acquire_for,
                binary_release,
                latch_count_down,
                latch_try_wait,
                latch_wait,
                latch_arrive_and_wait,
                barrier_arrive,
                barrier_arrive_and_wait,
                barrier_arrive_then_wait,
                barrier_drop,
                completing_arrive_and_wait,
                completing_drop,
                plain_load}),
          {section(acquire, release), section(binary_acquire, binary_release)},
          2,
          5,
          2};
}

Theme channel_theme() {
  return {"channels",
          each({load, store, send, receive, try_send, try_receive, close, wide_send, wide_receive, wide_try_send,
                wide_try_receive, wide_close, send, receive}),
          {section(send, receive)},
          2,
          5};
}

Theme stop_theme() {
  return {"stopping and threads",
          each({load, store, request_stop, stop_requested, stop_callback, own_stop_requested, nested_thread,
                nested_thread_and_point, nested_jthread, any_notify_all}),
          {{of(drawn, {lock, any_wait_stop}), of(drawn, {unlock})}},
          2,
          4};
}

Theme time_theme() {
  return {"time",
          each({load, store, compare_exchange, sleep, sleep, look_at_time, try_acquire_for, release,
                binary_try_acquire_for, binary_release, notify_one, await_at_least, choose, send, try_receive}),
          {section(timed_try_lock_for, timed_unlock),
           section(both_try_lock_for, both_unlock),
           section(timed_lock, timed_unlock),
           section(timed_rw_try_lock_for, timed_rw_unlock),
           section(timed_rw_try_lock_shared_for, timed_rw_unlock_shared),
           {of(0, {lock, wait_for}), of(0, {unlock})},
           {of(drawn, {lock, any_wait_for}), of(drawn, {unlock})}},
          2,
          4,
          2};
}

Theme file_theme() {
  return {"files",
          each({file_remove, file_move, file_attributes, file_set_read_only, file_names, file_make_directory,
                file_remove_directory, file_open, file_write, file_read, load, store}),
          {section(file_open, file_close),
           {one(file_open) + one(file_write), one(file_close)},
           {one(file_open) + one(file_read), one(file_close)},
           {one(file_open) + one(file_rename_open), {}},
           {one(file_open) + one(file_set_end), one(file_close)}},
          2,
          4,
          2};
}

Theme crash_theme() {
  return {"crashes",
          each({load, store, store_add, plain_load, crash_process, crash_process, crash_thread, see_crash, notify_one,
                await_at_least, sleep, nested_thread, try_acquire_for, release}),
          {section(lock, unlock),
           section(mutex_wait, mutex_release),
           {of(0, {lock, wait}), of(0, {unlock})},
           {of(0, {lock, wait_for}), of(0, {unlock})}},
          2,
          4,
          2};
}

Theme win32_theme() {
  return {"win32",
          each({load, store, crash_process, crash_thread, event_wait, event_wait_for, manual_wait, event_set,
                event_reset, manual_set, manual_reset, units_wait, units_release, any_wait_of_three, all_wait_of_two,
                all_wait_of_two_for, mutex_release, named}),
          {section(enter, leave), section(try_enter, leave), section(mutex_wait, mutex_release),
           section(mutex_wait_for, mutex_release)},
          2,
          4,
          2};
}

// Whatever there is, at random.
Theme mixed_theme(const std::vector<Theme>& all) {
  Theme mixed{"everything", {}, {}, 2, 4, 2};
  for (const Theme& theme : all) {
    mixed.phrases = mixed.phrases + theme.phrases;
    mixed.sections = mixed.sections + theme.sections;
  }
  return mixed;
}

}  // namespace

const Theme& basic_theme() {
  static const Theme theme = make_basic();
  return theme;
}

std::span<const Theme> themes() {
  static const std::vector<Theme> all = [] {
    std::vector<Theme> list = {basic_theme(),         variable_theme(),     exchange_and_lock_theme(),
                               mutex_theme(),         shared_mutex_theme(), condition_theme(),
                               any_condition_theme(), counting_theme(),     channel_theme(),
                               stop_theme(),          time_theme(),         file_theme(),
                               crash_theme(),         win32_theme()};
    list.push_back(mixed_theme(list));
    return list;
  }();
  return all;
}

}  // namespace property
