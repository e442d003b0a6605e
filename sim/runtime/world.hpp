#pragma once

#include <functional>
#include <string_view>

#include "base/parameter.hpp"

namespace sim {

/// What a Model sees of the execution that it is built for.
class World {
 public:
  explicit World(const Parameters& parameters) : parameters_(parameters) {}

  const Parameters& parameters() const { return parameters_; }

  /// Starts a thread of the closed system. Nobody joins it; the execution ends when all threads have ended.
  void spawn(std::string_view name, std::function<void()> body);

 private:
  const Parameters& parameters_;
};

}  // namespace sim
