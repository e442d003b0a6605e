#include "classic/programs.hpp"

namespace models::classic {

std::vector<sim::ModelInfo> programs() {
  return {account(),         atomic_replace(),
          bakery(),          bluetooth_driver(),
          bounded_buffer(),  carter01(),
          circular_buffer(), deadlock01(),
          dekker(),          dining_philosophers(),
          lazy01(),          michael_scott_queue(),
          peterson(),        queue(),
          readers_writers(), reorder(),
          stack(),           sync01(),
          token_ring(),      treiber_stack(),
          twostage(),        work_stealing_queue(),
          wronglock()};
}

}  // namespace models::classic
