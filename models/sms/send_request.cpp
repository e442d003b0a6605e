#include "sms/send_request.hpp"

#include <algorithm>

#include "runtime/model.hpp"

namespace models::sms {
namespace {

constexpr std::array<std::string_view, 9> status_names = {"NONE",    "STARTED",   "CONNECTING", "SENDING", "ERROR",
                                                          "INVALID", "CANCELLED", "SUSPENDED",  "OK"};
constexpr std::array<std::string_view, 3> action_names = {"NONE", "RETRY", "DELETE"};
constexpr std::array<std::string_view, record_count> record_names = {
    "Status",          "Action",      "Heartbeat",     "SenderID",         "SyncPoint",  "RequestID", "Priority",
    "DestinationSite", "Job",         "Outbox",        "PreferredAddress", "TotalBytes", "Connects",  "Cancel",
    "Package",         "Instruction", "RoutingMaster", "OriginatingSite",  "FinalSite",  "Confirm"};

template <class Enumeration, std::size_t size>
std::optional<Enumeration> find(const std::array<std::string_view, size>& names, std::string_view text) {
  const auto found = std::ranges::find(names, text);
  if (found == names.end()) return std::nullopt;
  return static_cast<Enumeration>(found - names.begin());
}

}  // namespace

std::string_view to_text(Status status) {
  return status_names[static_cast<std::size_t>(status)];
}
std::optional<Status> status_from_text(std::string_view text) {
  return find<Status>(status_names, text);
}
std::string_view to_text(Action action) {
  return action_names[static_cast<std::size_t>(action)];
}
std::optional<Action> action_from_text(std::string_view text) {
  return find<Action>(action_names, text);
}
std::string_view name_of(Record record) {
  return record_names[static_cast<std::size_t>(record)];
}

std::array<char, record_bytes> line_of(Record record, std::string_view value) {
  const std::string_view name = name_of(record);
  SIM_CHECK(name.size() + 1 + value.size() < record_bytes);
  std::array<char, record_bytes> line;
  line.fill(' ');
  std::ranges::copy(name, line.begin());
  line[name.size()] = '=';
  std::ranges::copy(value, line.begin() + static_cast<std::ptrdiff_t>(name.size()) + 1);
  line.back() = '\n';
  return line;
}

std::optional<std::string_view> value_in(std::string_view line, Record record) {
  const std::string_view name = name_of(record);
  if (line.size() != record_bytes || !line.starts_with(name) || line[name.size()] != '=') return std::nullopt;
  const std::string_view value = line.substr(name.size() + 1);
  return value.substr(0, value.find_last_not_of(" \n") + 1);
}

std::string file_contents(const NewRequest& request) {
  const std::string origin = request.id.substr(5);
  const std::array<std::string, record_count> values = {"NONE",
                                                        "NONE",
                                                        "",
                                                        "",
                                                        "0",
                                                        request.id,
                                                        request.id.substr(0, 1),
                                                        request.site,
                                                        request.job,
                                                        "LAN",
                                                        "*",
                                                        std::to_string(request.total_bytes),
                                                        "0",
                                                        "0",
                                                        request.id + ".PCK",
                                                        request.id + ".INS",
                                                        request.is_routing_master ? request.id : "",
                                                        origin,
                                                        request.final_site,
                                                        "0"};
  std::string contents;
  for (std::size_t i = 0; i < record_count; ++i) {
    const auto line = line_of(static_cast<Record>(i), values[i]);
    contents.append(line.data(), line.size());
  }
  return contents;
}

namespace {
// The four characters behind the priority count in base 36, from "_K1Q" on.
constexpr std::string_view digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
constexpr unsigned first_low_digit = 26, first_middle_digit = 1;
constexpr std::string_view beginning = "2_K", urgent_beginning = "1_K", origin_of_all = "0P0";
}  // namespace

std::string request_id(unsigned k) {
  SIM_CHECK(k < end_of_request_numbers);
  const bool urgent = k >= first_urgent_request;
  const unsigned low = first_low_digit + (urgent ? k - first_urgent_request : k);
  const unsigned middle = first_middle_digit + low / static_cast<unsigned>(digits.size());
  std::string id(urgent ? urgent_beginning : beginning);
  id += digits[middle];
  id += digits[low % digits.size()];
  return id.append(origin_of_all);
}

unsigned request_number(std::string_view file_name) {
  constexpr std::size_t id_size = 8;
  const bool urgent = file_name.starts_with(urgent_beginning);
  const bool is_id = file_name.size() >= id_size && (urgent || file_name.starts_with(beginning)) &&
                     file_name.substr(beginning.size() + 2).starts_with(origin_of_all);
  if (!is_id) return ~0U;
  const std::size_t middle = digits.find(file_name[beginning.size()]);
  const std::size_t low = digits.find(file_name[beginning.size() + 1]);
  if (middle == std::string_view::npos || low == std::string_view::npos) return ~0U;
  const std::size_t number = (middle - first_middle_digit) * digits.size() + low;
  const auto k = static_cast<unsigned>(number - first_low_digit);  // What comes before the first is large.
  if (!urgent) return k < first_urgent_request ? k : ~0U;
  return k < end_of_request_numbers - first_urgent_request ? first_urgent_request + k : ~0U;
}

}  // namespace models::sms
