#pragma once

#include <vector>

#include "runtime/model.hpp"

/// Textbook and benchmark programs, each with its known bug (`broken = true`) and without.
namespace models::classic {

sim::ModelInfo account();
sim::ModelInfo bluetooth_driver();
sim::ModelInfo carter01();
sim::ModelInfo deadlock01();
sim::ModelInfo reorder();
sim::ModelInfo token_ring();
sim::ModelInfo twostage();
sim::ModelInfo wronglock();

/// All of them, sorted by name.
std::vector<sim::ModelInfo> programs();

}  // namespace models::classic
