#include "sms/kindred/articles.hpp"

namespace models::sms::kindred {

std::vector<sim::ModelInfo> articles() {
  return {q137610(), q159201(), q161043(), q181042(), q227021(), q276259(), q278357(), q279498(), q323614()};
}

}  // namespace models::sms::kindred
