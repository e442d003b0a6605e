// The semantics of the primitives once more, as simply as can be: a struct that is copied at each branch.
#include <algorithm>
#include <array>
#include <deque>
#include <optional>
#include <string>
#include <utility>

#include "tests/property/random_program.hpp"

namespace property {
namespace {

struct Thread {
  std::size_t at = 0;
  int r = 0;
  int sleeps = -1;      // Remaining time of its armed timer.
  bool queued = false;  // It has done the first of a wait's two events.
  bool waiting = false, notified = false;
  bool ended = false;
};

struct State {
  std::vector<Thread> threads;
  std::array<int, atomics> x = {};
  int plain = 0;
  std::array<int, mutexes> owner = {};  // Thread plus 1.
  int semaphore = initial_semaphore;
  std::deque<int> channel;
  bool closed = false;
  std::optional<std::size_t> last;  // The thread that ran last.
  std::size_t preemptions = 0, delays = 0;
};

class Enumerator {
 public:
  explicit Enumerator(const RandomProgram& program) : program_(program) {}

  Enumeration all() {
    State state;
    state.threads.resize(program_.threads.size());
    settle(state);
    return std::move(result_);
  }

 private:
  const Instruction* next(const State& state, std::size_t t) const {
    const Code& code = program_.threads[t];
    return state.threads[t].at < code.size() ? &code[state.threads[t].at] : nullptr;
  }

  // Does what is no scheduling point, in the order of threads; then goes on with every choice of a thread.
  void settle(State state) {
    for (std::size_t t = 0; t < state.threads.size(); ++t) {
      Thread& thread = state.threads[t];
      while (const Instruction* i = next(state, t)) {
        if (i->op == Op::choose) {
          ++thread.at;
          for (int value = 0; value < i->value; ++value) {
            State branch = state;
            branch.threads[t].r = absorb(thread.r, value);
            settle(std::move(branch));
          }
          return;
        }
        if (i->op != Op::check_not) break;
        ++thread.at;
        if (thread.r % 5 == i->value) return end(state, "check-" + std::to_string(i->value));
      }
      const Instruction* const i = next(state, t);
      if (i == nullptr)
        thread.ended = true;
      else if (i->op == Op::sleep && thread.sleeps < 0)
        thread.sleeps = i->value;
    }
    schedule(state);
  }

  void schedule(const State& state) {
    std::vector<std::size_t> enabled;
    int earliest = -1;
    for (std::size_t t = 0; t < state.threads.size(); ++t) {
      const int sleeps = state.threads[t].sleeps;
      if (sleeps >= 0)
        earliest = earliest < 0 ? sleeps : std::min(earliest, sleeps);
      else if (is_enabled(state, t))
        enabled.push_back(t);
    }
    if (enabled.empty() || program_.free_time) {
      for (std::size_t t = 0; t < state.threads.size(); ++t) {
        if (earliest >= 0 && state.threads[t].sleeps == earliest) enabled.push_back(t);
      }
    }
    if (enabled.empty()) {
      const bool all = std::ranges::all_of(state.threads, &Thread::ended);
      return end(state, all ? "" : "deadlock");
    }
    for (const std::size_t t : enabled) {
      State next = state;
      next.preemptions += state.last && t != *state.last && std::ranges::count(enabled, *state.last) != 0 ? 1 : 0;
      const std::size_t count = state.threads.size(), first = state.last.value_or(0);
      for (const std::size_t passed : enabled) {
        next.delays += (passed + count - first) % count < (t + count - first) % count ? 1 : 0;
      }
      next.last = t;
      step(std::move(next), t);
    }
  }

  bool is_enabled(const State& state, std::size_t t) const {
    const Instruction* const i = next(state, t);
    if (i == nullptr) return false;
    const auto object = static_cast<std::size_t>(i->object);
    switch (i->op) {
      case Op::await_at_least:
        return state.x[object] >= i->value;
      case Op::lock:
        return state.owner[object] == 0;
      case Op::wait:
        return !state.threads[t].queued || (state.threads[t].notified && state.owner[0] == 0);
      case Op::acquire:
        return state.semaphore > 0;
      case Op::send:
        return state.closed || state.channel.size() < capacity;
      case Op::receive:
        return state.closed || !state.channel.empty();
      default:
        return true;
    }
  }

