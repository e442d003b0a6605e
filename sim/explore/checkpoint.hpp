#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/hash128.hpp"
#include "event/schedule.hpp"
#include "runtime/search.hpp"

/// What an exploration writes into a file from time to time, so that another process can go on with it.
namespace sim::checkpoint {

/// A checkpoint that cannot be written, or cannot be resumed: is damaged, or belongs to something else. The message
/// says which, and what to do.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// What an Error says of a program that takes another course than the checkpoint in `file` says.
std::string does_not_repeat(const std::string& file);

/// Writes a checkpoint beside a file; commit() lets it take the file's place, in one step. A process that is killed
/// meanwhile leaves the file as it was. Throws Error.
class Writer {
 public:
  explicit Writer(std::string file);
  /// Writes into memory: see take().
  Writer() = default;
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  void number(std::uint64_t value);
  void flag(bool value) { number(value ? 1 : 0); }
  void text(std::string_view value) {
    number(value.size());
    bytes(value.data(), value.size());
  }
  void hash(const Hash128& value) { bytes(&value, sizeof value); }
  void bytes(const void* data, std::size_t size);
  void choices(std::span<const Choice> path);
  template <class T>
  void words(std::span<const T> values) {
    static_assert(std::is_trivially_copyable_v<T>);
    number(values.size());
    bytes(values.data(), values.size_bytes());
  }

  /// Brings it to the disk.
  void commit();
  /// What was written into memory.
  std::string take() { return std::move(buffer_); }

 private:
  void flush();
  [[noreturn]] void fail(const char* what) const;

  std::string file_, temporary_;
  std::string buffer_;
  std::uint64_t length_ = 0;
  Hash128 checksum_;
  int descriptor_ = -1;
};

/// Reads what a Writer wrote. Throws Error where something does not fit.
class Reader {
 public:
  Reader() = default;
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  std::uint64_t number();
  /// Throws unless it is below `limit`.
  std::uint64_t below(std::uint64_t limit);
  bool flag() { return below(2) != 0; }
  std::string text();
  Hash128 hash();
  void bytes(void* to, std::size_t size);
  /// The length of a list, each item of which takes `least` bytes or more.
  std::uint64_t count(std::size_t least = 1);
  std::vector<Choice> choices();
  template <class T>
  std::vector<T> words() {
    std::vector<T> values(count(sizeof(T)));
    bytes(values.data(), values.size() * sizeof(T));
    return values;
  }
  std::size_t left() const { return rest_.size(); }

 private:
  std::string_view rest_;
};

/// A checkpoint that was read: checked against its checksum, and in memory as long as this lives.
class File {
 public:
  /// Throws Error if it is missing, no checkpoint, of another version, or damaged.
  explicit File(const std::string& path);
  ~File();
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  Reader reader() const;

 private:
  void* memory_ = nullptr;
  std::size_t size_ = 0;
};

/// A search that another process can go on with.
class Resumable {
 public:
  virtual ~Resumable() = default;

  /// Called between two executions.
  virtual void save(Writer& to) const = 0;
  /// Called before the first execution. `path`: the choices of the last one that was explored.
  virtual void load(Reader& from, std::vector<Choice> path) = 0;
  /// True: that last execution is to be run once more before the others; `choose` gives the choices of `path`, keeps
  /// the points that were kept, and abandons the execution behind the path's end. Nothing of it counts.
  virtual bool repeats() const { return true; }
  virtual void end_repetition(Ending, const Execution&) {}
  /// The choices that lead to where it waits for other processes; none: it stands behind the last execution. They are
  /// run once more in place of that.
  virtual std::optional<std::vector<Choice>> waits_behind() const { return std::nullopt; }
};

/// What a search answers along the execution that it must see again.
class Repetition {
 public:
  void begin(std::vector<Choice> path) {
    path_ = std::move(path);
    active_ = true;
  }
  void end() { active_ = false; }
  bool is_active() const { return active_; }
  /// The choice that was made at a point; nullopt where the execution was abandoned, or does not repeat itself.
  std::optional<Choice> at(const Point& point) const;

 private:
  std::vector<Choice> path_;
  bool active_ = false;
};

/// The same for a depth-first search that keeps, by depth, the points with alternatives left: they get their new names.
template <class Node>
Decision repeat_open(const Repetition& repetition, std::vector<Node>& open, const Point& point) {
  const auto choice = repetition.at(point);
  if (!choice) return {.abandon = true};
  const auto node = std::ranges::lower_bound(open, point.depth, {}, &Node::depth);
  const bool keep = node != open.end() && node->depth == point.depth;
  if (keep) node->id = point.id;
  return {choice->value, keep};
}

}  // namespace sim::checkpoint
