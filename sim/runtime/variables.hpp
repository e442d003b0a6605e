#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace sim::runtime {

/// A static or thread_local variable of the executable, from its symbol table.
struct Variable {
  std::string symbol;     ///< As the linker knows it.
  std::size_t place = 0;  ///< An address; of a thread_local one: its distance from the start of the thread's block.
  std::size_t size = 0;
  const char* guard = nullptr;  ///< Nonzero once a function-local static is initialised; null if it needs none.
  bool is_thread_local = false;
};

/// The variables of the executable that a program under test must not change: not racewalk's own, nor those of the
/// standard library and of test frameworks. Read once in a process; empty if the executable has no symbol table.
std::span<const Variable> program_variables();

/// The calling thread's block of the executable's thread_local variables; null if there is none.
std::byte* thread_local_block();

/// "counter" for "_ZL7counter".
std::string readable(const std::string& symbol);

}  // namespace sim::runtime
