#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <sim/sim.hpp>

#include <map>

#include "random_calls.hpp"

/// Random sequences of calls and a power loss: what it may leave, and in how many ways, is what a model says that keeps
/// every state that the names ever had, and tries all subsets of what was written.
namespace sim::vfs {
namespace {

using random::number;

const std::vector<std::string> few_paths = {"A", "B", "D", "D\\A", "E"};

struct Call {
  enum class Kind { write, cut, create, flush, remove, move, make_directory, remove_directory, set_read_only };
  Kind kind;
  unsigned path, target;
  bool flag;     ///< Replaces; sets read-only.
  bool through;  ///< By a handle that writes through.
  unsigned offset, size;
};

/// Performs a call, with a handle of its own if it needs one. Whether it succeeded, and whether it created the file.
struct Done {
  bool succeeded = false, created = false;
};
Done perform(FileSystem& fs, const Call& call, std::string_view data) {
  const std::string path = "C:\\" + few_paths[call.path];
  using Kind = Call::Kind;
  if (call.kind == Kind::remove) return {fs.delete_file(path).has_value()};
  if (call.kind == Kind::move) return {fs.move_file(path, "C:\\" + few_paths[call.target], call.flag).has_value()};
  if (call.kind == Kind::make_directory) return {fs.create_directory(path).has_value()};
  if (call.kind == Kind::remove_directory) return {fs.remove_directory(path).has_value()};
  if (call.kind == Kind::set_read_only) return {fs.set_attributes(path, {.read_only = call.flag}).has_value()};
  const bool may_create = call.kind == Kind::write || call.kind == Kind::create;
  const auto disposition = call.kind == Kind::create ? Disposition::create_always
                           : may_create              ? Disposition::open_always
                                                     : Disposition::open_existing;
  const auto flags = call.through ? OpenFlags::write_through : OpenFlags::none;
  const auto file = fs.create_file(path, Access::write, share_all, disposition, flags);
  if (!file) return {};
  const bool created = may_create && fs.last_error() == Win32Error::success;
  if (call.kind == Kind::write) check(fs.write(*file, call.offset, bytes(data)).has_value(), "write");
  if (call.kind == Kind::cut) check(fs.set_end(*file, call.offset).has_value(), "set_end");
  if (call.kind == Kind::flush) check(fs.flush(*file).has_value(), "flush");
  check(fs.close(*file).has_value(), "close");
  return {true, created};
}

/// The disk as a history of trees, and files that do not know their names.
class Reference {
 public:
  explicit Reference(Durability durability) : durability_(durability) {}

  void apply(const Call& call, const Done& done, const std::string& data) {
    if (!done.succeeded) return;
    using Kind = Call::Kind;
    const std::string& path = few_paths[call.path];
    Tree tree = history_.back();
    if (done.created) {
      tree[path] = {false, false, files_.size()};
      files_.emplace_back();
    }
    if (call.kind == Kind::remove || call.kind == Kind::remove_directory) tree.erase(path);
    if (call.kind == Kind::make_directory) tree[path] = {true, false, 0};
    if (call.kind == Kind::set_read_only) tree[path].read_only = call.flag;
    if (call.kind == Kind::move) move(tree, path, few_paths[call.target]);
    if (tree != history_.back()) history_.push_back(tree);
    const bool has_handle = call.kind <= Kind::flush;
    if (!has_handle) return;
    File& file = files_[history_.back()[path].file];
    if (call.kind == Kind::write && !data.empty()) change(file, {call.offset, data, call.through});
    if (call.kind == Kind::cut) change(file, {call.offset, "", call.through});
    if (call.kind == Kind::create && !done.created) change(file, {0, "", call.through});
    if (call.kind == Kind::flush) file = {file.now, file.now, {}};
    const bool forces = call.kind == Kind::flush || call.through;
    const bool does_something = call.kind != Kind::write || !data.empty() || done.created;
    if (forces && does_something) history_ = {history_.back()};
  }

  /// What may be found, in the form of `found_in`, and in how many ways: one for each number of operations that are
  /// lost and each fate of what was written.
  std::map<std::string, std::uint64_t> outcomes() const {
    std::map<std::string, std::uint64_t> all;
    for (const Tree& tree : history_) {
      std::map<std::string, std::uint64_t> texts = {{"", 1}};
      for (const auto& [path, name] : tree) {
        std::map<std::string, std::uint64_t> longer;
        const std::string head = path + (name.read_only ? "!" : "") + (name.directory ? "\\" : "=");
        for (const auto& [text, ways] : texts) {
          if (name.directory) longer[text + head + " "] += ways;
          if (name.directory) continue;
          for (const auto& [content, more] : contents(files_[name.file]))
            longer[text + head + content + " "] += ways * more;
        }
        texts = longer;
      }
      for (const auto& [text, ways] : texts) all[text] += ways;
    }
    return all;
  }

 private:
  struct Change {
    std::size_t offset;
    std::string data;  ///< Empty: the file gets the size `offset`.
    bool certain;
  };
  struct File {
    std::string stable, now;
    std::vector<Change> changes;
  };
  struct Name {
    bool directory, read_only;
    std::size_t file;
    bool operator==(const Name&) const = default;
  };
  using Tree = std::map<std::string, Name>;

