// Q278357: after a network error a sending thread waits for the retry delay, its remote package still open. If that is
// longer than the heartbeat timeout, the send counts as lost, and the next sending thread gets error 32 on the package
// that the first one still holds [D].
#include <chrono>

#include "sms/kindred/article.hpp"
#include "sms/kindred/articles.hpp"
#include "sync/ghost.hpp"
#include "sync/property.hpp"
#include "sync/thread.hpp"

namespace models::sms::kindred {
namespace {

using sim::rows::number;
using namespace sim::vfs;

struct Facts {
  bool begun = false;
  bool package_is_open = false;  ///< By the first sending thread.
  bool given_up = false;         ///< The heartbeat of the first send is expired.
};

class LostHeartbeat : public Article {
 public:
  explicit LostHeartbeat(const sim::Parameters& parameters)
      : Article(parameters),
        retry_delay_(parameters.integer("retry_delay")),
        heartbeat_timeout_(parameters.integer("heartbeat_timeout")) {}

  void start(sim::World& world) override {
    set_up(site_);
    world.spawn("sender", [this] { watch(); });
    world.spawn("sender-1", [this] { send_first(); });
  }

 private:
  // The main thread: a send whose heartbeat has not changed for the timeout counts as lost [D].
  void watch() {
    sim::await([this] { return facts_.get().begun; });
    std::string before;
    for (;;) {
      const std::string now = heartbeat();
      if (now == "done") return;
      if (now == before) break;
      before = now;
      sim::this_thread::sleep_for(std::chrono::minutes(heartbeat_timeout_));
    }
    sender_log("Heartbeat is expired.");
    sim::reach("heartbeat-expired");
    facts_.change([](Facts& it) { it.given_up = true; });
    if (repaired_) {
      sim::await([this] { return !facts_.get().package_is_open; });
      if (heartbeat() == "done") return;
    }
    send_again();
  }

  // What the request says; "done" if it was sent.
  std::string heartbeat() {
    const auto file = open_request(site_, 0, Access::read);
    SIM_CHECK(file.has_value());
    const auto state = read_state(site_, *file);
    const std::string value = read_record(site_, *file, Record::heartbeat);
    (void)site_.files.close(*file);
    return state && state->status == Status::ok ? "done" : value;
  }

  void send_first() {
    const std::string name = request_id(0) + ".PCK";
    const auto to = create_remote(site_, remote_path(0, name));
    SIM_CHECK(to.has_value());
    facts_.change([](Facts& it) { it.package_is_open = true; });
    update(site_, 0, Status::sending);
    facts_.change([](Facts& it) { it.begun = true; });
    const bool sent = send_or_wait(*to, name);
    (void)site_.files.close(*to);
    if (sent) {
      finish();
      sim::reach("sent-by-the-first");
    }
    facts_.change([](Facts& it) { it.package_is_open = false; });
  }

  bool send_or_wait(Handle to, const std::string& name) {
    if (sim::choose(2) == 1) {  // The fault: the connection drops.
      sim::reach("network-error");
      sender_log("Operation is retryable.");
      sim::this_thread::sleep_for(std::chrono::minutes(retry_delay_));
      if (facts_.get().given_up) {
        sender_log("Can't re-establish the connection.");
        return false;
      }
      update(site_, 0, Status::sending);
    }
    return copy(to, name);
  }

  bool copy(Handle to, const std::string& name) {
    const auto from = open_local(site_, to_send_path(name));
    SIM_CHECK(from.has_value());
    const auto copied = copy_block(site_, *from, to, remote_path(0, name), 0);
    (void)site_.files.close(*from);
    return copied.has_value();
  }

  // The request is pending again, and another sending thread takes it.
  void send_again() {
    sim::thread sending("sender-2", [this] {
      const std::string name = request_id(0) + ".PCK";
      const std::string remote = remote_path(0, name);
      const auto to = create_remote(site_, remote);
      if (!to) {
        sim::expect(to.error() != Win32Error::sharing_violation, "no-sharing-violation", remote + ": Win32 error 32");
        return;
      }
      const bool sent = copy(*to, name);
      (void)site_.files.close(*to);
      if (!sent) return;
      finish();
      sim::reach("sent-by-the-second");
    });
    sending.detach();
  }

  void finish() {
    update(site_, 0, Status::ok);
    sender_log("Sending completed successfully");
  }

  std::int64_t retry_delay_, heartbeat_timeout_;
  sim::ghost<Facts> facts_;
};

}  // namespace

sim::ModelInfo q278357() {
  return {
      .name = "sms-q278357",
      .title = "Q278357: a retry delay beyond the heartbeat timeout, and the retry meets its own open package",
      .parameters = {repaired("A send that counts as lost is retried only when its thread has closed the package [I].",
                              "Q278357 [D]; fixed in SMS 2.0 SP4, how is not public"),
                     number("retry_delay", 6, 0, 60, "minutes",
                            "How long a sending thread waits after a network error; the product's default is 1.",
                            "Q278357 [D]"),
                     number("heartbeat_timeout", 5, 1, 60, "minutes",
                            "A heartbeat that has not changed for so long is expired.", "Q278357 [D]")},
      .properties = {{"no-sharing-violation", "No sending thread gets Win32 error 32 on the remote package [D]."}},
      .goals = {{"network-error", "The fault: a network error while the package is sent [D]."},
                {"heartbeat-expired", "A send counted as lost [D]."},
                {"sent-by-the-first", "The first sending thread sent the package."},
                {"sent-by-the-second", "The second one did, after the first send counted as lost."}},
      .make = make<LostHeartbeat>,
  };
}

}  // namespace models::sms::kindred
