// Makes real Win32 file calls in random sequences and prints each with its answer; see tests/vfs/recorded/README.md.
// Built for Windows by `./dev wine`. Usage: record_calls FIRST_SEED SEQUENCES CALLS
// Long because it is compiled alone, and every call that it makes is here.
#include <windows.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <set>
#include <string>
#include <vector>

namespace {

const std::string root = "C:\\racewalk";
const std::vector<std::string> names = {"A", "B", "D\\A", "D\\b", "E\\A", "D", "E", "X\\A"};
constexpr unsigned slots = 4;

/// xorshift64*: the same numbers everywhere.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed * 0x9e3779b97f4a7c15ULL + 1) {}
  unsigned below(unsigned bound) {
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
    return static_cast<unsigned>((state_ * 0x2545f4914f6cdd1dULL) >> 33) % bound;
  }
  bool one_in(unsigned n) { return below(n) == 0; }

 private:
  std::uint64_t state_;
};

/// Bits of the arguments, as in sim/vfs/win32.hpp.
DWORD win32_access(unsigned bits) {
  static const DWORD rights[] = {GENERIC_READ, GENERIC_WRITE, FILE_APPEND_DATA,
                                 FILE_EXECUTE, DELETE,        FILE_READ_ATTRIBUTES};
  DWORD access = 0;
  for (unsigned i = 0; i < 6; ++i) access |= (bits >> i & 1) != 0 ? rights[i] : 0;
  return access;
}

std::string printable(const std::string& data) {
  std::string text = data;
  std::replace(text.begin(), text.end(), '\0', '_');
  return text.empty() ? "-" : text;
}

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  return text;
}

class Recorder {
 public:
  explicit Recorder(std::uint64_t seed) : random_(seed) {
    std::printf("sequence %llu\n", static_cast<unsigned long long>(seed));
    remove_tree(root);
    CreateDirectoryA(root.c_str(), nullptr);
    make_directory("D");
    make_directory("E");
  }
  ~Recorder() {
    for (unsigned slot = 0; slot < slots; ++slot) {
      if (handles_[slot] != INVALID_HANDLE_VALUE) CloseHandle(handles_[slot]);
    }
  }

  void call() {
    const unsigned slot = random_.below(slots);
    if (handles_[slot] == INVALID_HANDLE_VALUE && !random_.one_in(3)) return open(slot);
    switch (random_.below(20)) {
      case 0:
        return remove();
      case 1:
      case 2:
        return move();
      case 3:
        return make_directory(name());
      case 4:
        return remove_directory();
      case 5:
        return attributes();
      case 6:
        return set_attributes();
      case 7:
        return list();
      default:
        return handles_[slot] == INVALID_HANDLE_VALUE ? attributes() : call_on(slot);
    }
  }

