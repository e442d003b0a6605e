#pragma once

#include <vector>

#include "runtime/model.hpp"

/// Textbook and benchmark programs, each with its known bug (`broken = true`) and without.
namespace models::classic {

sim::ModelInfo account();
sim::ModelInfo atomic_replace();
sim::ModelInfo bakery();
sim::ModelInfo bluetooth_driver();
sim::ModelInfo bounded_buffer();
sim::ModelInfo carter01();
sim::ModelInfo circular_buffer();
sim::ModelInfo deadlock01();
sim::ModelInfo dekker();
sim::ModelInfo dining_philosophers();
sim::ModelInfo lazy01();
sim::ModelInfo michael_scott_queue();
sim::ModelInfo peterson();
sim::ModelInfo queue();
sim::ModelInfo readers_writers();
sim::ModelInfo reorder();
sim::ModelInfo stack();
sim::ModelInfo sync01();
sim::ModelInfo token_ring();
sim::ModelInfo treiber_stack();
sim::ModelInfo twostage();
sim::ModelInfo work_stealing_queue();
sim::ModelInfo wronglock();

/// All of them, sorted by name.
std::vector<sim::ModelInfo> programs();

}  // namespace models::classic
