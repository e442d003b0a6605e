#include "runtime/self_contained.hpp"

#include <algorithm>
#include <locale>

#include <pthread.h>

#include "runtime/memory.hpp"
#include "runtime/variables.hpp"

namespace sim::runtime {
namespace {

constexpr std::size_t largest_variable = std::size_t{64} << 20;
constexpr std::size_t most_of_the_stack = std::size_t{256} << 10;

const std::byte* end_of_stack() {
  pthread_attr_t attributes;
  void* lowest = nullptr;
  std::size_t size = 0;
  if (pthread_getattr_np(pthread_self(), &attributes) != 0) return nullptr;
  pthread_attr_getstack(&attributes, &lowest, &size);
  pthread_attr_destroy(&attributes);
  return static_cast<const std::byte*>(lowest) + size;
}

/// Where a facet counts its users: behind the pointer to its virtual functions (libstdc++, locale_classes.h). A locale
/// that is made of another counts one more in every facet that they share.
template <class Facet>
const std::byte* count_of() {
  return reinterpret_cast<const std::byte*>(&std::use_facet<Facet>(std::locale::classic())) + sizeof(void*);
}

bool is_initialised(std::size_t variable) {
  const auto variables = program_variables();
  return variable >= variables.size() || variables[variable].guard == nullptr || *variables[variable].guard != 0;
}

}  // namespace

OutsideMemory::OutsideMemory(const void* frame) {
  const auto variables = program_variables();
  const std::byte* const block = thread_local_block();
  ranges_.reserve(variables.size() + 3);
  for (std::size_t i = 0; i < variables.size(); ++i) {
    const Variable& variable = variables[i];
    if (variable.size > largest_variable || (variable.is_thread_local && block == nullptr)) continue;
    add(variable.is_thread_local ? block + variable.place : reinterpret_cast<const std::byte*>(variable.place),
        variable.size, i);
  }
  add(count_of<std::numpunct<char>>(), sizeof(int), facet_count);
  add(count_of<std::collate<char>>(), sizeof(int), facet_count);
  const auto* const from = static_cast<const std::byte*>(frame);
  if (const std::byte* const end = end_of_stack(); from < end) {
    add(from, std::min(static_cast<std::size_t>(end - from), most_of_the_stack), callers_stack);
  }
  accept_changes();
}

void OutsideMemory::add(const std::byte* from, std::size_t size, std::size_t variable) {
  ranges_.push_back({from, size, copies_.size(), variable, true});
  copies_.resize(copies_.size() + room_for(size));
}

void OutsideMemory::copy(Range& range) {
  copy_out(copies_.data() + range.copy, range.from, range.size);
  range.initialised = is_initialised(range.variable);
}

void OutsideMemory::accept_changes() {
  for (Range& range : ranges_) copy(range);
}

std::optional<std::string> OutsideMemory::find_change() {
  for (Range& range : ranges_) {
    if (equal_bytes(copies_.data() + range.copy, range.from, range.size)) continue;
    const bool was_initialised = range.initialised;
    copy(range);
    if (was_initialised || !range.initialised) return describe(range);
  }
  return std::nullopt;
}

std::string OutsideMemory::describe(const Range& range) const {
  if (range.variable == callers_stack) {
    return "the program changed a local variable of the code that calls the exploration, which lives outside it: it "
           "has "
           "a reference or pointer to it; create what it changes inside the program";
  }
  if (range.variable == facet_count) {
    return "the program made a std::locale, which counts its users outside the program: use std::locale::classic()";
  }
  const Variable& variable = program_variables()[range.variable];
  return "the program changed `" + readable(variable.symbol) + "` (" +
         (variable.is_thread_local ? "thread_local, " : "static, ") + std::to_string(variable.size) +
         (variable.size == 1 ? " byte" : " bytes") + "), which lives outside it: create it inside the program";
}

}  // namespace sim::runtime
