#pragma once

#include <cstdint>
#include <string_view>

#include "vfs/win32.hpp"

/// Faults of the filesystem: which ones an exploration may choose, and how many in one execution.
namespace sim::vfs {

/// Kinds of faults; sets of them by |. Where one may strike, the operation explores both that it does and that not.
enum class Fault : std::uint32_t {
  none = 0,
  disk_full = 1,        ///< A write or set_end that grows the file fails with 112 and changes nothing.
  rename_fails = 2,     ///< A rename fails with 5 and changes nothing.
  drop_before = 4,      ///< The session drops before the server performs the operation (drop_error).
  drop_after = 8,       ///< It drops behind it: applied, yet reported as drop_error.
  unreachable = 16,     ///< An operation on a path does not find the server (53). The session stays.
  watch_overflow = 32,  ///< What a watch held is lost: success without notices.
};
constexpr Fault operator|(Fault a, Fault b) {
  return static_cast<Fault>(static_cast<std::uint32_t>(a) | static_cast<std::uint32_t>(b));
}
constexpr Fault operator&(Fault a, Fault b) {
  return static_cast<Fault>(static_cast<std::uint32_t>(a) & static_cast<std::uint32_t>(b));
}
/// The faults of `from` that are not in `taken`.
constexpr Fault without(Fault from, Fault taken) {
  return static_cast<Fault>(static_cast<std::uint32_t>(from) & ~static_cast<std::uint32_t>(taken));
}

/// What a power loss does to changes of contents that were neither flushed nor written through.
enum class Durability : std::uint8_t {
  everything,  ///< Nothing is lost.
  subsets,     ///< Any subset of the changes survives.
  torn,        ///< The same, and of each write perhaps only the first half.
};

/// What a power loss does to changes of names and attributes: creations, renames, deletions, directories.
enum class Journal : std::uint8_t {
  forced,  ///< Each is on the disk at once: nothing is lost.
  /// They are kept in order, and the last of them may be lost: any number, up to all since any file of the volume was
  /// flushed, or changed through a handle that writes through.
  lazy,
};

/// How many faults may still strike, in one execution: shared by all that can fail, those of a model included. Lives in
/// the program, and longer than what uses it.
class FaultBudget {
 public:
  explicit FaultBudget(std::uint32_t faults, std::string_view name = "faults left");
  FaultBudget(const FaultBudget&) = delete;
  FaultBudget& operator=(const FaultBudget&) = delete;

  /// Explores whether a fault strikes the running operation: 0 for none, else one of `kinds`, from 1 on, which uses up
  /// one fault. Always 0 when none is left, and while the initial
  /// state is made. It is part of the caller's running transition, like choose.
  std::uint32_t strike(std::uint32_t kinds);

  /// How many may still strike. Not for the program's decisions: it reads without a scheduling point.
  std::uint32_t left() const { return left_; }

 private:
  std::uint32_t left_;
};

/// The faults of one way to a volume.
struct FaultOptions {
  Fault kinds = Fault::none;
  FaultBudget* budget = nullptr;  ///< Null: no fault strikes.
  /// What the caller of an operation gets whose session drops: netname_deleted (64), unexp_net_err (59) or sem_timeout
  /// (121).
  Win32Error drop_error = Win32Error::netname_deleted;
  /// Virtual nanoseconds for which the server keeps the handles of a dropped session, at least; then it closes them at
  /// any time.
  std::int64_t reap_after = 0;
  /// Told of each fault that strikes, in the transition of the operation that it strikes. May be null.
  void (*struck)(void* listener, Fault fault) = nullptr;
  void* listener = nullptr;
};

}  // namespace sim::vfs
