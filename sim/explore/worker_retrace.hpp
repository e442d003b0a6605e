#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "explore/arrival_tree.hpp"
#include "explore/explorer.hpp"
#include "explore/options.hpp"
#include "explore/pages.hpp"
#include "explore/retraceable.hpp"
#include "explore/shared_states.hpp"
#include "explore/workers/worker.hpp"
#include "runtime/search.hpp"

namespace sim {

/// The ways by which states were met, in pieces that several processes make again: each is some states in a row, with
/// the way to the first of them.
class WaysInPieces {
 public:
  /// Pieces of about so many states, and not fewer. For tests, which want several pieces of small trees.
  static inline std::uint32_t least_piece = 4096;

  WaysInPieces(const ArrivalTree& ways, unsigned workers);

  const ArrivalTree& ways() const { return ways_; }
  struct Piece {
    ArrivalTree::Id begin, end;
  };
  /// One that nobody has taken; `who` takes it. None: there is none.
  std::optional<Piece> take(unsigned who);
  /// Every state of the piece that `who` took has its hash.
  void has_made(const Piece& piece) { state(piece.begin / size_).store(made); }
  /// What a process had taken that died is to be taken again.
  void leave_again(unsigned dead);
  bool are_made() const;

 private:
  static constexpr std::uint8_t free = 0, made = 255;  ///< Between them: who has taken it, plus 1.
  std::atomic<std::uint8_t>& state(std::uint32_t piece) const {
    return reinterpret_cast<std::atomic<std::uint8_t>*>(memory_.data())[piece];
  }

  const ArrivalTree& ways_;
  std::uint32_t size_, count_;
  Pages memory_;
};

/// What one of several processes does to resume an exploration by workers: it makes transitions again that led to new
/// states, and enters their hashes under the numbers that they had.
class WorkerRetrace : public Search, public checkpoint::Retraceable {
 public:
  WorkerRetrace(SharedStates& states, WaysInPieces& pieces, workers::Worker& worker)
      : states_(states), pieces_(pieces), worker_(worker) {}

  bool matches_states() const override { return true; }
  std::optional<Branch> begin_execution() override { return std::nullopt; }
  Decision choose(const Point&) override { return {.abandon = true}; }
  bool end_execution(Ending, const Execution&, const Hash128*) override { return true; }

  void save(checkpoint::Writer&) const override {}
  void load(checkpoint::Reader&, std::vector<Choice>) override {}
  std::optional<Step> next_step() override;
  Met end_step(Execution::Stop stop, PointId point, const Hash128& state, const Execution& execution) override;
  bool end_retracing(checkpoint::Reader&) override { return true; }
  std::vector<Choice> path_of_search() const override { return {}; }
  void has_counted() override {}

 private:
  bool begin_piece();
  bool fits(ArrivalTree::Kind kind, Execution::Stop stop) const;

  SharedStates& states_;
  WaysInPieces& pieces_;
  workers::Worker& worker_;
  std::optional<WaysInPieces::Piece> piece_;
  std::vector<ArrivalTree::Id> way_;  ///< To the step that was made last, and that itself; before a piece: to make.
  std::size_t made_ = 0;              ///< Of that.
};

/// Runs an Explorer in a worker, which makes all steps of `retrace` again; false if it was interrupted.
using RetraceInWorker = std::function<bool(const Options& options, WorkerRetrace& retrace)>;

enum class Retraced { all, stopped, not_repeated };
/// Makes all ways again, in `options.workers` processes. `must_stop` is asked every few milliseconds; `options` are
/// those of a worker. `stopped`: that was answered, or too many processes died.
Retraced retrace_in_workers(const std::function<Options(workers::Worker& worker)>& options, unsigned workers,
                            SharedStates& states, const ArrivalTree& ways, const RetraceInWorker& retrace,
                            const std::function<bool()>& must_stop);

}  // namespace sim
