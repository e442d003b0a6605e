#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "runtime/model.hpp"
#include "runtime/world.hpp"
#include "sms/site.hpp"

/// What the programs of the kindred articles share: paths, request files and log lines of the model `sms`, and single
/// steps of Sender and Scheduler. What a thread waits for with sim::await stands for polling and change notification.
namespace models::sms::kindred {

/// The program of one article.
class Article : public sim::Model {
 protected:
  explicit Article(const sim::Parameters& parameters, unsigned requests = 1, unsigned blocks = 1);

  bool repaired_;
  Site site_;  ///< Its monitor watches nothing: each article has properties of its own.
};

template <class Program>
std::unique_ptr<sim::Model> make(const sim::Parameters& parameters) {
  return std::make_unique<Program>(parameters);
}

/// The row `repaired`, which every article has.
sim::ParameterSpec repaired(std::string_view description, std::string_view source);

// ---- files --------------------------------------------------------------------------------------

/// Makes the disk with its directories, and the send requests: the initial state.
void set_up(Site& site);
/// Makes a file, or overwrites one; exclusively open meanwhile.
void put(Site& site, const std::string& path, std::string_view contents);
/// Makes a directory of the initial state, which does not exist yet.
void make_directory(Site& site, const char* path);

// ---- send requests ------------------------------------------------------------------------------

inline constexpr std::string_view job = "00000001";

/// Opens an existing request so that others may read, write and delete it [I], as the model `sms` does.
sim::vfs::Result<sim::vfs::Handle> open_request(Site& site, unsigned request, sim::vfs::Access access);
/// Status and action of a request; SREQ_STATUS_INVALID if it cannot be opened.
RequestState look_at(Site& site, unsigned request);
/// Persists the status of a request that exists; otherwise nothing.
void update(Site& site, unsigned request, Status status, Action action = Action::nothing);
/// The value of one record, without the spaces that fill it up.
std::string read_record(Site& site, sim::vfs::Handle request, Record record);
/// The Scheduler deletes package, instruction and request.
void delete_request(Site& site, unsigned request);

// ---- sending ------------------------------------------------------------------------------------

sim::vfs::Result<sim::vfs::Handle> open_local(Site& site, const std::string& path);
/// Opens or creates a file at the receiver; others may read but not write it [I].
sim::vfs::Result<sim::vfs::Handle> create_remote(Site& site, const std::string& path);
/// Copies one block of the site's block size. `remote` is the path for the log.
sim::vfs::Result<sim::Ok> copy_block(Site& site, sim::vfs::Handle from, sim::vfs::Handle to, const std::string& remote,
                                     unsigned block);
/// Sends a file of one block: opens, creates, copies, closes.
sim::vfs::Result<sim::Ok> send_file(Site& site, const std::string& local, const std::string& remote);
sim::vfs::Result<sim::Ok> rename_remote(Site& site, const std::string& from, const std::string& to);

}  // namespace models::sms::kindred
