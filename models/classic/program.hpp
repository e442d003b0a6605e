#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "runtime/model.hpp"
#include "runtime/world.hpp"

/// What the declarations of the textbook programs share.
namespace models::classic {

/// Where the programs come from.
namespace source {
inline constexpr std::string_view sctbench_cs = "SCTBench, group CS";
inline constexpr std::string_view sctbench_chess = "SCTBench, group CHESS";
}  // namespace source

/// The row `broken`, which every program has: the same program with its known bug, or without.
inline sim::ParameterSpec broken(std::string_view description, std::string_view source) {
  return sim::rows::flag("broken", false, description, source);
}
using sim::rows::number;

/// ModelInfo::make of a program.
template <class Program>
std::unique_ptr<sim::Model> make(const sim::Parameters& parameters) {
  return std::make_unique<Program>(parameters);
}

/// An array of atomics, mutexes or the like, called "name[0]", "name[1]" and so on; `arguments` go before the name.
template <class Object, std::size_t count, class... A>
std::array<Object, count> named_array(std::string_view name, const A&... arguments) {
  const auto name_of = [name](std::size_t i) { return std::string(name) + "[" + std::to_string(i) + "]"; };
  return [&]<std::size_t... i>(std::index_sequence<i...>) {
    return std::array<Object, count>{{Object(arguments..., name_of(i))...}};
  }
  (std::make_index_sequence<count>());
}

/// "setter-2": the name of one of several like threads, counted from 1.
inline std::string numbered(std::string_view role, std::int64_t number) {
  return std::string(role) + "-" + std::to_string(number);
}

}  // namespace models::classic
