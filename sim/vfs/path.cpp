#include "vfs/path.hpp"

#include <algorithm>

namespace sim::vfs {
namespace {

constexpr std::uint64_t prime = 0x100000001b3ULL;  // FNV-1a, 64 bits.

/// The component that starts at or behind `from`; empty at the end. `from` moves behind it.
std::string_view next_component(std::string_view path, std::size_t& from) {
  while (from < path.size() && is_separator(path[from])) ++from;
  const std::size_t begin = from;
  while (from < path.size() && !is_separator(path[from])) ++from;
  return path.substr(begin, from - begin);
}

std::uint64_t hash_component(std::uint64_t hash, std::string_view component) {
  hash = (hash ^ '\\') * prime;
  for (const char c : component) hash = (hash ^ static_cast<unsigned char>(fold(c))) * prime;
  return hash;
}

bool is_wildcard(char c) {
  return c == '*' || c == '?';
}

bool is_forbidden(char c) {
  return static_cast<unsigned char>(c) < 32 || c == '<' || c == '>' || c == ':' || c == '"' || c == '|';
}

/// The separator sorts before every character of a name.
unsigned rank(char c) {
  return c == '\\' ? 0 : static_cast<unsigned char>(fold(c));
}

bool matches_exactly(std::string_view pattern, std::string_view name) {
  std::size_t p = 0, n = 0, star = std::string_view::npos, resume = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = n;
    } else if (p < pattern.size() && pattern[p] == '?' && name[n] == '.') {
      ++p;
    } else if (p < pattern.size() && (pattern[p] == '?' || fold(pattern[p]) == fold(name[n]))) {
      ++p;
      ++n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && is_wildcard(pattern[p])) ++p;
  return p == pattern.size();
}

}  // namespace

PathHash hash_path(std::uint64_t root, std::string_view spelled) {
  PathHash hash{root, root};
  std::size_t at = 0;
  for (auto component = next_component(spelled, at); !component.empty(); component = next_component(spelled, at)) {
    hash = {hash_component(hash.whole, component), hash.whole};
  }
  return hash;
}

Win32Error Path::append(std::string_view component, bool wildcards) {
  if (component == "." || component == "..") return Win32Error::invalid_name;
  if (component.size() > max_name || size_ + 1 + component.size() > max_path) return Win32Error::filename_exced_range;
  const bool bad = std::any_of(component.begin(), component.end(),
                               [&](char c) { return is_forbidden(c) || (is_wildcard(c) && !wildcards); });
  if (bad) return Win32Error::invalid_name;
  parent_size_ = size_;
  if (size_ != 0) text_[size_++] = '\\';
  size_ = static_cast<std::size_t>(std::copy(component.begin(), component.end(), text_ + size_) - text_);
  hash_ = {hash_component(hash_.whole, component), hash_.whole};
  return Win32Error::success;
}

Win32Error Path::parse(std::uint64_t root, std::string_view spelled, bool pattern) {
  size_ = parent_size_ = 0;
  hash_ = {root, root};
  std::size_t at = 0;
  auto component = next_component(spelled, at);
  while (!component.empty()) {
    const auto next = next_component(spelled, at);
    const Win32Error error = append(component, pattern && next.empty());
    if (error != Win32Error::success) return error;
    component = next;
  }
  return Win32Error::success;
}

int compare_paths(std::string_view a, std::string_view b) {
  const std::size_t common = std::min(a.size(), b.size());
  for (std::size_t i = 0; i < common; ++i) {
    if (a[i] == b[i]) continue;
    const int difference = static_cast<int>(rank(a[i])) - static_cast<int>(rank(b[i]));
    if (difference != 0) return difference;
  }
  return a.size() < b.size() ? -1 : a.size() > b.size() ? 1 : 0;
}

bool same_path(std::string_view a, std::string_view b) {
  return a.size() == b.size() && compare_paths(a, b) == 0;
}

bool lies_within(std::string_view directory, std::string_view path) {
  if (directory.empty()) return !path.empty();
  return path.size() > directory.size() && path[directory.size()] == '\\' &&
         same_path(path.substr(0, directory.size()), directory);
}

bool matches(std::string_view pattern, std::string_view name) {
  if (matches_exactly(pattern, name)) return true;
  if (name.empty() || name.size() > max_name || name.find('.') != std::string_view::npos) return false;
  char dotted[max_name + 1];
  *std::copy(name.begin(), name.end(), dotted) = '.';
  return matches_exactly(pattern, {dotted, name.size() + 1});
}

}  // namespace sim::vfs
