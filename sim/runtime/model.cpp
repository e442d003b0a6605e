#include "runtime/model.hpp"

#include "runtime/program.hpp"

namespace sim {

void run_model(const ModelInfo& info, const Parameters& parameters) {
  World world(parameters);
  const std::unique_ptr<Model> model = info.make(parameters);
  model->start(world);
  runtime::join_all_others();
  if (const auto violation = model->check_final_state()) runtime::violate(violation->property, violation->detail);
}

}  // namespace sim
