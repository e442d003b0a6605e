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
                                                        "",
                                                        origin,
                                                        request.site,
                                                        "0"};
  std::string contents;
  for (std::size_t i = 0; i < record_count; ++i) {
    const auto line = line_of(static_cast<Record>(i), values[i]);
    contents.append(line.data(), line.size());
  }
  return contents;
}

std::string request_id(unsigned k) {
  constexpr std::string_view last_characters = "QRSTUVWXYZ";
  SIM_CHECK(k < first_urgent_request + last_characters.size());
  const bool urgent = k >= first_urgent_request;
  return std::string(urgent ? "1_K1" : "2_K1") + last_characters[urgent ? k - first_urgent_request : k] + "0P0";
}

}  // namespace models::sms