  void step(State state, std::size_t t) {
    const Instruction i = *next(state, t);
    Thread& self = state.threads[t];
    ++self.at;
    if (i.op == Op::notify_one) return notify_one(state);
    if (i.op == Op::send && state.closed) return end(state, "channel-misuse");
    if (i.op == Op::try_send && state.closed) return end(state, "channel-misuse");
    if (const std::optional<int> result = effect(state, t, i)) self.r = absorb(self.r, *result);
    settle(std::move(state));
  }

  void notify_one(const State& state) {
    bool any = false;
    for (std::size_t t = 0; t < state.threads.size(); ++t) {
      if (!state.threads[t].waiting) continue;
      any = true;
      State branch = state;
      branch.threads[t].waiting = false;
      branch.threads[t].notified = true;
      settle(std::move(branch));
    }
    if (!any) settle(state);
  }

  std::optional<int> effect(State& state, std::size_t t, const Instruction& i) {
    const auto object = static_cast<std::size_t>(i.object);
    const int me = static_cast<int>(t) + 1;
    Thread& self = state.threads[t];
    switch (i.op) {
      case Op::load:
        return state.x[object];
      case Op::store:
        state.x[object] = i.value;
        return {};
      case Op::fetch_add:
        return std::exchange(state.x[object], state.x[object] + i.value);
      case Op::exchange:
        return std::exchange(state.x[object], i.value);
      case Op::compare_exchange: {
        const int seen = state.x[object];
        if (seen == i.value) state.x[object] = i.value + 1;
        return seen;
      }
      case Op::plain_load:
        return state.plain;
      case Op::plain_store:
        state.plain = i.value;
        return {};
      case Op::lock:
        state.owner[object] = me;
        return {};
      case Op::unlock:
        state.owner[object] = 0;
        return {};
      case Op::try_lock:
        if (state.owner[object] == 0)
          state.owner[object] = me;
        else
          self.at += static_cast<std::size_t>(i.guarded);
        return {};
      case Op::wait:
        if (!self.queued) {
          state.owner[0] = 0;
          self.waiting = self.queued = true;
          --self.at;
        } else {
          state.owner[0] = me;
          self.notified = self.queued = false;
        }
        return {};
      case Op::notify_all:
        for (Thread& thread : state.threads) thread.notified = std::exchange(thread.waiting, false) || thread.notified;
        return {};
      default:
        return queue_effect(state, self, i);
    }
  }

  std::optional<int> queue_effect(State& state, Thread& self, const Instruction& i) {
    switch (i.op) {
      case Op::acquire:
        --state.semaphore;
        return {};
      case Op::try_acquire:
        if (state.semaphore == 0) return 0;
        --state.semaphore;
        return 1;
      case Op::release:
        ++state.semaphore;
        return {};
      case Op::send:
        state.channel.push_back(i.value);
        return {};
      case Op::try_send:
        if (state.channel.size() == capacity) return 0;
        state.channel.push_back(i.value);
        return 1;
      case Op::receive:
      case Op::try_receive: {
        if (state.channel.empty()) return 900;
        const int item = state.channel.front();
        state.channel.pop_front();
        return item;
      }
      case Op::close:
        state.closed = true;
        return {};
      case Op::sleep: {
        const int elapsed = self.sleeps;
        self.sleeps = -1;
        for (Thread& thread : state.threads) {
          if (thread.sleeps >= 0) thread.sleeps -= elapsed;
        }
        return {};
      }
      default:
        return {};
    }
  }

  static void count(std::vector<std::uint64_t>& counts, std::size_t number) {
    if (counts.size() <= number) counts.resize(number + 1);
    ++counts[number];
  }

  void end(const State& state, const std::string& property) {
    ++result_.executions;
    count(result_.by_preemptions, state.preemptions);
    count(result_.by_delays, state.delays);
    std::string outcome;
    for (std::size_t t = 0; t < state.threads.size(); ++t) {
      if (!state.threads[t].ended) continue;
      outcome += (outcome.empty() ? "r" : " r") + std::to_string(t + 1) + "=" + std::to_string(state.threads[t].r);
    }
    if (property.empty()) {
      for (int i = 0; i < atomics; ++i) {
        outcome += (outcome.empty() ? "x" : " x") + std::to_string(i) + "=" +
                   std::to_string(state.x[static_cast<std::size_t>(i)]);
      }
    } else {
      outcome += (outcome.empty() ? "" : " ") + property;
      result_.violated.insert(property);
    }
    ++result_.outcomes[outcome];
  }

  const RandomProgram& program_;
  Enumeration result_;
};

}  // namespace

Enumeration enumerate(const RandomProgram& program) {
  return Enumerator(program).all();
}

}  // namespace property
