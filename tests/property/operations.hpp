#pragma once

/// The objects and operations of random programs, as C++ that is both run and printed: PROPERTY_OBJECTS(OBJECT) calls
/// OBJECT(name, declaration) for each object, PROPERTY_OPERATIONS(STATEMENT, CONDITION) calls one of the two with a
/// name and code for each operation. K is the number of an object or a path, V a value. A condition decides whether the
/// instructions behind it are executed. `learn` puts a result into the thread's register r, `file` is the thread's
/// handle and `stop` its token.

// clang-format off

#define PROPERTY_OBJECTS(OBJECT)                                                                                       \
  OBJECT(x, sim::atomic<int> x[2])                                                                                     \
  OBJECT(plain, sim::shared<int> plain)                                                                                \
  OBJECT(ghost, sim::ghost<int> ghost)                                                                                 \
  OBJECT(m, sim::mutex m[2])                                                                                           \
  OBJECT(recursive, sim::recursive_mutex recursive)                                                                    \
  OBJECT(timed, sim::timed_mutex timed)                                                                                \
  OBJECT(both, sim::recursive_timed_mutex both)                                                                        \
  OBJECT(rw, sim::shared_mutex rw)                                                                                     \
  OBJECT(timed_rw, sim::shared_timed_mutex timed_rw)                                                                   \
  OBJECT(changed, sim::condition_variable changed)                                                                     \
  OBJECT(line, sim::condition_variable line{sim::fifo})                                                                \
  OBJECT(any, sim::condition_variable_any any)                                                                         \
  OBJECT(any_line, sim::condition_variable_any any_line{sim::fifo})                                                    \
  OBJECT(semaphore, sim::counting_semaphore<> semaphore{1})                                                            \
  OBJECT(binary, sim::binary_semaphore binary{1})                                                                      \
  OBJECT(latch, sim::latch latch{2})                                                                                   \
  OBJECT(barrier, sim::barrier<> barrier{2})                                                                           \
  OBJECT(completing, sim::barrier<std::function<void()>> completing{2, [&] { x[0].fetch_add(1); }})                    \
  OBJECT(channel, sim::channel<int> channel{1})                                                                        \
  OBJECT(wide, sim::channel<int> wide{2})                                                                              \
  OBJECT(source, sim::stop_source source)                                                                              \
  OBJECT(home, sim::process home[2])                                                                                   \
  OBJECT(section, sim::win32::critical_section section)                                                                \
  OBJECT(kernel_mutex, sim::win32::mutex kernel_mutex[2])                                                              \
  OBJECT(automatic, sim::win32::event automatic{sim::win32::auto_reset})                                               \
  OBJECT(manual, sim::win32::event manual{sim::win32::manual_reset})                                                   \
  OBJECT(units, sim::win32::semaphore units{1, 2})

