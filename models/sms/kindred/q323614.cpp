// Q323614: the despooler makes an empty file with a new name in the folder of the Replication Manager, and moves what
// it has received over it. If the Replication Manager has the empty file open, the move fails with error 5, and the
// empty file stays [D].
#include "sms/kindred/article.hpp"
#include "sms/kindred/articles.hpp"
#include "sync/ghost.hpp"
#include "sync/property.hpp"

namespace models::sms::kindred {
namespace {

using namespace sim::vfs;

constexpr const char* received = R"(C:\SMS\despoolr.box\receive\1.RPL)";
constexpr const char* incoming = R"(C:\SMS\replmgr.box\incoming)";
constexpr unsigned most_moves = 2;  ///< Under as many names; what is left then waits for the next start [M].

struct Facts {
  bool incoming_has_changed = false;
  bool in_use = false;  ///< The Replication Manager has a file open.
  bool despooler_is_done = false;
};

class RefusedMove : public Article {
 public:
  explicit RefusedMove(const sim::Parameters& parameters) : Article(parameters) {}

  void start(sim::World& world) override {
    {
      const sim::InitialState setting_up;
      SIM_CHECK(site_.files.mount("C:").has_value());
      for (const char* path : {R"(C:\SMS)", R"(C:\SMS\despoolr.box)", R"(C:\SMS\despoolr.box\receive)",
                               R"(C:\SMS\replmgr.box)", incoming}) {
        make_directory(site_, path);
      }
      put(site_, received, "replicated data");
    }
    world.spawn("despooler", [this] { despool(); });
    world.spawn("replication-manager", [this] { replicate(); });
  }

  std::optional<sim::FinalViolation> check_final_state() override {
    for (unsigned name = 1; name <= most_moves; ++name) {
      const auto found = site_.files.attributes(path_of(name));
      if (found && found->size == 0) return sim::FinalViolation{"no-zero-byte-file", path_of(name) + " stays empty"};
    }
    return std::nullopt;
  }

 private:
  static std::string path_of(unsigned name) { return fmt::format(R"({}\{:08}.RPL)", incoming, name); }

  void despool() {
    bool moved = false;
    for (unsigned name = 1; !moved && name <= most_moves; ++name) moved = hand_over(name);
    facts_.change([](Facts& it) { it.despooler_is_done = true; });
  }

  // Reserves a name, and moves the file to it.
  bool hand_over(unsigned name) {
    put(site_, path_of(name), "");
    facts_.change([](Facts& it) { it.incoming_has_changed = true; });
    for (;;) {
      const auto moved = site_.files.move_file(received, path_of(name), true);
      if (moved) break;
      if (moved.error() == Win32Error::access_denied) sim::reach("move-refused");
      if (!repaired_) return false;  // And the next time another name is reserved [D: the number increases].
      sim::await([this] { return !facts_.get().in_use; });
    }
    facts_.change([](Facts& it) { it.incoming_has_changed = true; });
    return true;
  }

  void replicate() {
    for (;;) {
      sim::await([this] { return facts_.get().incoming_has_changed || facts_.get().despooler_is_done; });
      if (!facts_.get().incoming_has_changed) return;
      facts_.change([](Facts& it) { it.incoming_has_changed = false; });
      for (unsigned name = 1; name <= most_moves; ++name) process(name);
    }
  }

  void process(unsigned name) {
    const auto file = site_.files.create_file(path_of(name), Access::read, share_all, Disposition::open_existing);
    if (!file) return;
    facts_.change([](Facts& it) { it.in_use = true; });
    std::array<std::byte, 16> data;
    const auto read = site_.files.read(*file, 0, data);
    (void)site_.files.close(*file);
    facts_.change([](Facts& it) { it.in_use = false; });
    if (!read || *read == 0) return;
    (void)site_.files.delete_file(path_of(name));
    sim::reach("file-processed");
  }

  sim::ghost<Facts> facts_;
};

}  // namespace

sim::ModelInfo q323614() {
  return {
      .name = "sms-q323614",
      .title = "Q323614: error 5 on a move leaves files of zero bytes in the Replication Manager's folder",
      .parameters = {repaired("A move that was refused is tried again under the same name [I].",
                              "Q323614 [D]; fixed by the hotfix of Q324204, how is not public")},
      .properties = {{"no-zero-byte-file", "No file of zero bytes stays in replmgr.box\\incoming [D]."}},
      .goals = {{"move-refused", "The move failed with Win32 error 5, because the target is open [D]."},
                {"file-processed", "The Replication Manager processed the file."}},
      .make = make<RefusedMove>,
  };
}

}  // namespace models::sms::kindred
