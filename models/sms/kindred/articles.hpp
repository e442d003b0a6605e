#pragma once

#include <vector>

#include "runtime/model.hpp"

/// Other articles of the knowledge base about Sender, Scheduler, Despooler and the files between them. Each is a small
/// program with `repaired`: as the article describes it, and as it should be.
namespace models::sms::kindred {

sim::ModelInfo q137610();
sim::ModelInfo q159201();
sim::ModelInfo q161043();
sim::ModelInfo q181042();
sim::ModelInfo q227021();
sim::ModelInfo q276259();
sim::ModelInfo q278357();
sim::ModelInfo q279498();
sim::ModelInfo q323614();

/// All of them, sorted by number.
std::vector<sim::ModelInfo> articles();

}  // namespace models::sms::kindred
