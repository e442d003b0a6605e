#include "classic/programs.hpp"

namespace models::classic {

std::vector<sim::ModelInfo> programs() {
  return {account(), bluetooth_driver(), carter01(), deadlock01(), reorder(), token_ring(), twostage(), wronglock()};
}

}  // namespace models::classic
