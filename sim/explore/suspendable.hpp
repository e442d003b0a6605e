#pragma once

#include <optional>
#include <string>

#include "explore/checkpoint.hpp"

namespace sim::checkpoint {

/// A search that leaves parts to other processes (ForkedParts), each of which can be suspended: it reports what it has
/// found, and what save() writes, from which another process goes on.
class Suspendable : public Resumable {
 public:
  /// begin_execution() returned nothing, because a part was suspended for which the search waits.
  virtual bool is_suspended() const = 0;
  /// Waits until every part that this process has forked has ended or was suspended.
  virtual void collect_parts() = 0;
  /// Forks processes that go on with what was suspended. In such a process it returns at once.
  virtual void fork_suspended() = 0;
  /// In a process that was forked, once: what is left of its part, for load(); none: all of it.
  virtual std::optional<std::string> take_left() = 0;
};

}  // namespace sim::checkpoint
