#include "vfs/faults.hpp"

#include <string>

#include "runtime/inside.hpp"
#include "vfs/call.hpp"

/// Where faults strike. A fault is chosen inside the transition of the operation that it strikes: an event of the
/// operation, a choice, and what the operation then touches belongs to the choice.
namespace sim::vfs {

FaultBudget::FaultBudget(std::uint32_t faults, std::string_view name) : left_(faults) {
  if (runtime::names_wanted()) runtime::name_object(this, name, "faults left");
}

std::uint32_t FaultBudget::strike(std::uint32_t kinds) {
  if (kinds == 0 || !runtime::scheduled()) return 0;
  // Also where none is left: had another fault not struck before, one could strike here.
  runtime::access(this, AccessMode::read);
  if (left_ == 0) return 0;
  const std::uint32_t kind = runtime::choose(kinds + 1);
  if (kind == 0) return 0;
  const ObjectId object = runtime::object_at(this);
  runtime::access(object, AccessMode::write);
  --left_;
  if (runtime::keeps_logical_state()) runtime::object_changed(object, left_ + 1, left_);
  return kind;
}

namespace {

constexpr Fault all_faults[] = {Fault::disk_full,  Fault::rename_fails, Fault::drop_before,
                                Fault::drop_after, Fault::unreachable,  Fault::watch_overflow};

std::string_view to_text(Fault fault) {
  switch (fault) {
    case Fault::disk_full:
      return "fault: disk full; ";
    case Fault::rename_fails:
      return "fault: rename fails; ";
    case Fault::drop_before:
      return "fault: session drops before; ";
    case Fault::drop_after:
      return "fault: session drops after; ";
    case Fault::unreachable:
      return "fault: server not reachable; ";
    case Fault::watch_overflow:
      return "fault: watch overflows; ";
    default:
      return "";
  }
}

/// Whether the write or set_end of a request makes its file larger.
bool grows(Request& request) {
  const Open* open = request.volume.find_open(request.handle.thread, request.handle.index);
  if (open == nullptr || open->node == no_node) return false;
  const Node& file = request.volume.node(open->node);
  request.footprint.file(file, Aspect::size, AccessMode::read);
  const auto held = static_cast<Access>(open->access);
  const bool appends = (held & Access::write) == Access::none;
  const std::uint64_t from = appends && !request.data.empty() ? file.content.size() : request.offset;
  return from + request.data.size() > file.content.size();
}

/// Whether a request by handle still has a session under it.
bool has_session(Request& request) {
  const Open* open = request.volume.find_open(request.handle.thread, request.handle.index);
  if (open != nullptr && open->node != no_node) return true;
  request.footprint.slot(request.handle.thread, request.handle.index, AccessMode::read);
  return false;
}

// The event that ends with the choice was announced by a block of a file, which it does not touch.
void name_contents(Request& request) {
  const bool moves_bytes = !request.data.empty() || !request.out.empty();
  const Open* open = moves_bytes ? request.volume.find_open(request.handle.thread, request.handle.index) : nullptr;
  if (open == nullptr || open->node == no_node) return;
  request.footprint.content(request.volume.node(open->node), request.offset, request.offset, AccessMode::none);
}

}  // namespace

Fault meet_fault(Request& request, Fault possible, const FaultOptions& options) {
  Fault kinds = possible & options.kinds;
  if (kinds == Fault::none || options.budget == nullptr || !runtime::scheduled()) return Fault::none;
  const bool by_handle = request.handle != Handle{};
  if (by_handle && !has_session(request)) return Fault::none;
  std::uint32_t count = 0;
  Fault offered[std::size(all_faults)];
  for (const Fault fault : all_faults) {
    if ((kinds & fault) == Fault::none) continue;
    if (fault == Fault::disk_full && !grows(request)) continue;
    offered[count++] = fault;
  }
  const std::uint32_t left = options.budget->left();
  if (count != 0 && left != 0 && runtime::recording()) {
    runtime::set_text("may fail");
    name_contents(request);
  }
  const std::uint32_t kind = options.budget->strike(count);
  if (count != 0 && left != 0) request.footprint.follow_choice();
  request.fault = kind == 0 ? Fault::none : offered[kind - 1];
  if (kind != 0 && options.struck != nullptr) options.struck(options.listener, request.fault);
  request.chosen = count != 0 && left != 0;
  return request.fault;
}

std::string_view describe_fault(const Request& request) {
  return to_text(request.fault);
}

}  // namespace sim::vfs
