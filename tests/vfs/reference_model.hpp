#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

/// The rules of the filesystem once more, written from Microsoft's documentation as plainly as possible: paths are keys
/// of a map, rights are sets of letters, everything is searched from the start. Nothing here is shared with sim/vfs.
namespace reference {

/// What a call returns: a Win32 error code, and the answer as text.
struct Outcome {
  unsigned error = 0;
  std::string answer;

  friend bool operator==(const Outcome&, const Outcome&) = default;
};

/// Letters: r w a x d, and i for reading attributes.
using Rights = std::set<char>;
/// Thread and number.
using HandleName = std::pair<int, int>;

class Model {
 public:
  explicit Model(std::size_t capacity) : capacity_(capacity) {}

  Outcome open(int thread, const std::string& path, const Rights& access, const Rights& share, int disposition);
  Outcome close(HandleName handle);
  Outcome read(HandleName handle, std::size_t offset, std::size_t size);
  Outcome write(HandleName handle, std::size_t offset, const std::string& data);
  Outcome set_end(HandleName handle, std::size_t size);
  Outcome remove(const std::string& path);
  Outcome move(const std::string& from, const std::string& to, bool replace);
  Outcome rename(HandleName handle, const std::string& to, bool replace);
  Outcome make_directory(const std::string& path);
  Outcome remove_directory(const std::string& path);
  Outcome attributes(const std::string& path);
  Outcome set_read_only(const std::string& path, bool read_only);
  Outcome lock(HandleName handle, std::size_t offset, std::size_t length, bool exclusive);
  Outcome unlock(HandleName handle, std::size_t offset, std::size_t length);
  Outcome flush(HandleName handle) const;
  /// The first name in a directory that follows `last`.
  Outcome next(const std::string& directory, const std::string& last) const;
  /// The names in a directory, in order.
  std::vector<std::string> list(const std::string& directory) const;

  std::vector<HandleName> handles() const;

 private:
  struct File {
    std::string spelled;  // The whole path.
    bool directory = false, read_only = false, pending = false;
    std::string data;
  };
  struct LockedRange {
    std::size_t begin, length;
    bool exclusive;
  };
  struct OpenFile {
    std::shared_ptr<File> file;
    Rights access, share;
    std::vector<LockedRange> locks = {};
  };
  using FilePtr = std::shared_ptr<File>;

  FilePtr at(const std::string& path) const;
  unsigned absence(const std::string& path) const;
  bool is_open(const FilePtr& file) const;
  bool can_share(const FilePtr& file, const Rights& access, const Rights& share) const;
  std::size_t used() const;
  unsigned rename_to(const FilePtr& file, const std::string& to, bool replace);
  void forget(const FilePtr& file);
  bool is_locked(HandleName by, std::size_t begin, std::size_t size, bool for_writing) const;
  Outcome extend(OpenFile& open, std::size_t size);

  std::size_t capacity_;
  std::vector<FilePtr> files_;
  std::map<HandleName, OpenFile> opens_;
};

}  // namespace reference
