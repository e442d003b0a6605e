#include "check/data_race.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <unordered_map>

#include "base/ids.hpp"

namespace sim {
namespace {

using Clock = std::array<std::uint32_t, max_threads>;

void join_into(Clock& to, const Clock& from) {
  for (std::size_t i = 0; i < to.size(); ++i) to[i] = std::max(to[i], from[i]);
}

/// A plain access: at its thread's time `time`, at position `at` of the log. time 0: none yet.
struct Epoch {
  std::uint32_t time = 0;
  std::uint8_t thread = 0;
  std::size_t at = 0;
};

/// The last write of a plain variable, and the last read of each thread since.
struct Accesses {
  Epoch write;
  std::array<Epoch, max_threads> reads;
};

/// What was released on an object. What commutes does not synchronise: an addition is ordered against the writes and
/// reads of the object, and not against other additions; a read releases nothing, since later reads commute with it.
struct Released {
  Clock writes, additions;
};

class Detector {
 public:
  Detector() {
    for (std::size_t thread = 0; thread < max_threads; ++thread) clocks_[thread][thread] = 1;
  }

  std::optional<DataRace> step(const Step& step, std::size_t at, std::span<const Access> further) {
    switch (step.kind) {
      case OperationKind::thread_spawn:
        join_into(clocks_[step.value], clocks_[step.thread]);
        break;
      case OperationKind::thread_join:
        join(step);
        break;
      case OperationKind::plain_read:
      case OperationKind::plain_write:
        return plain(step, at);
      case OperationKind::process_crash:
      case OperationKind::thread_crash:
        take_over(step);
        [[fallthrough]];
      default:
        synchronize(step, {step.object, step.mode});
        for (const Access& access : further) synchronize(step, access);
    }
    ++clocks_[step.thread][step.thread];
    return std::nullopt;
  }

 private:
  void join(const Step& step) {
    for (std::size_t thread = 0; thread < max_threads; ++thread) {
      if (step.value == max_threads || step.value == thread) join_into(clocks_[step.thread], clocks_[thread]);
    }
  }

  // What a crash releases is what those had written whom it ends.
  void take_over(const Step& crash) {
    for (std::uint64_t rest = crash.value; rest != 0; rest &= rest - 1) {
      join_into(clocks_[crash.thread], clocks_[static_cast<std::size_t>(std::countr_zero(rest))]);
    }
  }

  void synchronize(const Step& step, const Access& access) {
    if (access.object == no_object || is_reserved(access.object)) return;
    const bool acquires =
        step.synchronization == Synchronization::acquire || step.synchronization == Synchronization::both;
    const bool releases =
        step.synchronization == Synchronization::release || step.synchronization == Synchronization::both;
    const bool adds = access.mode == AccessMode::add;
    Released& object = released_[access.object];
    if (acquires) join_into(clocks_[step.thread], object.writes);
    if (acquires && !adds) join_into(clocks_[step.thread], object.additions);
    // A store heads a new release sequence, or none if it is relaxed; whatever else releases adds to the one there.
    if (step.kind == OperationKind::atomic_store) object = Released{};
    if (releases && access.mode != AccessMode::read)
      join_into(adds ? object.additions : object.writes, clocks_[step.thread]);
  }

  bool ordered(const Epoch& earlier, const Step& step) const {
    return earlier.time == 0 || earlier.time <= clocks_[step.thread][earlier.thread];
  }

  std::optional<DataRace> plain(const Step& step, std::size_t at) {
    Accesses& accesses = plain_[step.object];
    if (!ordered(accesses.write, step)) return DataRace{accesses.write.at, at};
    const Epoch now{clocks_[step.thread][step.thread], step.thread, at};
    if (step.kind == OperationKind::plain_read) {
      accesses.reads[step.thread] = now;
    } else {
      for (const Epoch& read : accesses.reads) {
        if (!ordered(read, step)) return DataRace{read.at, at};
      }
      accesses = {};
      accesses.write = now;
    }
    return std::nullopt;
  }

  std::array<Clock, max_threads> clocks_ = {};
  std::unordered_map<ObjectId, Released> released_;  // Looked up, never iterated.
  std::unordered_map<ObjectId, Accesses> plain_;     // Looked up, never iterated.
};

}  // namespace

std::optional<DataRace> find_data_race(const StepLog& log) {
  Detector detector;
  for (std::size_t at = 0; at < log.steps.size(); ++at) {
    const Step& step = log.steps[at];
    if (const auto race = detector.step(step, at, log.further(step))) return race;
  }
  return std::nullopt;
}

}  // namespace sim
