// The file: a prelude of 40 bytes, and behind it what the exploration says. The prelude is the same in all versions:
//
//   magic (8)  version (4)  reserved (4)  length of the file (8)  checksum (16)
//
// The checksum is taken piece by piece, as pieces go to the disk, so that no second copy of a large set of states need
// be held. Numbers are written in 7 bits a byte, the last one without the high bit.
#include "explore/checkpoint.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.hpp"

namespace sim::checkpoint {
namespace {

constexpr std::array<char, 8> magic = {'\x89', 'r', 'w', 'c', 'p', '\r', '\n', '\x1a'};
constexpr std::uint32_t version = 1;
constexpr std::size_t piece = 1 << 20;

struct Prelude {
  std::array<char, 8> magic;
  std::uint32_t version, reserved;
  std::uint64_t length;
  Hash128 checksum;
};
static_assert(sizeof(Prelude) == 40);

Hash128 sealed(Hash128 checksum, const Prelude& prelude) {
  return mix(mix(checksum, std::uint64_t{prelude.reserved} << 32 | prelude.version), prelude.length);
}

std::string reason(const std::string& file, const std::string& what) {
  return file + ": " + what + ": " + std::strerror(errno);
}

}  // namespace

std::string does_not_repeat(const std::string& file) {
  return file +
         ": the program does not repeat what it did when this checkpoint was written: it depends on something outside "
         "(a file, the environment), or is another one; explore from the start, without resuming";
}

// ---- writing ------------------------------------------------------------------------------------

Writer::Writer(std::string file) : file_(std::move(file)), temporary_(file_ + ".tmp") {
  descriptor_ = open(temporary_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (descriptor_ < 0) fail("the checkpoint cannot be written");
  buffer_.reserve(piece);
  length_ = sizeof(Prelude);
  if (lseek(descriptor_, sizeof(Prelude), SEEK_SET) < 0) fail("the checkpoint cannot be written");
}

Writer::~Writer() {
  if (descriptor_ < 0) return;
  close(descriptor_);
  unlink(temporary_.c_str());
}

void Writer::fail(const char* what) const {
  throw Error(reason(file_, what));
}

void Writer::number(std::uint64_t value) {
  char digits[10];
  std::size_t size = 0;
  for (; value >= 0x80; value >>= 7) digits[size++] = static_cast<char>(value | 0x80);
  digits[size++] = static_cast<char>(value);
  bytes(digits, size);
}

void Writer::bytes(const void* data, std::size_t size) {
  const auto* from = static_cast<const char*>(data);
  while (size > 0) {
    const std::size_t now = descriptor_ < 0 ? size : std::min(size, piece - buffer_.size());
    buffer_.append(from, now);
    from += now;
    size -= now;
    if (descriptor_ >= 0 && buffer_.size() == piece) flush();
  }
}

void Writer::choices(std::span<const Choice> path) {
  number(path.size());
  for (const Choice& choice : path) number(std::uint64_t{choice.value} << 1 | (choice.is_value ? 1 : 0));
}

void Writer::flush() {
  if (buffer_.empty()) return;
  const Hash128 hash = hash_bytes(buffer_.data(), buffer_.size());
  checksum_ = mix(mix(checksum_, hash.low), hash.high);
  length_ += buffer_.size();
  for (std::string_view rest = buffer_; !rest.empty();) {
    const ssize_t written = write(descriptor_, rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) fail("the checkpoint cannot be written");
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
  buffer_.clear();
}

void Writer::commit() {
  flush();
  Prelude prelude = {magic, version, 0, length_, {}};
  prelude.checksum = sealed(checksum_, prelude);
  const bool written = pwrite(descriptor_, &prelude, sizeof prelude, 0) == sizeof prelude && fsync(descriptor_) == 0;
  if (!written) fail("the checkpoint cannot be written");
  if (rename(temporary_.c_str(), file_.c_str()) != 0) throw Error(reason(file_, "the checkpoint cannot be written"));
  close(std::exchange(descriptor_, -1));
  // The name, too, is to be there after a power failure.
  const std::size_t slash = file_.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : file_.substr(0, slash + 1);
  const int opened = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (opened < 0) return;
  fsync(opened);
  close(opened);
}

// ---- reading ------------------------------------------------------------------------------------

namespace {

[[noreturn]] void malformed() {
  throw Error("the checkpoint is damaged: its contents do not fit together");
}

}  // namespace

std::uint64_t Reader::number() {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    if (rest_.empty()) malformed();
    const auto digit = static_cast<unsigned char>(rest_.front());
    rest_.remove_prefix(1);
    value |= std::uint64_t{digit & 0x7fU} << shift;
    if ((digit & 0x80) == 0) return value;
  }
  malformed();
}

std::uint64_t Reader::below(std::uint64_t limit) {
  const std::uint64_t value = number();
  if (value >= limit) malformed();
  return value;
}

std::uint64_t Reader::count(std::size_t least) {
  const std::uint64_t items = number();
  if (items > rest_.size() / least) malformed();
  return items;
}

std::string Reader::text() {
  std::string value(count(), '\0');
  bytes(value.data(), value.size());
  return value;
}

Hash128 Reader::hash() {
  Hash128 value;
  bytes(&value, sizeof value);
  return value;
}

void Reader::bytes(void* to, std::size_t size) {
  if (size > rest_.size()) malformed();
  if (size != 0) std::memcpy(to, rest_.data(), size);
  rest_.remove_prefix(size);
}

std::vector<Choice> Reader::choices() {
  std::vector<Choice> path(count());
  for (Choice& choice : path) {
    const std::uint64_t word = below(std::uint64_t{1} << 33);
    choice = {static_cast<std::uint32_t>(word >> 1), (word & 1) != 0};
  }
  return path;
}

File::File(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0 && errno == ENOENT) {
    throw Error(path + ": there is no checkpoint to resume; explore without resuming first");
  }
  struct stat status {};
  const bool readable = file >= 0 && fstat(file, &status) == 0 && S_ISREG(status.st_mode);
  if (readable) size_ = static_cast<std::size_t>(status.st_size);
  if (readable && size_ != 0) memory_ = mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file, 0);
  const std::string why = file < 0 ? reason(path, "the checkpoint cannot be read") : "";
  if (file >= 0) close(file);
  if (!why.empty()) throw Error(why);
  if (memory_ == MAP_FAILED) memory_ = nullptr;
  Prelude prelude = {};
  if (memory_ != nullptr && size_ >= sizeof prelude) std::memcpy(&prelude, memory_, sizeof prelude);
  const auto refuse = [&](const std::string& what) {
    if (memory_ != nullptr) munmap(memory_, size_);
    throw Error(path + ": " + what);
  };
  const std::size_t marked = std::min(size_, magic.size());
  if (memory_ == nullptr || std::memcmp(memory_, magic.data(), marked) != 0)
    refuse("this is no checkpoint of racewalk");
  const std::string remedy = "; explore from the start, without resuming";
  if (size_ < sizeof prelude || prelude.length != size_) {
    refuse("the checkpoint is damaged: it has " + std::to_string(size_) + " bytes" +
           (size_ < sizeof prelude ? "" : " instead of " + std::to_string(prelude.length)) + remedy);
  }
  Hash128 checksum;
  for (std::size_t at = sizeof prelude; at < size_; at += piece) {
    const Hash128 hash = hash_bytes(static_cast<const char*>(memory_) + at, std::min(piece, size_ - at));
    checksum = mix(mix(checksum, hash.low), hash.high);
  }
  if (sealed(checksum, prelude) != prelude.checksum) {
    refuse("the checkpoint is damaged: its checksum is wrong" + remedy);
  }
  if (prelude.version != version) {
    refuse("the checkpoint has format " + std::to_string(prelude.version) + ", and this version of racewalk reads " +
           std::to_string(version) + remedy);
  }
}

File::~File() {
  munmap(memory_, size_);
}

Reader File::reader() const {
  return Reader({static_cast<const char*>(memory_) + sizeof(Prelude), size_ - sizeof(Prelude)});
}

// ---- repeating ----------------------------------------------------------------------------------

std::optional<Choice> Repetition::at(const Point& point) const {
  if (point.depth >= path_.size()) return std::nullopt;
  const Choice choice = path_[point.depth];
  const bool fits = choice.is_value ? choice.value < point.alternatives
                                    : point.alternatives == 0 && choice.value < max_threads &&
                                          (point.enabled >> choice.value & 1) != 0;
  return fits ? std::optional(choice) : std::nullopt;
}

}  // namespace sim::checkpoint