  static void move(Tree& tree, const std::string& from, const std::string& to) {
    Tree moved;
    for (const auto& [path, name] : tree) {
      const bool inside = path == from || path.starts_with(from + "\\");
      if (!inside && path != to) moved[path] = name;
      if (inside) moved[to + path.substr(from.size())] = name;
    }
    tree = moved;
  }

  static void make(std::string& text, const Change& change, std::size_t kept) {
    if (change.data.empty()) {
      text.resize(change.offset, '_');
      return;
    }
    if (kept == 0) return;
    if (text.size() < change.offset + kept) text.resize(change.offset + kept, '_');
    text.replace(change.offset, kept, change.data, 0, kept);
  }

  void change(File& file, const Change& change) const {
    if (change.data.empty() && change.offset == file.now.size()) return;
    make(file.now, change, change.data.size());
    const bool is_stable = durability_ == Durability::everything || (change.certain && file.changes.empty());
    if (is_stable) {
      file.stable = file.now;
    } else {
      file.changes.push_back(change);
    }
  }

  std::map<std::string, std::uint64_t> contents(const File& file) const {
    std::map<std::string, std::uint64_t> texts = {{file.stable, 1}};
    for (const Change& change : file.changes) {
      std::map<std::string, std::uint64_t> next;
      for (const auto& [text, ways] : texts) {
        if (!change.certain) next[text] += ways;
        std::string made = text;
        make(made, change, change.data.size());
        next[made] += ways;
        if (change.certain || durability_ != Durability::torn || change.data.size() < 2) continue;
        made = text;
        make(made, change, change.data.size() / 2);
        next[made] += ways;
      }
      texts = next;
    }
    return texts;
  }

  Durability durability_;
  std::vector<File> files_;
  std::vector<Tree> history_ = {{}};  ///< From what is on the disk for sure to what there is now.
};

void collect(FileSystem& fs, const std::string& directory, std::map<std::string, std::string>& found) {
  auto find = fs.find_first("C:\\" + directory + "*");
  if (!find) return;
  while (const auto entry = fs.find_next(*find)) {
    const std::string path = directory + entry->name;
    std::string& text = found[path];
    text = path + (entry->attributes.read_only ? "!" : "") + (entry->attributes.directory ? "\\ " : "=");
    if (entry->attributes.directory) {
      collect(fs, path + "\\", found);
      continue;
    }
    const auto file = fs.create_file("C:\\" + path, Access::read, share_all, Disposition::open_existing);
    std::string content(entry->attributes.size, '?');
    check(fs.read(*file, 0, std::as_writable_bytes(std::span(content.data(), content.size()))).has_value(), "read");
    for (char& c : content) c = c == '\0' ? '_' : c;
    text += content + " ";
  }
}

/// All that there is, by paths in the order of std::string.
std::string found_in(FileSystem& fs) {
  std::map<std::string, std::string> found;
  collect(fs, "", found);
  std::string all = "=";
  for (const auto& [path, text] : found) all += text;
  return all;
}

std::vector<Call> any_calls() {
  std::vector<Call> calls(number<std::size_t>(1, 9));
  const auto paths = static_cast<unsigned>(few_paths.size());
  for (Call& call : calls) {
    call = {static_cast<Call::Kind>(number(0, 9)),
            number(0U, paths),
            number(0U, paths),
            number(0, 2) == 0,
            number(0, 6) == 0,
            number(0U, 4U),
            number(0U, 3U)};
  }
  return calls;
}

/// Makes the calls, letters from a on for what they write; tells `listener` how each ended.
template <class Listener>
void perform_all(FileSystem& fs, const std::vector<Call>& calls, Durability durability, Listener listener) {
  check(fs.mount("C:", {.durability = durability, .journal = Journal::lazy}).has_value(), "mount");
  char letter = 'a';
  for (const Call& call : calls) {
    const std::string data(call.size, letter++);
    listener(call, perform(fs, call, data), data);
  }
}

void compare_with_history() {
  const std::vector<Call> calls = any_calls();
  const auto durability = static_cast<Durability>(number(0, 3));
  Reference reference(durability);
  FileSystem outside;
  perform_all(outside, calls, durability, [&reference](const Call& call, const Done& done, const std::string& data) {
    reference.apply(call, done, data);
  });
  const Report report = explore([&calls, durability] {
    FileSystem fs;
    perform_all(fs, calls, durability, [](const Call&, const Done&, const std::string&) {});
    check(fs.lose_power("C:").has_value(), "power loss");
    observe("", found_in(fs));
  });
  RC_ASSERT(report.verdict == Verdict::holds);
  std::map<std::string, std::uint64_t> found;
  for (const auto& [outcome, ways] : report.outcomes) found[outcome.substr(2)] = ways;
  RC_ASSERT(found == reference.outcomes());
}

// Short ones, so many.
RC_GTEST_PROP(RandomJournal, leaves_what_a_history_of_all_states_says, ()) {
  for (int i = 0; i < 20; ++i) compare_with_history();
}

}  // namespace
}  // namespace sim::vfs
