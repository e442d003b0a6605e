#include "sms/selection/kinds.hpp"
#include "sms/selection/outbox.hpp"

namespace models::sms {
namespace {

/// 0. The affected products: nothing between reading NONE and writing STARTED keeps another thread from doing the same
/// [I]. Fails: two threads read NONE before either writes.
class Unsynchronised : public Selection {
 public:
  Claim claim(Site& site) override {
    const InSelection inside(site);
    return {first_in_outbox(site, claim_if_pending)};
  }
};

}  // namespace

std::unique_ptr<Selection> make_unsynchronised() {
  return std::make_unique<Unsynchronised>();
}

}  // namespace models::sms
