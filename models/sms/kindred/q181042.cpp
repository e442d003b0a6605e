// Q181042: a sender updates a request that the Scheduler has deleted. The write creates it anew, with nothing but what
// was written: destination site and job are blank [D].
#include "sms/kindred/article.hpp"
#include "sms/kindred/articles.hpp"
#include "sync/ghost.hpp"
#include "sync/property.hpp"

namespace models::sms::kindred {
namespace {

using namespace sim::vfs;

struct Facts {
  bool sent = false;
  bool deleted = false;
  bool sender_is_done = false;
};

class LateUpdate : public Article {
 public:
  explicit LateUpdate(const sim::Parameters& parameters) : Article(parameters) {}

  void start(sim::World& world) override {
    set_up(site_);
    world.spawn("scheduler", [this] { schedule(); });
    world.spawn("sender", [this] { send(); });
  }

 private:
  // The job is cancelled: why the Scheduler deletes a request that is being sent is not documented [I].
  void schedule() {
    delete_request(site_, 0);
    facts_.change([](Facts& it) { it.deleted = true; });
    if (facts_.get().sent) sim::reach("request-completed");
    sim::await([this] { return facts_.get().sender_is_done; });
    check_request();
  }

  void check_request() {
    scheduler_log("======  Checking Status of All Send Requests  ======");
    const auto file = open_request(site_, 0, Access::read);
    if (!file) return;
    scheduler_log("Checking send request {}", request_id(0));
    const std::string destination = read_record(site_, *file, Record::destination_site);
    const std::string its_job = read_record(site_, *file, Record::job);
    const bool corrupt = destination.empty() && its_job.empty();
    if (corrupt) scheduler_log("DBG>> Send request about to write bad data. Component SMS_SCHEDULER");
    sim::expect(!corrupt, "no-corrupt-request", "2_K1Q0P0: destination site and job are blank");
    (void)site_.files.close(*file);
  }

  void send() {
    if (claim()) {
      const std::string name = request_id(0) + ".PCK";
      const auto sent = send_file(site_, to_send_path(name), remote_path(0, name));
      if (facts_.get().deleted) sim::reach("deleted-in-mid-send");
      write_status(sent ? Status::ok : Status::error, sent ? Action::nothing : Action::retry);
    }
    facts_.change([](Facts& it) { it.sender_is_done = true; });
  }

  bool claim() {
    const auto file = open_request(site_, 0, Access::read | Access::write);
    if (!file) return false;
    const auto claimed = write_state(site_, 0, *file, Status::started, Action::nothing);
    (void)site_.files.close(*file);
    return claimed.has_value();
  }

  void write_status(Status status, Action action) {
    if (repaired_) {
      update(site_, 0, status, action);
    } else {
      persist_state(site_, 0, status, action);  // OPEN_ALWAYS [I].
    }
    facts_.change([status](Facts& it) { it.sent = status == Status::ok; });
  }

  sim::ghost<Facts> facts_;
};

}  // namespace

sim::ModelInfo q181042() {
  return {
      .name = "sms-q181042",
      .title = "Q181042: a sender updates a deleted request, which comes back corrupt",
      .parameters = {repaired("A status is written to a request that exists, never to a new file [I].",
                              "Q181042 [D]; fixed in a service pack of SMS 1.2, how is not public")},
      .properties = {{"no-corrupt-request", "No request is without destination site and job [D]."}},
      .goals = {{"deleted-in-mid-send", "The request was deleted before the Sender wrote how the send ended [D]."},
                {"request-completed", "The request was sent, and deleted after that."}},
      .make = make<LateUpdate>,
  };
}

}  // namespace models::sms::kindred
