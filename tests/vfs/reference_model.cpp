#include "reference_model.hpp"

#include <algorithm>
#include <cctype>
#include <iterator>

namespace reference {
namespace {

std::string upper(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

std::string directory_of(const std::string& path) {
  const auto end = path.rfind('\\');
  return end == std::string::npos ? "" : path.substr(0, end);
}

std::string name_of(const std::string& path) {
  const auto end = path.rfind('\\');
  return end == std::string::npos ? path : path.substr(end + 1);
}

/// The kinds of access that sharing speaks of: each as the letter of the share mode that permits it.
Rights shared_kinds(const Rights& access) {
  Rights kinds;
  if (access.count('r') + access.count('x') > 0) kinds.insert('r');
  if (access.count('w') + access.count('a') > 0) kinds.insert('w');
  if (access.count('d') > 0) kinds.insert('d');
  return kinds;
}

bool subset(const Rights& a, const Rights& b) {
  return std::includes(b.begin(), b.end(), a.begin(), a.end());
}

}  // namespace

Model::FilePtr Model::at(const std::string& path) const {
  for (const FilePtr& file : files_) {
    if (upper(file->spelled) == upper(path)) return file;
  }
  return nullptr;
}

unsigned Model::absence(const std::string& path) const {
  const std::string directory = directory_of(path);
  if (directory.empty()) return 2;
  const FilePtr parent = at(directory);
  return parent != nullptr && parent->directory ? 2 : 3;
}

bool Model::is_open(const FilePtr& file) const {
  return std::any_of(opens_.begin(), opens_.end(), [&](const auto& open) { return open.second.file == file; });
}

bool Model::can_share(const FilePtr& file, const Rights& access, const Rights& share) const {
  const Rights wanted = shared_kinds(access);
  for (const auto& [name, open] : opens_) {
    const Rights held = shared_kinds(open.access);
    if (open.file != file || wanted.empty() || held.empty()) continue;
    if (!subset(wanted, open.share) || !subset(held, share)) return false;
  }
  return true;
}

std::size_t Model::used() const {
  std::size_t sum = 0;
  for (const FilePtr& file : files_) sum += file->data.size();
  return sum;
}

void Model::forget(const FilePtr& file) {
  files_.erase(std::find(files_.begin(), files_.end(), file));
}

Outcome Model::open(int thread, const std::string& path, const Rights& access, const Rights& share, int disposition) {
  enum { create_new, create_always, open_existing, open_always, truncate_existing };
  if (disposition == truncate_existing && access.count('w') == 0) return {87, ""};
  FilePtr file = at(path);
  const bool overwrite = disposition == create_always || disposition == truncate_existing;
  if (file == nullptr) {
    const unsigned error = absence(path);
    if (error == 3 || disposition == open_existing || disposition == truncate_existing) return {error, ""};
    file = std::make_shared<File>();
    file->spelled = path;
    files_.push_back(file);
  } else {
    if (file->pending) return {5, ""};
    if (disposition == create_new) return {80, ""};
    if (file->directory) return {5, ""};
    if (file->read_only && (overwrite || access.count('w') + access.count('a') > 0)) return {5, ""};
    Rights checked = access;
    if (overwrite) checked.insert('w');
    if (!can_share(file, checked, share)) return {32, ""};
    if (overwrite) file->data.clear();
  }
  int number = 0;
  while (opens_.count({thread, number}) > 0) ++number;
  opens_[{thread, number}] = {file, access, share, {}};
  return {0, std::to_string(number)};
}

Outcome Model::close(HandleName handle) {
  const auto open = opens_.find(handle);
  if (open == opens_.end()) return {6, ""};
  const FilePtr file = open->second.file;
  opens_.erase(open);
  if (file->pending && !is_open(file)) forget(file);
  return {};
}

Outcome Model::read(HandleName handle, std::size_t offset, std::size_t size) {
  const auto open = opens_.find(handle);
  if (open == opens_.end()) return {6, ""};
  if (open->second.access.count('r') == 0) return {5, ""};
  if (is_locked(handle, offset, size, false)) return {33, ""};
  const std::string& data = open->second.file->data;
  return {0, offset < data.size() ? data.substr(offset, size) : ""};
}

Outcome Model::extend(OpenFile& open, std::size_t size) {
  std::string& data = open.file->data;
  if (size > data.size() && used() - data.size() + size > capacity_) return {112, ""};
  if (size > data.size()) data.resize(size, '\0');
  return {};
}

Outcome Model::write(HandleName handle, std::size_t offset, const std::string& data) {
  const auto open = opens_.find(handle);
  if (open == opens_.end()) return {6, ""};
  const Rights& access = open->second.access;
  if (access.count('w') + access.count('a') == 0) return {5, ""};
  if (data.empty()) return {0, "0"};
  std::string& content = open->second.file->data;
  if (access.count('w') == 0) offset = content.size();
  if (is_locked(handle, offset, data.size(), true)) return {33, ""};
  const Outcome room = extend(open->second, offset + data.size());
  if (room.error != 0) return room;
  content.replace(offset, data.size(), data);
  return {0, std::to_string(data.size())};
}

Outcome Model::set_end(HandleName handle, std::size_t size) {
  const auto open = opens_.find(handle);
  if (open == opens_.end()) return {6, ""};
  if (open->second.access.count('w') == 0) return {5, ""};
  const Outcome room = extend(open->second, size);
  if (room.error == 0) open->second.file->data.resize(size);
  return room;
}

Outcome Model::remove(const std::string& path) {
  const FilePtr file = at(path);
  if (file == nullptr) return {absence(path), ""};
  if (file->pending || file->directory || file->read_only) return {5, ""};
  if (!can_share(file, {'d'}, {'r', 'w', 'd'})) return {32, ""};
  if (is_open(file)) {
    file->pending = true;
  } else {
    forget(file);
  }
  return {};
}

unsigned Model::rename_to(const FilePtr& file, const std::string& to, bool replace) {
  const std::string inside = upper(file->spelled) + "\\";
  if (file->directory && upper(to).rfind(inside, 0) == 0) return 5;
  const FilePtr target = at(to);
  if (target == nullptr && absence(to) == 3) return 3;
  if (target != nullptr && target != file) {
    if (target->pending) return 5;
    if (!replace) return 183;
    if (target->directory || target->read_only || file->directory || is_open(target)) return 5;
  }
  if (file->directory && target != file) {
    for (const FilePtr& other : files_) {
      if (upper(other->spelled).rfind(inside, 0) == 0 && is_open(other)) return 5;
    }
    for (const FilePtr& other : files_) {
      if (upper(other->spelled).rfind(inside, 0) == 0) other->spelled = to + other->spelled.substr(inside.size() - 1);
    }
  }
  if (target != nullptr && target != file) forget(target);
  file->spelled = to;
  return 0;
}

Outcome Model::move(const std::string& from, const std::string& to, bool replace) {
  const FilePtr file = at(from);
  if (file == nullptr) return {absence(from), ""};
  if (file->pending) return {5, ""};
  if (!can_share(file, {'d'}, {'r', 'w', 'd'})) return {32, ""};
  return {rename_to(file, to, replace), ""};
}

Outcome Model::rename(HandleName handle, const std::string& to, bool replace) {
  const auto open = opens_.find(handle);
  if (open == opens_.end()) return {6, ""};
  if (open->second.access.count('d') == 0 || open->second.file->pending) return {5, ""};
  return {rename_to(open->second.file, to, replace), ""};
}

Outcome Model::make_directory(const std::string& path) {
  const FilePtr file = at(path);
  if (file != nullptr) return {file->pending ? 5u : 183u, ""};
  if (absence(path) == 3) return {3, ""};
  files_.push_back(std::make_shared<File>(File{path, true, false, false, ""}));
  return {};
}

Outcome Model::remove_directory(const std::string& path) {
  const FilePtr file = at(path);
  if (file == nullptr) return {absence(path), ""};
  if (file->pending) return {5, ""};
  if (!file->directory) return {267, ""};
  if (file->read_only) return {5, ""};
  if (!list(path).empty()) return {145, ""};
  forget(file);
  return {};
}

Outcome Model::attributes(const std::string& path) {
  const FilePtr file = at(path);
  if (file == nullptr) return {absence(path), ""};
  if (file->pending) return {5, ""};
  return {0,
          std::string(file->directory ? "d" : "") + (file->read_only ? "r" : "") + std::to_string(file->data.size())};
}

Outcome Model::set_read_only(const std::string& path, bool read_only) {
  const FilePtr file = at(path);
  if (file == nullptr) return {absence(path), ""};
  if (file->pending) return {5, ""};
  file->read_only = read_only;
  return {};
}

bool Model::is_locked(HandleName by, std::size_t begin, std::size_t size, bool for_writing) const {
  const FilePtr& file = opens_.at(by).file;
  for (const auto& [name, open] : opens_) {
    if (open.file != file) continue;
    for (const LockedRange& range : open.locks) {
      const bool disjoint = begin + size <= range.begin || range.begin + range.length <= begin || size == 0;
      if (disjoint) continue;
      if (range.exclusive ? name != by : for_writing) return true;
    }
  }
  return false;
}

Outcome Model::lock(HandleName handle, std::size_t offset, std::size_t length, bool exclusive) {
  const auto open = opens_.find(handle);
  if (open == opens_.end()) return {6, ""};
  if (open->second.access.count('r') + open->second.access.count('w') == 0) return {5, ""};
  for (const auto& [name, other] : opens_) {
    if (other.file != open->second.file) continue;
    for (const LockedRange& range : other.locks) {
      if (offset + length <= range.begin || range.begin + range.length <= offset) continue;
      if (exclusive || (range.exclusive && name != handle)) return {33, ""};
    }
  }
  open->second.locks.push_back({offset, length, exclusive});
  return {};
}

Outcome Model::unlock(HandleName handle, std::size_t offset, std::size_t length) {
  const auto open = opens_.find(handle);
  if (open == opens_.end()) return {6, ""};
  if (open->second.access.count('r') + open->second.access.count('w') == 0) return {5, ""};
  auto& locks = open->second.locks;
  for (const bool exclusive : {true, false}) {
    for (auto range = locks.begin(); range != locks.end(); ++range) {
      if (range->begin != offset || range->length != length || range->exclusive != exclusive) continue;
      locks.erase(range);
      return {};
    }
  }
  return {158, ""};
}

Outcome Model::flush(HandleName handle) const {
  const auto open = opens_.find(handle);
  if (open == opens_.end()) return {6, ""};
  return {open->second.access.count('w') + open->second.access.count('a') == 0 ? 5u : 0u, ""};
}

Outcome Model::next(const std::string& directory, const std::string& last) const {
  for (const std::string& name : list(directory)) {
    if (upper(name) > upper(last)) return {0, name};
  }
  return {18, ""};
}

std::vector<std::string> Model::list(const std::string& directory) const {
  std::map<std::string, std::string> names;
  for (const FilePtr& file : files_) {
    if (upper(directory_of(file->spelled)) == upper(directory))
      names[upper(name_of(file->spelled))] = name_of(file->spelled);
  }
  std::vector<std::string> sorted;
  std::transform(names.begin(), names.end(), std::back_inserter(sorted), [](const auto& name) { return name.second; });
  return sorted;
}

std::vector<HandleName> Model::handles() const {
  std::vector<HandleName> names;
  for (const auto& [name, open] : opens_) names.push_back(name);
  return names;
}

}  // namespace reference
