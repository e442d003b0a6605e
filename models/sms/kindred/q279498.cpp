// Q279498 (and Q235837): a sender looks for the instruction only after it has sent the package. If the instruction is
// missing, the request is rescheduled, and the package is sent again, and again; an empty file is left behind [D].
#include "sms/kindred/article.hpp"
#include "sms/kindred/articles.hpp"
#include "sync/forget.hpp"
#include "sync/ghost.hpp"
#include "sync/property.hpp"

namespace models::sms::kindred {
namespace {

using sim::Failure;
using sim::Ok;
using namespace sim::vfs;

enum class Turn : std::uint8_t { sender, scheduler, nobody };

class MissingInstruction : public Article {
 public:
  explicit MissingInstruction(const sim::Parameters& parameters) : Article(parameters) {}

  void start(sim::World& world) override {
    set_up(site_);
    // Why the instruction is gone is not documented; it goes at any time [M].
    world.spawn("cleanup", [this] { (void)site_.files.delete_file(local(".INS")); });
    world.spawn("sender", [this] { send_requests(); });
    world.spawn("scheduler", [this] { schedule(); });
  }

 private:
  static std::string local(std::string_view extension) { return to_send_path(request_id(0) + std::string(extension)); }
  static std::string remote(std::string_view extension) {
    return remote_path(0, request_id(0) + std::string(extension));
  }

  // ---- Scheduler ----

  void schedule() {
    for (;;) {
      sim::await([this] { return turn_.get() == Turn::scheduler; });
      sim::forget_dead_frames();
      const bool goes_on = check_request();
      turn_.change([goes_on](Turn& it) { it = goes_on ? Turn::sender : Turn::nobody; });
      if (!goes_on) return;
    }
  }

  [[gnu::noinline]] bool check_request() {
    const RequestState state = look_at(site_, 0);
    if (state.action == Action::retry) {
      update(site_, 0, Status::none);  // Pending again [D].
      return true;
    }
    if (state.status == Status::ok) scheduler_log("Send request has successfully completed.");
    delete_request(site_, 0);
    if (state.status == Status::ok) sim::reach("request-completed");
    return false;
  }

  // ---- Sender ----

  void send_requests() {
    for (;;) {
      sim::await([this] { return turn_.get() != Turn::scheduler; });
      if (turn_.get() == Turn::nobody) return;
      sim::forget_dead_frames();
      send();
      turn_.change([](Turn& it) { it = Turn::scheduler; });
    }
  }

  [[gnu::noinline]] void send() {
    update(site_, 0, Status::started);
    const auto sent = repaired_ ? send_with_instruction_open() : send_package_first();
    if (sent) {
      sender_log("Sending completed successfully");
      update(site_, 0, Status::ok);
    } else {
      if (!repaired_) sender_log("Operation is retryable.");
      update(site_, 0, Status::error, repaired_ ? Action::remove : Action::retry);
    }
  }

  [[gnu::noinline]] Result<Ok> send_package_first() {
    auto sent = send_file(site_, local(".PCK"), remote(".PCK"));
    if (!sent) return sent;
    // The file at the destination is created before the local one is opened, so that it stays empty [I].
    const auto to = create_remote(site_, remote(".TMP"));
    if (!to) return Failure{to.error()};
    const auto from = open_local(site_, local(".INS"));
    sent = from ? copy_block(site_, *from, *to, remote(".TMP"), 0) : Result<Ok>(Failure{from.error()});
    if (from) (void)site_.files.close(*from);
    (void)site_.files.close(*to);
    if (!from) report_missing();
    return sent ? rename_remote(site_, remote(".TMP"), remote(".SNI")) : sent;
  }

  [[gnu::noinline]] void report_missing() {
    sim::expect(false, "no-package-in-vain", "2_K1Q0P0.PCK was sent, and there is no instruction for it");
    const auto left = site_.files.attributes(remote(".TMP"));
    sim::expect(!left || left->size > 0, "no-zero-byte-file", remote(".TMP") + " is left with zero bytes");
  }

  // An open instruction cannot go any more: a delete waits until it is closed.
  [[gnu::noinline]] Result<Ok> send_with_instruction_open() {
    const auto from = open_local(site_, local(".INS"));
    if (!from) {
      sim::reach("instruction-missing");
      return Failure{from.error()};
    }
    auto sent = send_file(site_, local(".PCK"), remote(".PCK"));
    const auto to = create_remote(site_, remote(".TMP"));
    if (sent && to) sent = copy_block(site_, *from, *to, remote(".TMP"), 0);
    if (to) (void)site_.files.close(*to);
    (void)site_.files.close(*from);
    return sent ? rename_remote(site_, remote(".TMP"), remote(".SNI")) : sent;
  }

  sim::ghost<Turn> turn_{Turn::sender};
};

}  // namespace

sim::ModelInfo q279498() {
  return {
      .name = "sms-q279498",
      .title = "Q279498, Q235837: a package without instruction is sent again and again",
      .parameters = {repaired("The instruction is opened before the package is sent; without one the request is "
                              "deleted, not rescheduled [I].",
                              "Q279498 [D]; fixed in SMS 2.0 SP4, how is not public")},
      .properties = {{"no-package-in-vain", "No package is sent whose instruction is missing [D]."},
                     {"no-zero-byte-file", "No file of zero bytes is left at the destination [D]."}},
      .goals = {{"instruction-missing", "The fault: there is no instruction when the repaired sender looks [D]."},
                {"request-completed", "The request was sent and deleted."}},
      .make = make<MissingInstruction>,
  };
}

}  // namespace models::sms::kindred
