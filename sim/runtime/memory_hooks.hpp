#pragma once

#include <cstddef>
#include <cstdint>

namespace sim::runtime {

/// Makes sure that the replaced allocation functions are linked in, and learns where the C library's code lies: its own
/// lazily made buffers (of stdout, for example) must outlive the execution that happened to make them.
void install_memory_hooks();

/// True while a function-local static is being initialised by the program: what it allocates lives outside the arena.
bool initialising_static();

/// Function-local statics that programs have initialised in this process so far.
std::uint64_t statics_initialised();

/// Forgets initialisations that a crash cut short.
void reset_static_initialisation();

}  // namespace sim::runtime
