#include "sms/selection/critical_section.hpp"

#include "sms/selection/kinds.hpp"

namespace models::sms {

std::unique_ptr<Selection> make_critical_section() {
  return std::make_unique<CriticalSection>();
}

}  // namespace models::sms
