// Q276259: Sender and Scheduler read one send request at the same time. The Scheduler, who cannot read it, takes it
// that there is none, and creates another for the same package and instruction. Its routing is not filled in, because
// the routing instruction exists already; no address fits it, so that it fails and is retried without end [D].
#include <memory>

#include "sms/kindred/article.hpp"
#include "sms/kindred/articles.hpp"
#include "sms/selection.hpp"
#include "sms/transfer.hpp"
#include "sync/ghost.hpp"
#include "sync/property.hpp"

namespace models::sms::kindred {
namespace {

using sim::rows::number;
using namespace sim::vfs;

constexpr unsigned original = 0, duplicate = 1;
constexpr const char* routing_instruction = R"(C:\SMS\schedule.box\2_K1Q0P0.rtr)";  // The folder is made up [M].

struct Facts {
  bool scheduler_reads = false;  ///< The Scheduler has the original open.
  bool original_is_sent = false;
  bool duplicate_is_pending = false;
  bool duplicate_has_failed = false;
  bool scheduler_is_done = false;
};

class CollidingReaders : public Article {
 public:
  explicit CollidingReaders(const sim::Parameters& parameters)
      : Article(parameters), storm_(static_cast<unsigned>(parameters.integer("storm"))) {}

  void start(sim::World& world) override {
    set_up(site_);
    {
      const sim::InitialState setting_up;
      put(site_, routing_instruction, "PS1");
    }
    world.spawn("scheduler", [this] { schedule(); });
    world.spawn("sender", [this] { send_all(); });
  }

 private:
  // ---- Scheduler ----

  void schedule() {
    check_original();
    while (!facts_.get().scheduler_is_done) {
      sim::await([this] { return facts_.get().original_is_sent || facts_.get().duplicate_has_failed; });
      if (facts_.get().duplicate_has_failed) {
        facts_.change([](Facts& it) { it.duplicate_has_failed = false; });
        update(site_, duplicate, Status::none);
        facts_.change([](Facts& it) { it.duplicate_is_pending = true; });
      } else {
        facts_.change([](Facts& it) { it.original_is_sent = false; });
        check_original();
      }
    }
  }

  void check_original() {
    scheduler_log("======  Checking Status of All Send Requests  ======");
    scheduler_log("Checking send request {}", request_id(original));
    const auto file = open_request(site_, original, Access::read);
    if (!file) {
      if (file.error() == Win32Error::sharing_violation) sim::reach("collided");
      if (!repaired_) create_duplicate();
      return;  // Repaired: the request is there and in use; the next pass looks again.
    }
    facts_.change([](Facts& it) { it.scheduler_reads = true; });
    const auto state = read_state(site_, *file);
    (void)site_.files.close(*file);
    facts_.change([](Facts& it) { it.scheduler_reads = false; });
    if (state && state->status == Status::ok) complete();
  }

  void complete() {
    scheduler_log("Send request has successfully completed.");
    delete_request(site_, original);
    sim::reach("request-completed");
    facts_.change([](Facts& it) { it.scheduler_is_done = !it.duplicate_is_pending && !it.duplicate_has_failed; });
  }

  // The destination is filled in where the routing instruction is written, which fails because it exists [D].
  void create_duplicate() {
    const auto routing =
        site_.files.create_file(routing_instruction, Access::write, Share::none, Disposition::create_new);
    const std::string_view site = routing ? "PS1" : "";
    std::string contents =
        file_contents({request_id(duplicate), std::string(site), std::string(site), std::string(job), 16});
    for (const auto& [record, extension] : {std::pair{Record::package, ".PCK"}, {Record::instruction, ".INS"}}) {
      const auto line = line_of(record, request_id(original) + extension);
      contents.replace(place_of(record), line.size(), line.data(), line.size());
    }
    put(site_, outbox_path(request_id(duplicate) + ".srq"), contents);
    scheduler_log("Created new send request ID: {}", request_id(duplicate));
    sim::expect(false, "no-duplicate-request", "2_K1R0P0 is created for the package and the instruction of 2_K1Q0P0");
    sim::expect(routing.has_value(), "no-blank-routing", "2_K1R0P0 has no destination site and no final site");
    facts_.change([](Facts& it) { it.duplicate_is_pending = true; });
  }

  // ---- Sender ----

  void send_all() {
    while (!claim()) sim::await([this] { return !facts_.get().scheduler_reads; });
    send(site_, *selection_, Claim{.request = original});
    facts_.change([](Facts& it) { it.original_is_sent = true; });
    for (unsigned attempts = 1;; ++attempts) {
      sim::await([this] { return facts_.get().duplicate_is_pending || facts_.get().scheduler_is_done; });
      if (!facts_.get().duplicate_is_pending) return;
      facts_.change([](Facts& it) { it.duplicate_is_pending = false; });
      send_duplicate();
      sim::check(attempts < storm_, "no-retry-storm",
                 fmt::format("2_K1R0P0 was tried {} times, and nothing will ever change", attempts));
      facts_.change([](Facts& it) { it.duplicate_has_failed = true; });
    }
  }

  // Exclusively, so that nobody else can read it meanwhile: the collision [I]. False if the Scheduler is reading.
  bool claim() {
    const auto file = site_.files.create_file(outbox_path(request_id(original) + ".srq"), Access::read | Access::write,
                                              Share::none, Disposition::open_existing);
    if (!file) return false;
    sender_log("Found send request.  ID: {}, Dest Site: {}", request_id(original), site_code(0));
    (void)write_state(site_, original, *file, Status::started, Action::nothing);
    (void)site_.files.close(*file);
    return true;
  }

  void send_duplicate() {
    const auto file = open_request(site_, duplicate, Access::read | Access::write);
    SIM_CHECK(file.has_value());
    const std::string destination = read_record(site_, *file, Record::destination_site);
    sender_log("Found send request.  ID: {}, Dest Site: {}", request_id(duplicate), destination);
    // There is no address for a blank destination.
    sender_log("Could not establish connection.");
    sender_log("Operation is retryable.");
    (void)write_state(site_, duplicate, *file, Status::error, Action::retry);
    (void)site_.files.close(*file);
  }

  unsigned storm_;
  std::unique_ptr<Selection> selection_ = make_selection(SelectionKind::critical_section);  // One thread sends.
  sim::ghost<Facts> facts_;
};

}  // namespace

sim::ModelInfo q276259() {
  return {
      .name = "sms-q276259",
      .title = "Q276259: the Scheduler cannot read a request in use, and creates a duplicate without routing",
      .parameters = {repaired("A Scheduler that gets error 32 leaves the request alone until its next pass [I].",
                              "Q276259 [D]; fixed in SMS 2.0 SP4, how is not public"),
                     number("storm", 3, 2, 9, "attempts",
                            "Vain attempts that count as a retry storm; the product never stops.", "model")},
      .properties = {{"no-duplicate-request", "No second request is created for one package and instruction [D]."},
                     {"no-blank-routing", "No request is without destination and final site [D]."},
                     {"no-retry-storm", "No request fails and is retried without end [D]."}},
      .goals = {{"collided", "The Scheduler got Win32 error 32: the Sender opens a request exclusively [I]."},
                {"request-completed", "The original request was sent and deleted."}},
      .make = make<CollidingReaders>,
  };
}

}  // namespace models::sms::kindred
