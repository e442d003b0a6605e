#pragma once

#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "vfs/file_system.hpp"

/// The tables in data/, recorded by real Win32 calls under Wine 8.0.
namespace sim::vfs::tables {

/// The rows of a table behind its header, split at commas.
inline std::vector<std::vector<std::string>> read(std::string_view name) {
  std::ifstream file(std::string(RACEWALK_VFS_TEST_DATA "/") + std::string(name));
  std::vector<std::vector<std::string>> rows;
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) {
    if (!line.empty() && line.back() == '\r') line.pop_back();  // As Windows wrote them.
    std::vector<std::string> row;
    std::istringstream cells(line);
    for (std::string cell; std::getline(cells, cell, ',');) row.push_back(cell);
    rows.push_back(row);
  }
  return rows;
}

/// 0 none, R W GENERIC_READ and GENERIC_WRITE, D DELETE, A FILE_APPEND_DATA, X FILE_EXECUTE, RA FILE_READ_ATTRIBUTES.
inline Access access(std::string_view text) {
  if (text == "0") return Access::none;
  if (text == "RA") return Access::read_attributes;
  Access all = Access::none;
  for (const char c : text) {
    if (c == 'R') all = all | Access::read;
    if (c == 'W') all = all | Access::write;
    if (c == 'D') all = all | Access::remove;
    if (c == 'A') all = all | Access::append;
    if (c == 'X') all = all | Access::execute;
  }
  return all;
}

/// - none, R W D read, write, delete.
inline Share share(std::string_view text) {
  Share all = Share::none;
  for (const char c : text) {
    if (c == 'R') all = all | Share::read;
    if (c == 'W') all = all | Share::write;
    if (c == 'D') all = all | Share::remove;
  }
  return all;
}

inline Disposition disposition(std::string_view text) {
  if (text == "CREATE_NEW") return Disposition::create_new;
  if (text == "CREATE_ALWAYS") return Disposition::create_always;
  if (text == "OPEN_EXISTING") return Disposition::open_existing;
  if (text == "OPEN_ALWAYS") return Disposition::open_always;
  if (text == "TRUNCATE_EXISTING") return Disposition::truncate_existing;
  throw std::invalid_argument(std::string(text));
}

}  // namespace sim::vfs::tables
