#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// The send request file (.srq). Its records are documented (Q123221, Q200645) [D]; the binary layout is not, so this
/// one is ours: one record a line of 32 bytes, "Name=value" filled up with spaces, in the order of `Record`. A record
/// has a fixed place and can be read and written on its own.
namespace models::sms {

/// SREQ_STATUS_... [D]
enum class Status : std::uint8_t { none, started, connecting, sending, error, invalid, cancelled, suspended, ok };
std::string_view to_text(Status status);
std::optional<Status> status_from_text(std::string_view text);
/// From the claim to the end of the send.
constexpr bool is_in_progress(Status status) {
  return status == Status::started || status == Status::connecting || status == Status::sending;
}

/// What the Scheduler is to do; set by the Sender after a failure [D].
enum class Action : std::uint8_t { nothing, retry, remove };
std::string_view to_text(Action action);
std::optional<Action> action_from_text(std::string_view text);

/// The records in the order of the file. Status and its followers up to SyncPoint change while the request is
/// processed, and lie side by side so that one write can persist several.
enum class Record : std::uint8_t {
  status,
  action,
  heartbeat,
  sender_id,
  sync_point,
  request_id,
  priority,
  destination_site,
  job,
  outbox,
  preferred_address,
  total_bytes,
  connects,
  cancel,
  package,
  instruction,
  routing_master,
  originating_site,
  final_site,
  confirm
};
inline constexpr std::size_t record_count = 20;
inline constexpr std::size_t record_bytes = 32;
std::string_view name_of(Record record);

constexpr std::uint64_t place_of(Record record) {
  return static_cast<std::uint64_t>(record) * record_bytes;
}

/// One line of the file. Requires: name and value fit.
std::array<char, record_bytes> line_of(Record record, std::string_view value);
/// The value in a line; nullopt if it is not a line of that record.
std::optional<std::string_view> value_in(std::string_view line, Record record);

/// What the Scheduler knows of a request when it creates it.
struct NewRequest {
  std::string id;          ///< "2_K1Q0P0": priority digit, four base-36 characters, originating site.
  std::string site;        ///< Destination site code: where it goes next.
  std::string final_site;  ///< Where it goes in the end.
  std::string job;
  std::uint64_t total_bytes = 0;
  bool is_routing_master = false;  ///< A routing request waits for it.
};
std::string file_contents(const NewRequest& request);

/// Requests from this number on are urgent: their ids, like their records, begin with priority 1.
inline constexpr unsigned first_urgent_request = 36;
inline constexpr unsigned end_of_request_numbers = first_urgent_request + 4;

/// A set of requests: their numbers do not fit into an unsigned.
using RequestSet = std::bitset<end_of_request_numbers>;

/// The id of the k-th request, from 0: "2_K1Q0P0", "2_K1R0P0", ..., "2_K1Z0P0", "2_K200P0", ..., and from
/// first_urgent_request on "1_K1Q0P0", ... Requires: k < end_of_request_numbers.
std::string request_id(unsigned k);
/// The k of a file name that begins with an id; a large number if it does not.
unsigned request_number(std::string_view file_name);

}  // namespace models::sms
