#pragma once

#include <cstdint>

/// The vocabulary of the Win32 file calls: error codes, access rights, share modes, dispositions.
namespace sim::vfs {

/// What GetLastError would say. Values are those of winerror.h.
enum class Win32Error : std::uint32_t {
  success = 0,
  file_not_found = 2,
  path_not_found = 3,
  access_denied = 5,
  invalid_handle = 6,
  not_same_device = 17,
  no_more_files = 18,
  sharing_violation = 32,
  lock_violation = 33,
  bad_netpath = 53,
  unexp_net_err = 59,
  netname_deleted = 64,
  file_exists = 80,
  already_assigned = 85,
  invalid_parameter = 87,
  disk_full = 112,
  sem_timeout = 121,
  invalid_name = 123,
  dir_not_empty = 145,
  not_locked = 158,
  already_exists = 183,
  filename_exced_range = 206,
  wait_timeout = 258,
  directory = 267,
  invalid_lock_range = 307,
};

/// The rights that an open asks for. `write` (GENERIC_WRITE) includes appending.
enum class Access : std::uint32_t {
  none = 0,
  read = 1,              ///< GENERIC_READ
  write = 2,             ///< GENERIC_WRITE
  append = 4,            ///< FILE_APPEND_DATA
  execute = 8,           ///< FILE_EXECUTE
  remove = 16,           ///< DELETE
  read_attributes = 32,  ///< FILE_READ_ATTRIBUTES; takes no part in sharing.
};

/// What an open lets others ask for while it lasts.
enum class Share : std::uint32_t { none = 0, read = 1, write = 2, remove = 4 };

constexpr Access operator|(Access a, Access b) {
  return static_cast<Access>(static_cast<std::uint32_t>(a) | static_cast<std::uint32_t>(b));
}
constexpr Access operator&(Access a, Access b) {
  return static_cast<Access>(static_cast<std::uint32_t>(a) & static_cast<std::uint32_t>(b));
}
constexpr Share operator|(Share a, Share b) {
  return static_cast<Share>(static_cast<std::uint32_t>(a) | static_cast<std::uint32_t>(b));
}
inline constexpr Share share_all = Share::read | Share::write | Share::remove;
constexpr Share operator&(Share a, Share b) {
  return static_cast<Share>(static_cast<std::uint32_t>(a) & static_cast<std::uint32_t>(b));
}

/// CREATE_NEW and so on.
enum class Disposition { create_new, create_always, open_existing, open_always, truncate_existing };

/// Flags of an open.
enum class OpenFlags : std::uint8_t {
  none = 0,
  write_through = 1,  ///< FILE_FLAG_WRITE_THROUGH: what is written through the handle needs no flush.
};

/// FILE_ACTION_ADDED and so on: what a watch tells of a name.
enum class Change : std::uint8_t { added = 1, removed, modified, renamed_old_name, renamed_new_name };

}  // namespace sim::vfs
