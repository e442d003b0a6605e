// Q227021: the Scheduler makes an instruction of zero bytes for a minijob, and hangs. Nothing is sent to other sites
// any more, and Site Component Manager cannot stop it [D]. How an empty instruction makes it hang is not documented;
// here it reads the instruction until it has all of it [I].
#include <array>
#include <span>

#include "sms/kindred/article.hpp"
#include "sms/kindred/articles.hpp"
#include "sync/atomic.hpp"
#include "sync/forget.hpp"
#include "sync/ghost.hpp"
#include "sync/property.hpp"

namespace models::sms::kindred {
namespace {

using namespace sim::vfs;

constexpr unsigned minijobs = 2;
constexpr std::size_t instruction_bytes = 16;

class HangingScheduler : public Article {
 public:
  explicit HangingScheduler(const sim::Parameters& parameters) : Article(parameters) {}

  void start(sim::World& world) override {
    set_up(site_);
    world.spawn("scheduler", [this] { schedule(); });
    world.spawn("site-component-manager", [this] { stop(); });
  }

 private:
  static std::string path_of(unsigned minijob) { return to_send_path(request_id(1 + minijob) + ".INS"); }

  void schedule() {
    bool stopped = false;
    for (unsigned minijob = 0; minijob < minijobs && !stopped; ++minijob) {
      sim::forget_dead_frames();
      activate(minijob);
      stopped = stop_.load();
    }
    if (stopped) sim::reach("stopped");
    ended_.change([](bool& it) { it = true; });
  }

  // Site Component Manager resets the site at any time, and waits for the Scheduler to stop.
  void stop() {
    stop_.store(true);
    sim::await([this] { return ended_.get(); });
  }

  [[gnu::noinline]] void activate(unsigned minijob) {
    scheduler_log("<Activating JOB {}>", job);
    create_instruction(minijob, minijob == 0 && sim::choose(2) == 1);
    sim::forget_dead_frames();
    while (!read_instruction(minijob)) {
      (void)site_.files.delete_file(path_of(minijob));
      create_instruction(minijob, false);
    }
    const auto request = file_contents({request_id(1 + minijob), site_code(0), site_code(0), std::string(job), 0});
    put(site_, outbox_path(request_id(1 + minijob) + ".srq"), request);
    scheduler_log("Created new send request ID: {}", request_id(1 + minijob));
    if (minijob == 1) sim::reach("next-request-created");
  }

  // The fault: nothing is written.
  [[gnu::noinline]] void create_instruction(unsigned minijob, bool fails) {
    scheduler_log("Creating instruction file: {}", path_of(minijob));
    put(site_, path_of(minijob), fails ? "" : "execute 2_K1R0P0");
    if (fails) sim::reach("zero-byte-instruction");
  }

  // False if the repaired Scheduler finds that it is not whole.
  [[gnu::noinline]] bool read_instruction(unsigned minijob) {
    const auto file = open_local(site_, path_of(minijob));
    SIM_CHECK(file.has_value());
    std::size_t got = 0;
    while (got < instruction_bytes) {
      sim::forget_dead_frames();
      const std::size_t more = read_some(*file, got);
      if (more == 0 && repaired_) break;
      got += more;
    }
    (void)site_.files.close(*file);
    return got == instruction_bytes;
  }

  [[gnu::noinline]] std::size_t read_some(Handle file, std::size_t position) {
    std::array<std::byte, instruction_bytes> data;
    const auto read = site_.files.read(file, position, std::span(data).subspan(position));
    return read ? *read : 0;
  }

  sim::atomic<bool> stop_{false, "stop"};
  sim::ghost<bool> ended_;
};

}  // namespace

sim::ModelInfo q227021() {
  return {
      .name = "sms-q227021",
      .title = "Q227021: an instruction of zero bytes hangs the Scheduler, which nobody can stop",
      .parameters = {repaired("The end of a file is no reason to go on reading; a short instruction is made anew [I].",
                              "Q227021 [D]; fixed in a service pack of SMS 2.0, how is not public")},
      .properties = {},
      .goals = {{"zero-byte-instruction", "The fault: the instruction was made, and nothing written [D]."},
                {"next-request-created", "The Scheduler came to the next minijob."},
                {"stopped", "The Scheduler stopped when Site Component Manager asked it to."}},
      .make = make<HangingScheduler>,
  };
}

}  // namespace models::sms::kindred
