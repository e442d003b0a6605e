// Q161043: the despooler opens an instruction that the sender has not released yet, gets error 32, and never tries
// again [D].
#include "sms/kindred/article.hpp"
#include "sms/kindred/articles.hpp"
#include "sync/ghost.hpp"
#include "sync/property.hpp"

namespace models::sms::kindred {
namespace {

using namespace sim::vfs;

struct Facts {
  bool instruction_exists = false;
  bool sender_is_done = false;
};

class EarlyDespooler : public Article {
 public:
  explicit EarlyDespooler(const sim::Parameters& parameters) : Article(parameters) {}

  void start(sim::World& world) override {
    set_up(site_);
    world.spawn("sender", [this] { send(); });
    world.spawn("despooler", [this] { despool(); });
  }

  std::optional<sim::FinalViolation> check_final_state() override {
    if (executed_) return std::nullopt;
    return sim::FinalViolation{"instruction-executed", remote(".SNI") + " was delivered, and is never executed"};
  }

 private:
  static std::string remote(std::string_view extension) {
    return remote_path(0, request_id(0) + std::string(extension));
  }

  // Instructions are written under their last name. The later product writes ID.TMP, and renames it when it is
  // closed [D]: then a despooler cannot come too early [I].
  void send() {
    const auto package = send_file(site_, to_send_path(request_id(0) + ".PCK"), remote(".PCK"));
    SIM_CHECK(package.has_value());
    const std::string instruction = to_send_path(request_id(0) + ".INS");
    const auto from = open_local(site_, instruction);
    const auto to = create_remote(site_, remote(".SNI"));
    SIM_CHECK(from.has_value() && to.has_value());
    facts_.change([](Facts& it) { it.instruction_exists = true; });
    sender_log("Sending Started [{}]", instruction);
    (void)copy_block(site_, *from, *to, remote(".SNI"), 0);
    (void)site_.files.close(*to);
    facts_.change([](Facts& it) { it.sender_is_done = true; });
    (void)site_.files.close(*from);
    sender_log("Sending completed [{}]", instruction);
    sender_log("Sending completed successfully");
  }

  void despool() {
    despooler_log("Waiting for ready instruction file....");
    sim::await([this] { return facts_.get().instruction_exists; });
    if (execute()) return;
    sim::reach("sharing-violation");
    if (!repaired_) return;
    sim::await([this] { return facts_.get().sender_is_done; });
    SIM_CHECK(execute());
  }

  // False if the instruction is in use.
  bool execute() {
    const auto found = site_.files.find_first(remote_path(0, "*.SNI"));
    SIM_CHECK(found.has_value());
    despooler_log("Found ready instruction {}.sni", request_id(0));
    const auto file = site_.files.create_file(remote(".SNI"), Access::read, Share::read, Disposition::open_existing);
    if (!file) return false;
    (void)site_.files.close(*file);
    (void)site_.files.delete_file(remote(".PCK"));
    (void)site_.files.delete_file(remote(".SNI"));
    executed_ = true;
    sim::reach("instruction-executed");
    return true;
  }

  sim::ghost<Facts> facts_;
  bool executed_ = false;  ///< Set by the despooler; read when all threads have ended.
};

}  // namespace

sim::ModelInfo q161043() {
  return {
      .name = "sms-q161043",
      .title = "Q161043: the despooler opens an instruction too early, gets error 32, and never tries again",
      .parameters = {repaired("A despooler that gets error 32 tries again when the instruction is closed [I].",
                              "Q161043 [D]")},
      .properties = {{"instruction-executed", "Every instruction that was delivered is executed [D]."}},
      .goals = {{"sharing-violation", "The despooler got Win32 error 32 [D]."},
                {"instruction-executed", "The despooler executed the instruction."}},
      .make = make<EarlyDespooler>,
  };
}

}  // namespace models::sms::kindred