#define PROPERTY_OPERATIONS(STATEMENT, CONDITION)                                                                      \
  /* Atomic and plain variables. */                                                                                    \
  STATEMENT(load, learn(x[K].load()))                                                                                  \
  STATEMENT(store, x[K].store(V))                                                                                      \
  STATEMENT(fetch_add, learn(x[K].fetch_add(V)))                                                                       \
  STATEMENT(exchange, learn(x[K].exchange(V)))                                                                         \
  STATEMENT(compare_exchange, int expected = V; x[K].compare_exchange_strong(expected, V + 1); learn(expected))        \
  CONDITION(swapped, [&] { int expected = V; return x[K].compare_exchange_weak(expected, V + 1); }())                  \
  CONDITION(equals, x[K].load() == V)                                                                                  \
  STATEMENT(store_add, x[K].store_add(V))                                                                              \
  STATEMENT(store_or, x[K].store_or(V))                                                                                \
  STATEMENT(load_relaxed, learn(x[K].load(std::memory_order_relaxed)))                                                 \
  STATEMENT(store_relaxed, x[K].store(V, std::memory_order_relaxed))                                                   \
  STATEMENT(await_at_least, sim::await([&] { return x[K].load() >= V; }))                                              \
  STATEMENT(await_sum, sim::await([&] { return x[0].load() + x[1].load() >= V; }))                                     \
  STATEMENT(plain_load, learn(plain.load()))                                                                           \
  STATEMENT(plain_store, plain.store(V))                                                                               \
  STATEMENT(ghost_change, ghost.change([&](int& value) { value = 2 * value + V; }))                                    \
  STATEMENT(ghost_get, learn(ghost.get()))                                                                             \
  /* Mutexes. */                                                                                                       \
  STATEMENT(lock, m[K].lock())                                                                                         \
  STATEMENT(unlock, m[K].unlock())                                                                                     \
  CONDITION(try_lock, m[K].try_lock())                                                                                 \
  STATEMENT(recursive_lock, recursive.lock())                                                                          \
  STATEMENT(recursive_unlock, recursive.unlock())                                                                      \
  CONDITION(recursive_try_lock, recursive.try_lock())                                                                  \
  STATEMENT(timed_lock, timed.lock())                                                                                  \
  STATEMENT(timed_unlock, timed.unlock())                                                                              \
  CONDITION(timed_try_lock, timed.try_lock())                                                                          \
  CONDITION(timed_try_lock_for, timed.try_lock_for(std::chrono::milliseconds(V)))                                      \
  STATEMENT(both_lock, both.lock())                                                                                    \
  STATEMENT(both_unlock, both.unlock())                                                                                \
  CONDITION(both_try_lock_for, both.try_lock_for(std::chrono::milliseconds(V)))                                        \
  STATEMENT(rw_lock, rw.lock())                                                                                        \
  STATEMENT(rw_unlock, rw.unlock())                                                                                    \
  STATEMENT(rw_lock_shared, rw.lock_shared())                                                                          \
  STATEMENT(rw_unlock_shared, rw.unlock_shared())                                                                      \
  CONDITION(rw_try_lock, rw.try_lock())                                                                                \
  CONDITION(rw_try_lock_shared, rw.try_lock_shared())                                                                  \
  STATEMENT(timed_rw_unlock, timed_rw.unlock())                                                                        \
  STATEMENT(timed_rw_unlock_shared, timed_rw.unlock_shared())                                                          \
  CONDITION(timed_rw_try_lock_for, timed_rw.try_lock_for(std::chrono::milliseconds(V)))                                \
  CONDITION(timed_rw_try_lock_shared_for, timed_rw.try_lock_shared_for(std::chrono::milliseconds(V)))                  \
  /* Conditions: the thread holds m[0]; for condition_variable_any, m[K] or the recursive mutex. */                    \
  STATEMENT(wait, std::unique_lock lock(m[0], std::adopt_lock); changed.wait(lock); lock.release())                    \
  STATEMENT(wait_for, std::unique_lock lock(m[0], std::adopt_lock);                                                    \
            learn(changed.wait_for(lock, std::chrono::milliseconds(V)) == std::cv_status::timeout); lock.release())    \
  STATEMENT(wait_at_least, std::unique_lock lock(m[0], std::adopt_lock);                                               \
            changed.wait(lock, [&] { return x[K].load() >= V; }); lock.release())                                      \
  STATEMENT(wait_at_least_for, std::unique_lock lock(m[0], std::adopt_lock);                                           \
            learn(changed.wait_for(lock, std::chrono::milliseconds(V), [&] { return x[K].load() >= V; }));             \
            lock.release())                                                                                            \
  STATEMENT(notify_one, changed.notify_one())                                                                          \
  STATEMENT(notify_all, changed.notify_all())                                                                          \
  STATEMENT(line_wait, std::unique_lock lock(m[0], std::adopt_lock); line.wait(lock); lock.release())                  \
  STATEMENT(line_wait_for, std::unique_lock lock(m[0], std::adopt_lock);                                               \
            learn(line.wait_for(lock, std::chrono::milliseconds(V)) == std::cv_status::timeout); lock.release())       \
  STATEMENT(line_notify_one, line.notify_one())                                                                        \
  STATEMENT(line_notify_all, line.notify_all())                                                                        \
  STATEMENT(any_wait, any.wait(m[K]))                                                                                  \
  STATEMENT(any_wait_recursive, any.wait(recursive))                                                                   \
  STATEMENT(any_wait_for, learn(any.wait_for(m[K], std::chrono::milliseconds(V)) == std::cv_status::timeout))          \
  STATEMENT(any_wait_stop, learn(any.wait(m[K], source.get_token(), [&] { return x[0].load() >= V; })))                \
  STATEMENT(any_wait_for_stop,                                                                                         \
            learn(any.wait_for(m[K], source.get_token(), std::chrono::milliseconds(V), [&] { return x[0].load() > V; }))) \
  STATEMENT(any_notify_one, any.notify_one())                                                                          \
  STATEMENT(any_notify_all, any.notify_all())                                                                          \
  STATEMENT(any_line_wait, any_line.wait(m[K]))                                                                        \
  STATEMENT(any_line_notify_one, any_line.notify_one())                                                                \
  /* Semaphores, latches, barriers. */                                                                                 \
  STATEMENT(acquire, semaphore.acquire())                                                                              \
  STATEMENT(try_acquire, learn(semaphore.try_acquire()))                                                               \
  STATEMENT(try_acquire_for, learn(semaphore.try_acquire_for(std::chrono::milliseconds(V))))                           \
  STATEMENT(release, semaphore.release())                                                                              \
  STATEMENT(release_two, semaphore.release(2))                                                                         \
  STATEMENT(binary_acquire, binary.acquire())                                                                          \
  STATEMENT(binary_try_acquire, learn(binary.try_acquire()))                                                           \
  STATEMENT(binary_try_acquire_for, learn(binary.try_acquire_for(std::chrono::milliseconds(V))))                       \
  STATEMENT(binary_release, binary.release())                                                                          \
  STATEMENT(latch_count_down, latch.count_down())                                                                      \
  STATEMENT(latch_try_wait, learn(latch.try_wait()))                                                                   \
  STATEMENT(latch_wait, latch.wait())                                                                                  \
  STATEMENT(latch_arrive_and_wait, latch.arrive_and_wait())                                                            \
  STATEMENT(barrier_arrive, static_cast<void>(barrier.arrive()))                                                       \
  STATEMENT(barrier_arrive_and_wait, barrier.arrive_and_wait())                                                        \
  STATEMENT(barrier_arrive_then_wait, auto phase = barrier.arrive(); learn(x[K].load()); barrier.wait(std::move(phase))) \
  STATEMENT(barrier_drop, barrier.arrive_and_drop())                                                                   \
  STATEMENT(completing_arrive_and_wait, completing.arrive_and_wait())                                                  \
  STATEMENT(completing_drop, completing.arrive_and_drop())                                                             \
  /* Channels. */                                                                                                      \
  STATEMENT(send, channel.send(V))                                                                                     \
  STATEMENT(receive, learn(channel.receive().value_or(900)))                                                           \
  STATEMENT(try_send, learn(channel.try_send(V)))                                                                      \
  STATEMENT(try_receive, learn(channel.try_receive().value_or(900)))                                                   \
  STATEMENT(close, channel.close())                                                                                    \
  STATEMENT(wide_send, wide.send(V))                                                                                   \
  STATEMENT(wide_receive, learn(wide.receive().value_or(900)))                                                         \
  STATEMENT(wide_try_send, learn(wide.try_send(V)))                                                                    \
  STATEMENT(wide_try_receive, learn(wide.try_receive().value_or(900)))                                                 \
  STATEMENT(wide_close, wide.close())                                                                                  \
  /* Stopping and threads. */                                                                                          \
  STATEMENT(request_stop, learn(source.request_stop()))                                                                \
  STATEMENT(stop_requested, learn(source.get_token().stop_requested()))                                                \
  STATEMENT(stop_callback, const sim::stop_callback callback(source.get_token(), [&] { x[K].fetch_add(1); });          \
            learn(x[1 - K].load()))                                                                                    \
  STATEMENT(own_stop_requested, learn(stop.stop_requested()))                                                          \
  STATEMENT(nested_thread, sim::thread inner([&] { x[K].store(V); }); learn(x[1 - K].load()); inner.join())            \
  STATEMENT(nested_thread_and_point, sim::thread inner([&] { x[K].store(V); }); learn(x[1 - K].load()); inner.join();  \
            sim::this_thread::yield())                                                                                 \
  STATEMENT(nested_jthread, {                                                                                          \
              const sim::jthread inner([&](sim::stop_token token) {                                                    \
                if (token.stop_requested()) x[K].store(V);                                                             \
              });                                                                                                      \
            } sim::this_thread::yield())                                                                               \
  /* Time, choices, statements about the program. */                                                                   \
  STATEMENT(yield, sim::this_thread::yield())                                                                          \
  STATEMENT(sleep, sim::this_thread::sleep_for(std::chrono::milliseconds(V)))                                          \
  STATEMENT(look_at_time, learn(static_cast<int>(sim::virtual_time() / std::chrono::milliseconds(1))))                 \
  STATEMENT(choose, learn(static_cast<int>(sim::choose(V))))                                                           \
  STATEMENT(check_not, sim::check(r % 5 != V, "check-" + std::to_string(V)))                                           \
  STATEMENT(expect_not, sim::expect(r % 5 != V, "expect-" + std::to_string(V)))                                        \
  STATEMENT(assume_not, sim::assume(r % 5 != V))                                                                       \
  STATEMENT(invariant_sum, sim::invariant("sum", [&] { return x[0].load() + x[1].load() != V; }))                      \
  STATEMENT(invariant_one, sim::invariant("one", [&] { return x[K].load() != V; }))                                    \
  /* Processes and Win32. */                                                                                           \
  STATEMENT(crash_process, home[K].crash())                                                                            \
  STATEMENT(crash_thread, sim::crash_thread(static_cast<sim::ThreadId>(1 + K)))                                        \
  STATEMENT(see_crash, learn(home[K].crashed()))                                                                       \
  STATEMENT(enter, section.enter())                                                                                    \
  CONDITION(try_enter, section.try_enter())                                                                            \
  STATEMENT(leave, section.leave())                                                                                    \
  STATEMENT(mutex_wait, learn(static_cast<int>(sim::win32::wait_for_single_object(kernel_mutex[K]).code())))           \
  STATEMENT(mutex_wait_for,                                                                                            \
            learn(static_cast<int>(                                                                                    \
                sim::win32::wait_for_single_object(kernel_mutex[K], std::chrono::milliseconds(V)).code())))            \
  STATEMENT(mutex_release, learn(static_cast<int>(kernel_mutex[K].release())))                                         \
  STATEMENT(event_wait, learn(static_cast<int>(sim::win32::wait_for_single_object(automatic).code())))                 \
  STATEMENT(event_wait_for,                                                                                            \
            learn(static_cast<int>(                                                                                    \
                sim::win32::wait_for_single_object(automatic, std::chrono::milliseconds(V)).code())))                  \
  STATEMENT(manual_wait, learn(static_cast<int>(sim::win32::wait_for_single_object(manual).code())))                   \
  STATEMENT(event_set, automatic.set())                                                                                \
  STATEMENT(event_reset, automatic.reset())                                                                            \
  STATEMENT(manual_set, manual.set())                                                                                  \
  STATEMENT(manual_reset, manual.reset())                                                                              \
  STATEMENT(units_wait, learn(static_cast<int>(sim::win32::wait_for_single_object(units).code())))                     \
  STATEMENT(units_release, learn(static_cast<int>(units.release())))                                                   \
  STATEMENT(any_wait_of_three, sim::win32::waitable* const all[] = {&manual, &kernel_mutex[K], &units};                \
            learn(static_cast<int>(sim::win32::wait_for_multiple_objects(all, false).code())))                         \
  STATEMENT(all_wait_of_two, sim::win32::waitable* const all[] = {&kernel_mutex[K], &automatic};                       \
            learn(static_cast<int>(sim::win32::wait_for_multiple_objects(all, true).code())))                          \
  STATEMENT(all_wait_of_two_for, sim::win32::waitable* const all[] = {&kernel_mutex[0], &kernel_mutex[1]};             \
            learn(static_cast<int>(                                                                                    \
                sim::win32::wait_for_multiple_objects(all, true, std::chrono::milliseconds(V)).code())))               \
  STATEMENT(named, sim::win32::named_mutex named("n"); learn(named.already_existed());                                 \
            learn(static_cast<int>(sim::win32::wait_for_single_object(named).code()));                                 \
            learn(static_cast<int>(named.release())))                                                                  \
  /* Files. */                                                                                                         \
  CONDITION(file_open, files.open(file, K, V))                                                                         \
  STATEMENT(file_read, learn(files.read(file)))                                                                        \
  STATEMENT(file_write, learn(files.write(file, V)))                                                                   \
  STATEMENT(file_set_end, learn(files.set_end(file, V)))                                                               \
  STATEMENT(file_close, learn(files.close(file)))                                                                      \
  STATEMENT(file_rename_open, learn(files.rename(file, K)))                                                            \
  STATEMENT(file_remove, learn(files.remove(K)))                                                                       \
  STATEMENT(file_move, learn(files.move(K, V)))                                                                        \
  STATEMENT(file_attributes, learn(files.attributes(K)))                                                               \
  STATEMENT(file_set_read_only, learn(files.set_read_only(K, V)))                                                      \
  STATEMENT(file_names, learn(files.names()))                                                                          \
  STATEMENT(file_make_directory, learn(files.make_directory(K)))                                                       \
  STATEMENT(file_remove_directory, learn(files.remove_directory(K)))

// clang-format on
