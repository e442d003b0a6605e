#include "vfs/call.hpp"

#include "runtime/execution.hpp"

namespace sim::vfs {
namespace {

std::uint64_t shorten(const Hash128& hash) {
  return hash.low ^ hash.high;
}

/// What the calling thread got to know beyond the event's value.
void learn_answer(const Request& request) {
  const std::size_t read = request.out.empty() ? 0 : request.count;
  runtime::learned(shorten(hash_bytes(request.out.data(), read)));
  runtime::learned(shorten(hash_bytes(request.name, request.name_size)));
  runtime::learned(request.attributes.size << 2 | (request.attributes.directory ? 2 : 0) |
                   (request.attributes.read_only ? 1 : 0));
  runtime::learned(slot_of(request.handle.thread, request.handle.index));
}

}  // namespace

bool evaluating() {
  return runtime::in_program() && Execution::instance().evaluating();
}

void complete_event(const Request& request, const Hash128& before) {
  if (!runtime::in_program() || evaluating()) return;
  if (!request.chosen) runtime::set_mode(request.footprint.announced_mode(), Synchronization::both);
  const bool succeeded = request.error == Win32Error::success;
  set_event_value(request, succeeded ? request.count : static_cast<std::uint64_t>(request.error));
  if (!runtime::keeps_logical_state()) return;
  report_change(request.volume, before);
  learn_answer(request);
}

void report_change(const Volume& volume, const Hash128& before) {
  const Hash128& after = volume.fingerprint();
  if (!runtime::keeps_logical_state() || after == before) return;
  runtime::object_changed(object_of(volume.root_hash(), Aspect::entry), shorten(before), shorten(after));
}

void set_event_value(const Request& request, std::uint64_t value) {
  if (request.chosen) {
    runtime::learned(value);
  } else {
    runtime::set_value(value);
  }
}

void describe_event(const Request& request, std::string_view what, std::string_view answer) {
  if (!runtime::recording()) return;
  std::string text(describe_fault(request));
  text.append(what);
  text.append(text.empty() ? "-> " : " -> ");
  if (request.error == Win32Error::success) {
    text.append(answer);
  } else {
    text.append("error ").append(std::to_string(static_cast<std::uint32_t>(request.error)));
  }
  runtime::set_text(text);
}

void refuse_foreign_filesystem() {
  runtime::violate("self-contained",
                   "a filesystem that was mounted outside the program is used in it; mount it inside, so that each "
                   "execution begins with a fresh one");
}

}  // namespace sim::vfs
