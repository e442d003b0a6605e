// A program saves a file: it writes the new contents to a temporary name, renames that over the old one, and says that
// it has saved. The power fails at any moment. Who comes then must find the contents of one version as a whole, and not
// of one before the last that was said to be saved. For the first the contents must be on the disk before the rename,
// for the second the rename before the word.
// Source: Pillai et al., "All file systems are not created equal", OSDI 2014 (atomic replace via rename).
#include <array>
#include <span>
#include <string>

#include "classic/program.hpp"
#include "classic/programs.hpp"
#include "sync/atomic.hpp"
#include "sync/process.hpp"
#include "sync/property.hpp"
#include "vfs/file_system.hpp"

namespace models::classic {
namespace {

using namespace sim::vfs;

constexpr const char* file = "C:\\FILE";
constexpr const char* temporary = "C:\\FILE.TMP";
constexpr std::array<std::string_view, 4> versions = {"ZERO", "ONE1", "TWO2", "THREE3"};

class AtomicReplace : public sim::Model {
 public:
  explicit AtomicReplace(const sim::Parameters& parameters)
      : flushes_contents_(!parameters.boolean("broken") || parameters.text("bug") != "contents"),
        flushes_names_(!parameters.boolean("broken") || parameters.text("bug") != "names"),
        saves_(static_cast<std::size_t>(parameters.integer("saves"))) {
    const sim::InitialState setting_up;
    const bool lazy = parameters.text("journal") == "lazy";
    (void)files_.mount("C:", {.durability = Durability::torn, .journal = lazy ? Journal::lazy : Journal::forced});
    write(file, versions[0], true);
  }

  void start(sim::World& world) override {
    machine_.start("program", [this] { save_all(); }).detach();
    world.spawn("power", [this] { fail(); });
  }

 private:
  void write(const char* path, std::string_view text, bool flushes) {
    const auto opened = files_.create_file(path, Access::write, Share::none, Disposition::create_always);
    (void)files_.write(*opened, 0, std::as_bytes(std::span(text)));
    if (flushes) (void)files_.flush(*opened);
    (void)files_.close(*opened);
  }

  void save_all() {
    for (std::size_t version = 1; version <= saves_; ++version) {
      write(temporary, versions[version], flushes_contents_);
      (void)files_.move_file(temporary, file, true);
      // Any file of the volume would do.
      if (flushes_names_) {
        const auto opened = files_.create_file(file, Access::write, Share::none, Disposition::open_existing);
        (void)files_.flush(*opened);
        (void)files_.close(*opened);
      }
      saved_ = version;
    }
  }

  void fail() {
    machine_.crash();
    (void)files_.lose_power("C:");
    const auto opened = files_.create_file(file, Access::read, Share::none, Disposition::open_existing);
    sim::check(opened.has_value(), "old-or-new", "there is no file");
    std::array<char, 16> text{};
    const auto count = files_.read(*opened, 0, std::as_writable_bytes(std::span(text)));
    const std::string_view found(text.data(), *count);
    std::size_t version = 0;
    while (version <= saves_ && versions[version] != found) ++version;
    sim::check(version <= saves_, "old-or-new", "the file has the contents of no version");
    const std::size_t saved = saved_;
    sim::check(version >= saved, "saved-is-kept", "the file has the contents of a version before the saved one");
    if (version > saved) sim::reach("replaced-unsaid");
    if (saved != 0) sim::reach("saved");
  }

  bool flushes_contents_, flushes_names_;
  std::size_t saves_;
  FileSystem files_;
  sim::process machine_{"machine"};
  sim::atomic<std::size_t> saved_{0, "saved"};
};

}  // namespace

sim::ModelInfo atomic_replace() {
  constexpr std::string_view source = "Pillai et al., OSDI 2014";
  return {
      .name = "atomic-replace",
      .title = "A file is replaced by a rename, and the power fails",
      .parameters = {broken("With the bug that `bug` names.", source),
                     {.name = "bug",
                      .fallback = std::string("contents"),
                      .choices = {"contents", "names"},
                      .description = "If broken: the contents are not flushed before the rename; or the rename is not "
                                     "before the program says that it has saved.",
                      .source = source},
                     {.name = "journal",
                      .fallback = std::string("lazy"),
                      .choices = {"lazy", "forced"},
                      .description = "Whether a power loss may take back the last changes of names.",
                      .source = source},
                     number("saves", 2, 1, 3, "versions", "How often the program saves.", source)},
      .properties = {{"old-or-new", "Behind the power loss the file has the contents of one version as a whole."},
                     {"saved-is-kept", "It is none before the last that was said to be saved."}},
      .goals = {{"replaced-unsaid", "The new version is there, though the program had not said so yet."},
                {"saved", "The program had said that it saved."}},
      .make = make<AtomicReplace>,
  };
}

}  // namespace models::classic
