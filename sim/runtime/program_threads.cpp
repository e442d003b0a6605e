// Threads and served objects, as the program sees them.
#include <cstdio>
#include <cstdlib>
#include <new>

#include "runtime/inside.hpp"
#include "runtime/program.hpp"
#include "runtime/world.hpp"

namespace sim::runtime {

// ---- threads ------------------------------------------------------------------------------------

ThreadId spawn(std::string_view name, void (*entry)(void* argument), void* argument) {
  return spawn_in(current_process(), name, entry, argument);
}

ThreadId spawn_in(ProcessId process, std::string_view name, void (*entry)(void* argument), void* argument) {
  if (!in_program()) {
    std::fprintf(stderr, "racewalk: a thread can only be created inside a program that is being explored\n");
    std::abort();
  }
  if ((world().core.crashed >> process & 1) != 0) {
    violate("process-misuse", "a thread is started in a process that has crashed; start it in a new one");
  }
  access(thread_table_object, AccessMode::write);
  if (process != current_process()) access(process_object(process), AccessMode::read);
  const ThreadId id = execution().create_thread(name, entry, argument, process);
  execution().record_at_once(OperationKind::thread_spawn, id);
  execution().forget_own_frames();
  return id;
}

void* allocate_for_next_thread(std::size_t size, std::size_t alignment) {
  begin_transition_behind_join();  // The thread's number depends on what others create meanwhile.
  const ThreadId next = world().core.thread_count;
  if (next == max_threads)
    violate("thread-limit", "the program creates more than 64 threads, which is all that there are");
  Arena::instance().open(next);
  execution().forget_own_frames();
  void* const memory = Arena::instance().allocate(next, size, alignment);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

void* allocate_for_unwinding(std::size_t size) {
  return Arena::instance().allocate(execution().current(), size);
}

namespace {
void join_or_refuse(std::uint32_t target) {
  if (!scheduled()) [[unlikely]] {
    if (acting()) violate("initial-state-misuse", "a thread is joined while the initial state is made");
    return;
  }
  Execution::existing().join(target);
  // Its invariants may end with it before its next event, and others can notice that. There they could no longer be
  // asked, since what they read may be gone: so the transition begins here.
  if (world().core.invariant_count != 0 && execution().has_invariants(execution().current()))
    begin_transition_behind_join();
}
}  // namespace

void join(ThreadId thread) {
  join_or_refuse(thread);
}

void join_all_others() {
  join_or_refuse(max_threads);
}

ThreadId this_thread() {
  return in_program() ? execution().current() : 0;
}

// ---- served objects -----------------------------------------------------------------------------

ServerId create_server(std::string_view name, const void* fingerprint) {
  if (!in_program()) return no_server;
  const ServerId id = execution().create_server(name, fingerprint);
  execution().forget_own_frames();
  return id;
}

void set_server_fingerprint(ServerId server, const void* fingerprint) {
  if (server != no_server) world().servers[server].fingerprint = static_cast<const Hash128*>(fingerprint);
}

void serve(ServerId server, void (*request)(void* argument), void* argument) {
  if (server == no_server || !in_program()) return request(argument);
  if (execution().evaluating()) return serve_inline(server, request, argument);
  execution().serve(server, request, argument);
}

void serve_inline(ServerId server, void (*request)(void* argument), void* argument) {
  if (server == no_server || !in_program()) return request(argument);
  const Slot heap = current_heap;
  current_heap = slot_of_server(server);
  request(argument);
  current_heap = heap;
}

}  // namespace sim::runtime

namespace sim {

void World::spawn(std::string_view name, std::function<void()> body) {
  void* const memory = runtime::allocate_for_next_thread(sizeof(std::function<void()>), alignof(std::function<void()>));
  auto* const closure = new (memory) std::function<void()>(std::move(body));
  runtime::spawn(
      name, [](void* argument) { (*static_cast<std::function<void()>*>(argument))(); }, closure);
}

}  // namespace sim
