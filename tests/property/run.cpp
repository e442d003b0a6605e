#include <chrono>
#include <functional>
#include <mutex>

#include "sim/sim.hpp"
#include "tests/property/files.hpp"
#include "tests/property/random_program.hpp"

namespace property {
namespace {

struct Objects {
  explicit Objects(const RandomProgram& program) : files(program.volumes, program.inline_serving) {}

#define PROPERTY_DECLARE(name, ...) __VA_ARGS__;
  PROPERTY_OBJECTS(PROPERTY_DECLARE)
#undef PROPERTY_DECLARE
  Files files;
};

struct Thread {
  int r = 0;
  sim::vfs::Handle file;
  sim::stop_token stop = {};
};

// Each operation has a function of its own, so that its locals are on the stack only while it runs. What a lambda
// captures there by reference are objects and instructions, which last.
using Function = bool (*)(Objects&, Thread&, const Instruction&);

#define PROPERTY_BIND(name, ...) [[maybe_unused]] auto& name = objects.name;
#define PROPERTY_PROLOGUE                          \
  PROPERTY_OBJECTS(PROPERTY_BIND)                  \
  [[maybe_unused]] auto& files = objects.files;    \
  [[maybe_unused]] auto& [r, file, stop] = thread; \
  [[maybe_unused]] const auto learn = [&](int result) { thread.r = absorb(thread.r, result); };

#define K (i.object)
#define V (i.value)
#define PROPERTY_STATEMENT(name, ...)                                                                         \
  [[gnu::noinline]] bool do_##name(Objects& objects, Thread& thread, [[maybe_unused]] const Instruction& i) { \
    PROPERTY_PROLOGUE                                                                                         \
    __VA_ARGS__;                                                                                              \
    return true;                                                                                              \
  }
#define PROPERTY_CONDITION(name, ...)                                                                         \
  [[gnu::noinline]] bool do_##name(Objects& objects, Thread& thread, [[maybe_unused]] const Instruction& i) { \
    PROPERTY_PROLOGUE                                                                                         \
    return __VA_ARGS__;                                                                                       \
  }
PROPERTY_OPERATIONS(PROPERTY_STATEMENT, PROPERTY_CONDITION)
#undef K
#undef V

#define PROPERTY_FUNCTION(name, ...) do_##name,
constexpr Function functions[] = {PROPERTY_OPERATIONS(PROPERTY_FUNCTION, PROPERTY_FUNCTION)};

void run_thread(Objects& objects, const Code& code, sim::stop_token stop, int number) {
  Thread thread;
  thread.stop = std::move(stop);
  for (std::size_t at = 0; at < code.size(); ++at) {
    const Instruction& i = code[at];
    if (!functions[static_cast<std::size_t>(i.op)](objects, thread, i)) at += static_cast<std::size_t>(i.guarded);
  }
  sim::observe("r" + std::to_string(number), thread.r);
}

}  // namespace

void run(const RandomProgram& program) {
  Objects objects(program);
  int number = 0;
  if (program.stoppable) {
    std::vector<sim::jthread> threads;
    for (const Code& code : program.threads) {
      threads.emplace_back([&objects, &code, number = ++number](sim::stop_token stop) {
        run_thread(objects, code, std::move(stop), number);
      });
    }
  } else {
    std::vector<sim::thread> threads;
    for (const Code& code : program.threads) {
      const auto body = [&objects, &code, number = ++number] { run_thread(objects, code, {}, number); };
      threads.push_back(program.processes ? objects.home[number % 2].start({}, body) : sim::thread(body));
    }
    for (sim::thread& thread : threads) thread.join();
  }
  for (int i = 0; i < atomics; ++i) {
    sim::observe("x" + std::to_string(i), static_cast<int>(objects.x[i].contents()));
  }
}

}  // namespace property
