#include <chrono>
#include <ostream>

#include "sim/sim.hpp"
#include "tests/property/random_program.hpp"

namespace property {
namespace {

struct Objects {
  sim::atomic<int> x[atomics];
  sim::shared<int> p[plains];
  sim::mutex m[mutexes];
  sim::condition_variable changed;
  sim::counting_semaphore<> semaphore{initial_semaphore};
  sim::channel<int> channel{capacity};
};

class Interpreter {
 public:
  Interpreter(Objects& objects, const Code& code, int me) : objects_(objects), code_(code), me_(me) {}

  void run() {
    for (std::size_t at = 0; at < code_.size(); ++at) {
      const Instruction& i = code_[at];
      if (i.op == Op::try_lock_or_skip) {
        if (!objects_.m[i.object].try_lock()) at += static_cast<std::size_t>(i.value);
      } else {
        memory(i);
        locking(i);
        queueing(i);
      }
    }
    sim::observe("r" + std::to_string(me_), r_);
  }

 private:
  void learn(int result) { r_ = absorb(r_, result); }

  void memory(const Instruction& i) {
    switch (i.op) {
      case Op::load:
        return learn(objects_.x[i.object].load());
      case Op::store:
        return objects_.x[i.object].store(i.value);
      case Op::fetch_add:
        return learn(objects_.x[i.object].fetch_add(i.value));
      case Op::exchange:
        return learn(objects_.x[i.object].exchange(i.value));
      case Op::compare_exchange: {
        int expected = i.value;
        objects_.x[i.object].compare_exchange_strong(expected, i.value + 1);
        return learn(expected);
      }
      case Op::await_at_least:
        return sim::await([&] { return objects_.x[i.object].load() >= i.value; });
      case Op::plain_load:
        return learn(objects_.p[i.object].load());
      case Op::plain_store:
        return objects_.p[i.object].store(i.value);
      default:
        return;
    }
  }

  void locking(const Instruction& i) {
    switch (i.op) {
      case Op::lock:
        return objects_.m[i.object].lock();
      case Op::unlock:
        return objects_.m[i.object].unlock();
      case Op::wait: {  // Covers the `wake` behind it.
        std::unique_lock lock(objects_.m[0], std::adopt_lock);
        objects_.changed.wait(lock);
        lock.release();
        return;
      }
      case Op::notify_one:
        return objects_.changed.notify_one();
      case Op::notify_all:
        return objects_.changed.notify_all();
      case Op::acquire:
        return objects_.semaphore.acquire();
      case Op::try_acquire:
        return learn(objects_.semaphore.try_acquire() ? 1 : 0);
      case Op::release:
        return objects_.semaphore.release();
      default:
        return;
    }
  }

  void queueing(const Instruction& i) {
    switch (i.op) {
      case Op::send:
        return objects_.channel.send(i.value);
      case Op::receive:
        return learn(objects_.channel.receive().value_or(900));
      case Op::try_send:
        return learn(objects_.channel.try_send(i.value) ? 1 : 0);
      case Op::try_receive:
        return learn(objects_.channel.try_receive().value_or(900));
      case Op::close:
        return objects_.channel.close();
      case Op::yield:
        return sim::this_thread::yield();
      case Op::sleep:
        return sim::this_thread::sleep_for(std::chrono::milliseconds(i.value));
      case Op::choose:
        return learn(static_cast<int>(sim::choose(static_cast<std::uint32_t>(i.value))));
      case Op::check_not:
        return sim::check(r_ % 5 != i.value, "check-" + std::to_string(i.value));
      default:
        return;
    }
  }

  Objects& objects_;
  const Code& code_;
  const int me_;
  int r_ = 0;
};

const char* const names[] = {"load",
                             "store",
                             "fetch_add",
                             "exchange",
                             "compare_exchange",
                             "await_at_least",
                             "plain_load",
                             "plain_store",
                             "lock",
                             "unlock",
                             "try_lock_or_skip",
                             "wait",
                             "wake",
                             "notify_one",
                             "notify_all",
                             "acquire",
                             "try_acquire",
                             "release",
                             "send",
                             "receive",
                             "try_send",
                             "try_receive",
                             "close",
                             "yield",
                             "sleep",
                             "choose",
                             "check_not"};

}  // namespace

void run(const RandomProgram& program) {
  Objects objects;
  std::vector<sim::thread> threads;
  for (std::size_t t = 0; t < program.threads.size(); ++t) {
    threads.emplace_back(
        [&objects, &code = program.threads[t], t] { Interpreter(objects, code, static_cast<int>(t) + 1).run(); });
  }
  for (sim::thread& thread : threads) thread.join();
  for (int i = 0; i < atomics; ++i) {
    sim::observe("x" + std::to_string(i), static_cast<int>(objects.x[i].contents()));
  }
}

std::ostream& operator<<(std::ostream& out, const RandomProgram& program) {
  for (std::size_t t = 0; t < program.threads.size(); ++t) {
    out << "\n  thread " << t + 1 << ":";
    for (const Instruction& i : program.threads[t]) {
      out << ' ' << names[static_cast<int>(i.op)] << '(' << i.object << ',' << i.value << ')';
    }
  }
  return out << (program.free_time ? "\n  free time" : "\n  urgent time");
}

}  // namespace property
