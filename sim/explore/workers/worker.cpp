#include "explore/workers/worker.hpp"

#include <algorithm>
#include <chrono>
#include <thread>

#include "explore/report_codec.hpp"

namespace sim::workers {
namespace {

constexpr std::chrono::microseconds short_rest(20);

}  // namespace

void Worker::stop_all() {
  control_.stop.store(true);
  sem_post(&control_.bell);
}

void Worker::park() {
  const Phase before = seat_.phase.load();
  seat_.phase.store(Phase::parked);
  sem_post(&control_.bell);
  while (control_.pause.load() != Pause::no) std::this_thread::sleep_for(short_rest);
  seat_.phase.store(before);
}

void Worker::call_parent() {
  control_.call.store(true);
  sem_post(&control_.bell);
  while (control_.call.load() && !is_over()) {
    pause_here();
    std::this_thread::sleep_for(short_rest);
  }
  pause_here();
}

void Worker::state(const Report& so_far) {
  const std::uint32_t wanted = control_.statement.load();
  statement_.clear();
  if (statement_.append(ResultLog::Kind::whole, encode(so_far))) seat_.stated.store(wanted);
}

void Worker::become_idle() {
  rests_ = 0;
  seat_.phase.store(Phase::idle);
  control_.idle.fetch_add(1);
  sem_post(&control_.bell);
}

// Before it takes anything: where nobody is idle and nothing was left to take, somebody has it.
void Worker::become_busy() {
  seat_.departures.fetch_add(1);
  seat_.phase.store(Phase::busy);
  control_.idle.fetch_sub(1);
}

void Worker::rest() {
  constexpr unsigned spins = 50, most_rests = 10;
  ++rests_;
  if (rests_ < spins) {
    std::this_thread::yield();
  } else {
    std::this_thread::sleep_for(short_rest * std::min(rests_ - spins + 1, most_rests));
  }
}

void Worker::publish(const Report& part) {
  log_.append(ResultLog::Kind::part, encode(part));
  sem_post(&control_.bell);
}

void Worker::publish_whole(const Report& whole) {
  log_.append(ResultLog::Kind::whole, encode(whole));
}

}  // namespace sim::workers
