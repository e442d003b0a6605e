#pragma once

#include "runtime/model.hpp"

namespace models::sms {

/// Sender, Scheduler and Despooler of Microsoft SMS around KB 885278.
sim::ModelInfo info();

}  // namespace models::sms
