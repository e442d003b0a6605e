#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "explore/checkpoint.hpp"
#include "explore/explore.hpp"

namespace sim {

/// What stands in a file that may be a checkpoint: of an exploration that has not ended, or one that need not be kept.
enum class CheckpointContents { not_a_checkpoint, unfinished, ended };
CheckpointContents contents_of_checkpoint(const std::string& file);

/// The file in which one exploration is kept (Options::checkpoint_file): who may resume it, and what it holds.
///
/// It is there from the start to the end: an exploration that has found its report leaves it with that report.
class Checkpoints {
 public:
  /// Reads the file if it is to be resumed, else writes one from which an exploration begins. Throws
  /// checkpoint::Error.
  Checkpoints(const detail::Program& program, const Options& options);

  /// The report of an exploration that has ended already.
  const std::optional<Report>& ended() const { return ended_; }
  bool has_saved() const { return saved_.has_value(); }
  /// What an explorer saved, for its successor. None: nothing, or it was taken before.
  std::optional<checkpoint::Reader> take_saved() { return std::exchange(saved_, std::nullopt); }

  /// Writes what an explorer saves. The first failure is told on standard error; the exploration goes on without.
  void write(const std::function<void(checkpoint::Writer&)>& save);
  void write_end(const Report& report);
  const std::string& file() const { return file_; }
  /// Seconds that were explored before this process.
  double seconds_before = 0;
  /// Which of several runs of an explorer is kept, where one exploration takes more than one: read, and to be set
  /// before write().
  std::uint64_t run = 0;

 private:
  using Setting = std::pair<std::string, std::string>;

  void read();
  void begin(checkpoint::Writer& to, std::uint64_t contents) const;
  void check_settings(checkpoint::Reader& from) const;
  template <class Act>
  void attempt(Act act);

  std::string file_;
  std::string label_;
  std::uint64_t program_;
  std::vector<Setting> settings_;
  std::optional<checkpoint::File> read_;
  std::optional<checkpoint::Reader> saved_;
  std::optional<Report> ended_;
  bool has_failed_ = false;
};

}  // namespace sim