 private:
  static void remove_tree(const std::string& path) {
    WIN32_FIND_DATAA found;
    const HANDLE find = FindFirstFileA((path + "\\*").c_str(), &found);
    if (find == INVALID_HANDLE_VALUE) return;
    do {
      const std::string name = found.cFileName;
      if (name == "." || name == "..") continue;
      const std::string inner = path + "\\" + name;
      SetFileAttributesA(inner.c_str(), FILE_ATTRIBUTE_NORMAL);
      if ((found.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0) remove_tree(inner);
      DeleteFileA(inner.c_str());
    } while (FindNextFileA(find, &found) != 0);
    FindClose(find);
    RemoveDirectoryA(path.c_str());
  }

  static std::string full(const std::string& name) { return root + "\\" + name; }
  /// Mostly one of few files.
  std::string name() { return names[random_.below(random_.one_in(3) ? 8 : 4)]; }
  /// A file whose deletion waits cannot be used; what Wine makes of it would lead the states apart.
  bool waits(const std::string& name) const { return pending_.count(lower(name)) > 0; }

  void answer(bool succeeded, const std::string& text = "") {
    const DWORD error = GetLastError();
    std::printf(" -> %lu%s%s\n", succeeded ? 0UL : error, text.empty() || !succeeded ? "" : " ",
                succeeded ? text.c_str() : "");
  }

  void open(unsigned slot) {
    static const DWORD dispositions[] = {CREATE_NEW, CREATE_ALWAYS, OPEN_EXISTING, OPEN_ALWAYS, TRUNCATE_EXISTING};
    const std::string path = name();
    unsigned access = random_.one_in(2) ? 1 | 2 | 16 : random_.below(64);
    unsigned share = random_.one_in(3) ? random_.below(8) : 7;
    unsigned disposition = random_.one_in(2) ? 3 : random_.below(5);
    if (waits(path)) return probe(path);
    // Wine truncates for handles that may not write.
    // And it does not ask the others whether they share writing, where a handle overwrites that may not write.
    if (disposition == 4 && exists(path)) access |= 2;
    if (disposition == 1 && is_open(path)) access |= 2;
    std::printf("open %u %s %u %u %u", slot, path.c_str(), access, share, disposition);
    SetLastError(0);
    const HANDLE handle = CreateFileA(full(path).c_str(), win32_access(access), share, nullptr,
                                      dispositions[disposition], FILE_ATTRIBUTE_NORMAL, nullptr);
    const DWORD last = GetLastError();
    answer(handle != INVALID_HANDLE_VALUE, std::to_string(last));
    handles_[slot] = handle;
    paths_[slot] = path;
    access_[slot] = access;
    moved_[slot] = false;
  }

  /// Opens what waits to be deleted, and closes it at once should that succeed.
  void probe(const std::string& path) {
    std::printf("probe %s", path.c_str());
    SetLastError(0);
    const HANDLE handle =
        CreateFileA(full(path).c_str(), GENERIC_READ, 7, nullptr, OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, nullptr);
    answer(handle != INVALID_HANDLE_VALUE);
    if (handle != INVALID_HANDLE_VALUE) CloseHandle(handle);
  }

  void call_on(unsigned slot) {
    const unsigned offset = random_.below(12), size = random_.below(8);
    switch (random_.below(10)) {
      case 0:
      case 1:
        return close(slot);
      case 2:
      case 3:
        return read(slot, offset, size);
      case 4:
      case 5:
        return write(slot, offset, size);
      case 6:
        return set_end(slot, offset);
      case 7:
        return rename(slot);
      case 8:
        return lock(slot, offset, size + 1, random_.one_in(2));
      default:
        if (random_.one_in(3)) return flush(slot);
        return unlock(slot);
    }
  }

  void close(unsigned slot) {
    std::printf("close %u", slot);
    SetLastError(0);
    answer(CloseHandle(handles_[slot]) != 0);
    handles_[slot] = INVALID_HANDLE_VALUE;
    std::erase_if(locks_, [slot](const Lock& lock) { return lock.slot == slot; });
    forget_deleted();
  }

  static OVERLAPPED at(unsigned offset) {
    OVERLAPPED place = {};
    place.Offset = offset;
    return place;
  }

  void read(unsigned slot, unsigned offset, unsigned size) {
    std::printf("read %u %u %u", slot, offset, size);
    char buffer[16];
    DWORD count = 0;
    OVERLAPPED place = at(offset);
    SetLastError(0);
    bool succeeded = ReadFile(handles_[slot], buffer, size, &count, &place) != 0;
    if (!succeeded && GetLastError() == ERROR_HANDLE_EOF) succeeded = true;  // How this way of asking says 0 bytes.
    answer(succeeded, printable(std::string(buffer, count)));
  }

  void write(unsigned slot, unsigned offset, unsigned size) {
    // Wine performs writes that a lock forbids; what follows would then differ.
    if (locked_by_anybody(slot)) return read(slot, offset, size);
    std::string data;
    for (unsigned i = 0; i < size; ++i) data += static_cast<char>('a' + random_.below(26));
    std::printf("write %u %u %s", slot, offset, printable(data).c_str());
    DWORD count = 0;
    OVERLAPPED place = at(offset);
    SetLastError(0);
    const bool succeeded = WriteFile(handles_[slot], data.data(), size, &count, &place) != 0;
    answer(succeeded, std::to_string(count));
  }

  void set_end(unsigned slot, unsigned size) {
    if ((access_[slot] & 2) == 0) return flush(slot);  // Wine sets the size through some handles that may not write.
    std::printf("set_end %u %u", slot, size);
    FILE_END_OF_FILE_INFO end;
    end.EndOfFile.QuadPart = size;
    SetLastError(0);
    answer(SetFileInformationByHandle(handles_[slot], FileEndOfFileInfo, &end, sizeof end) != 0);
  }

  void flush(unsigned slot) {
    std::printf("flush %u", slot);
    SetLastError(0);
    answer(FlushFileBuffers(handles_[slot]) != 0);
  }

  void rename(unsigned slot) {
    const std::string to = name();
    const bool replace = random_.one_in(2);
    if (waits(to) || waits(paths_[slot]) || is_unlike_windows(paths_[slot], to, replace)) return flush(slot);
    // Wine asks for no right to rename, and forgets where a file went that was renamed by its path.
    if ((access_[slot] & 16) == 0 || moved_[slot]) return flush(slot);
    std::printf("rename %u %s %u", slot, to.c_str(), replace ? 1 : 0);
    const std::string path = full(to);
    const std::wstring wide(path.begin(), path.end());
    std::vector<unsigned char> memory(sizeof(FILE_RENAME_INFO) + wide.size() * sizeof(wchar_t));
    auto* const info = reinterpret_cast<FILE_RENAME_INFO*>(memory.data());
    info->ReplaceIfExists = replace;
    info->FileNameLength = static_cast<DWORD>(wide.size() * sizeof(wchar_t));
    std::copy(wide.begin(), wide.end(), info->FileName);
    SetLastError(0);
    const bool succeeded =
        SetFileInformationByHandle(handles_[slot], FileRenameInfo, info, static_cast<DWORD>(memory.size())) != 0;
    answer(succeeded);
    if (succeeded) renamed(paths_[slot], to, slot);
  }

  void lock(unsigned slot, unsigned offset, unsigned length, bool exclusive) {
    if ((access_[slot] & (1 | 2)) == 0) return flush(slot);  // Wine locks through any handle.
    std::printf("lock %u %u %u %u", slot, offset, length, exclusive ? 1 : 0);
    OVERLAPPED place = at(offset);
    SetLastError(0);
    const DWORD flags = LOCKFILE_FAIL_IMMEDIATELY | (exclusive ? LOCKFILE_EXCLUSIVE_LOCK : 0);
    const bool succeeded = LockFileEx(handles_[slot], flags, 0, length, 0, &place) != 0;
    answer(succeeded);
    if (succeeded) locks_.push_back({slot, offset, length});
  }

  void unlock(unsigned slot) {
    Lock chosen{slot, random_.below(12), 1 + random_.below(8)};
    if (!locks_.empty() && !random_.one_in(4)) chosen = locks_[random_.below(static_cast<unsigned>(locks_.size()))];
    std::printf("unlock %u %u %u", chosen.slot, chosen.offset, chosen.length);
    SetLastError(0);
    const bool succeeded = UnlockFile(handles_[chosen.slot], chosen.offset, 0, chosen.length, 0) != 0;
    answer(succeeded);
    const auto same = [&](const Lock& lock) {
      return lock.slot == chosen.slot && lock.offset == chosen.offset && lock.length == chosen.length;
    };
    const auto found = std::find_if(locks_.begin(), locks_.end(), same);
    if (succeeded && found != locks_.end()) locks_.erase(found);
  }

  void remove() {
    const std::string path = name();
    if (waits(path)) return probe(path);
    std::printf("delete %s", path.c_str());
    SetLastError(0);
    const bool succeeded = DeleteFileA(full(path).c_str()) != 0;
    answer(succeeded);
    if (succeeded && is_open(path)) pending_.insert(lower(path));
  }

  void move() {
    const std::string from = name(), to = name();
    const bool replace = random_.one_in(2);
    if (waits(from) || waits(to) || holds_waiting(from) || is_unlike_windows(from, to, replace)) return list();
    std::printf("move %s %s %u", from.c_str(), to.c_str(), replace ? 1 : 0);
    SetLastError(0);
    const bool succeeded =
        MoveFileExA(full(from).c_str(), full(to).c_str(), replace ? MOVEFILE_REPLACE_EXISTING : 0) != 0;
    answer(succeeded);
    if (succeeded) renamed(from, to, slots);
  }

  void make_directory(const std::string& path) {
    if (waits(path)) return probe(path);
    std::printf("mkdir %s", path.c_str());
    SetLastError(0);
    answer(CreateDirectoryA(full(path).c_str(), nullptr) != 0);
  }

  void remove_directory() {
    const std::string path = random_.one_in(2) ? "E" : name();
    if (waits(path)) return probe(path);
    std::printf("rmdir %s", path.c_str());
    SetLastError(0);
    answer(RemoveDirectoryA(full(path).c_str()) != 0);
  }

  void attributes() {
    const std::string path = name();
    std::printf("attributes %s", path.c_str());
    WIN32_FILE_ATTRIBUTE_DATA data;
    SetLastError(0);
    const bool succeeded = GetFileAttributesExA(full(path).c_str(), GetFileExInfoStandard, &data) != 0;
    answer(succeeded, succeeded ? describe(data.dwFileAttributes, data.nFileSizeLow) : "");
  }

  void set_attributes() {
    const std::string path = name();
    const bool read_only = !random_.one_in(3);
    if (waits(path)) return probe(path);
    // Wine knows no read-only directories, and lets a read-only file be written that was open when it became so.
    if (is_directory(path) || is_open(path)) return attributes();
    std::printf("set_attributes %s %u", path.c_str(), read_only ? 1 : 0);
    SetLastError(0);
    answer(SetFileAttributesA(full(path).c_str(), read_only ? FILE_ATTRIBUTE_READONLY : FILE_ATTRIBUTE_NORMAL) != 0);
  }

  void list() {
    static const char* const patterns[] = {"*", "D\\*", "E\\*", "X\\*", "A", "*a", "D\\?", "A\\*"};
    const std::string pattern = patterns[random_.below(8)];
    std::printf("list %s", pattern.c_str());
    WIN32_FIND_DATAA found;
    SetLastError(0);
    const HANDLE find = FindFirstFileA(full(pattern).c_str(), &found);
    if (find == INVALID_HANDLE_VALUE) return answer(false);
    std::string text;
    do {
      const std::string name = found.cFileName;
      if (name == "." || name == "..") continue;
      text += (text.empty() ? "" : " ") + name + ":" + describe(found.dwFileAttributes, found.nFileSizeLow);
    } while (FindNextFileA(find, &found) != 0);
    FindClose(find);
    answer(true, text);
  }

  static std::string describe(DWORD attributes, DWORD size) {
    const bool directory = (attributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
    return std::string(directory ? "d" : "") + ((attributes & FILE_ATTRIBUTE_READONLY) != 0 ? "r" : "") +
           std::to_string(directory ? 0 : size);
  }

  // ---- what the handles are open on, as far as choosing calls needs it ----

  bool is_open(const std::string& path) const {
    for (unsigned slot = 0; slot < slots; ++slot) {
      if (handles_[slot] != INVALID_HANDLE_VALUE && lower(paths_[slot]) == lower(path)) return true;
    }
    return false;
  }
  static bool is_directory(const std::string& path) {
    const DWORD attributes = GetFileAttributesA(full(path).c_str());
    return attributes != INVALID_FILE_ATTRIBUTES && (attributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
  }
  static bool exists(const std::string& path) {
    return GetFileAttributesA(full(path).c_str()) != INVALID_FILE_ATTRIBUTES;
  }
  static bool is_read_only(const std::string& path) {
    const DWORD attributes = GetFileAttributesA(full(path).c_str());
    return attributes != INVALID_FILE_ATTRIBUTES && (attributes & FILE_ATTRIBUTE_READONLY) != 0;
  }
  /// Wine replaces open files, read-only ones and empty directories, puts directories in the place of files, and moves
  /// directories with open files in them. What Windows says of a directory that is moved into itself is not documented.
  bool is_unlike_windows(const std::string& from, const std::string& to, bool replace) const {
    const bool replaces = replace && lower(from) != lower(to);
    if (replaces && (is_open(to) || is_directory(to) || is_read_only(to))) return true;
    if (is_directory(from) && ((replaces && exists(to)) || holds_open(from))) return true;
    return lower(to).rfind(lower(from) + "\\", 0) == 0;
  }
  bool holds_open(const std::string& directory) const {
    const std::string inside = lower(directory) + "\\";
    for (unsigned slot = 0; slot < slots; ++slot) {
      if (handles_[slot] != INVALID_HANDLE_VALUE && lower(paths_[slot]).rfind(inside, 0) == 0) return true;
    }
    return false;
  }
  bool locked_by_anybody(unsigned slot) const {
    return std::any_of(locks_.begin(), locks_.end(),
                       [&](const Lock& lock) { return lower(paths_[lock.slot]) == lower(paths_[slot]); });
  }
  bool holds_waiting(const std::string& directory) const {
    const std::string inside = lower(directory) + "\\";
    return std::any_of(pending_.begin(), pending_.end(),
                       [&](const std::string& path) { return path.rfind(inside, 0) == 0; });
  }
  /// `by`: the handle by which it was renamed.
  void renamed(std::string from, const std::string& to, unsigned by) {
    const std::string before = lower(from), inside = before + "\\";
    for (unsigned slot = 0; slot < slots; ++slot) {
      const std::string path = lower(paths_[slot]);
      if (path != before && path.rfind(inside, 0) != 0) continue;
      paths_[slot] = to + paths_[slot].substr(from.size());
      if (slot != by) moved_[slot] = true;
    }
  }
  void forget_deleted() {
    std::erase_if(pending_, [this](const std::string& path) { return !is_open(path); });
  }

  struct Lock {
    unsigned slot, offset, length;
  };

  Random random_;
  HANDLE handles_[slots] = {INVALID_HANDLE_VALUE, INVALID_HANDLE_VALUE, INVALID_HANDLE_VALUE, INVALID_HANDLE_VALUE};
  std::string paths_[slots];
  unsigned access_[slots] = {};
  bool moved_[slots] = {};
  std::set<std::string> pending_;
  std::vector<Lock> locks_;
};

}  // namespace

int main(int count, char** arguments) {
  if (count != 4) {
    std::fprintf(stderr, "usage: record_calls FIRST_SEED SEQUENCES CALLS\n");
    return 2;
  }
  const auto first = std::strtoull(arguments[1], nullptr, 10), sequences = std::strtoull(arguments[2], nullptr, 10);
  const auto calls = std::strtoull(arguments[3], nullptr, 10);
  for (std::uint64_t i = 0; i < sequences; ++i) {
    Recorder recorder(first + i);
    for (std::uint64_t call = 0; call < calls; ++call) recorder.call();
  }
}
