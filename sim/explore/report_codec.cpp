#include "explore/report_codec.hpp"

#include <bit>
#include <cstring>
#include <set>
#include <type_traits>

namespace sim {
namespace {

constexpr std::uint64_t magic = 0x3154524f50455231;  // "1REPORT1", of a fashion.

class Writer {
 public:
  void number(std::uint64_t value) { bytes_.append(reinterpret_cast<const char*>(&value), sizeof value); }
  void text(std::string_view value) {
    number(value.size());
    bytes_.append(value);
  }
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

/// Once something does not fit, everything is zero and empty, and `good()` is false.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  std::uint64_t number() {
    std::uint64_t value = 0;
    if (rest_.size() < sizeof value) return fail();
    std::memcpy(&value, rest_.data(), sizeof value);
    rest_.remove_prefix(sizeof value);
    return value;
  }
  std::string text() {
    const std::uint64_t size = number();
    if (size > rest_.size()) return std::string(fail(), 'x');
    std::string value(rest_.substr(0, size));
    rest_.remove_prefix(size);
    return value;
  }
  /// The number of items of a list; each takes at least a byte.
  std::uint64_t count() {
    const std::uint64_t items = number();
    return items <= rest_.size() ? items : fail();
  }
  bool good() const { return good_; }
  bool at_end() const { return good_ && rest_.empty(); }

 private:
  std::uint64_t fail() {
    good_ = false;
    rest_ = {};
    return 0;
  }

  std::string_view rest_;
  bool good_ = true;
};

void write_trace(Writer& to, const Trace& trace) {
  to.number(trace.preemptions);
  to.number(trace.cycle ? *trace.cycle + 1 : 0);
  to.number(trace.thread_names().size());
  for (const std::string& name : trace.thread_names()) to.text(name);
  std::set<ObjectId> objects;
  to.number(trace.events().size());
  for (const Event& event : trace.events()) {
    to.number(event.thread);
    to.number(event.occurrence);
    to.number(static_cast<std::uint64_t>(event.operation.kind));
    to.number(event.operation.object);
    to.number(event.value);
    to.text(event.text);
    to.number(event.footprint.size());
    for (const Access& access : event.footprint) {
      to.number(access.object);
      to.number(static_cast<std::uint64_t>(access.mode));
      objects.insert(access.object);
    }
    to.number(event.notes.size());
    for (const std::string& note : event.notes) to.text(note);
    objects.insert(event.operation.object);
  }
  objects.erase(no_object);
  to.number(objects.size());
  for (const ObjectId object : objects) {
    to.number(object);
    to.text(trace.object_name(object));
  }
}

Trace read_trace(Reader& from) {
  Trace trace;
  trace.preemptions = static_cast<std::uint32_t>(from.number());
  if (const std::uint64_t cycle = from.number(); cycle != 0) trace.cycle = cycle - 1;
  const std::uint64_t threads = from.count();
  for (ThreadId thread = 0; thread < threads; ++thread) trace.name_thread(thread, from.text());
  for (std::uint64_t left = from.count(); left > 0 && from.good(); --left) {
    Event event;
    event.thread = static_cast<ThreadId>(from.number());
    event.occurrence = static_cast<std::uint32_t>(from.number());
    event.operation.kind = static_cast<OperationKind>(from.number());
    event.operation.object = static_cast<ObjectId>(from.number());
    event.value = from.number();
    event.text = from.text();
    for (std::uint64_t accesses = from.count(); accesses > 0 && from.good(); --accesses) {
      const auto object = static_cast<ObjectId>(from.number());
      event.footprint.push_back({object, static_cast<AccessMode>(from.number())});
    }
    for (std::uint64_t notes = from.count(); notes > 0 && from.good(); --notes) event.notes.push_back(from.text());
    trace.append(std::move(event));
  }
  for (std::uint64_t objects = from.count(); objects > 0 && from.good(); --objects) {
    const auto object = static_cast<ObjectId>(from.number());
    trace.name_object(object, from.text());
  }
  return trace;
}

void write_bound(Writer& to, const BoundReport& bound) {
  to.number(bound.executions.size());
  for (const std::uint64_t count : bound.executions) to.number(count);
  to.number(bound.completed);
  to.number(bound.holds ? std::uint64_t{*bound.holds} + 1 : 0);
  to.number(bound.exhausted ? 1 : 0);
}

BoundReport read_bound(Reader& from) {
  BoundReport bound;
  for (std::uint64_t left = from.count(); left > 0 && from.good(); --left) bound.executions.push_back(from.number());
  bound.completed = static_cast<std::uint32_t>(from.number());
  if (const std::uint64_t holds = from.number(); holds != 0) bound.holds = static_cast<std::uint32_t>(holds - 1);
  bound.exhausted = from.number() != 0;
  return bound;
}

// Both directions walk the plain fields in the same order.
template <class R, class Field>
void each_number(R& report, Field field) {
  field(report.executions);
  field(report.blocked_executions);
  field(report.assumed_away);
  field(report.cut_executions);
  field(report.transitions);
  field(report.states);
  field(report.logical_states);
  field(report.peak_memory_bytes);
  field(report.reexecutions);
  field(report.failing_executions);
  field(report.hash_bits);
  field(report.traces);
  field(report.foreseen_executions);
}

}  // namespace

std::string encode(const Report& report) {
  Writer to;
  to.number(magic);
  to.number(static_cast<std::uint64_t>(report.verdict));
  to.number(report.complete ? 1 : 0);
  each_number(report, [&to](std::uint64_t value) { to.number(value); });
  to.number(std::bit_cast<std::uint64_t>(report.seconds));
  to.number(std::bit_cast<std::uint64_t>(report.omission_probability));
  to.text(report.reason);
  to.number(report.stopped_by_violation ? 1 : 0);
  to.number(report.failure_rate ? 1 : 0);
  to.number(report.bound ? 1 : 0);
  if (report.bound) write_bound(to, *report.bound);
  for (const auto* counts : {&report.outcomes, &report.goals}) {
    to.number(counts->size());
    for (const auto& [name, count] : *counts) {
      to.text(name);
      to.number(count);
    }
  }
  to.number(report.notes.size());
  for (const std::string& note : report.notes) to.text(note);
  to.number(report.violations.size());
  for (const Violation& violation : report.violations) {
    to.text(violation.property);
    to.text(violation.detail);
    to.text(violation.schedule.to_text());
    write_trace(to, violation.trace);
  }
  return to.take();
}

std::optional<Report> decode(std::string_view bytes) {
  Reader from(bytes);
  if (from.number() != magic) return std::nullopt;
  Report report;
  const std::uint64_t verdict = from.number();
  if (verdict > static_cast<std::uint64_t>(Verdict::inconclusive)) return std::nullopt;
  report.verdict = static_cast<Verdict>(verdict);
  report.complete = from.number() != 0;
  each_number(report,
              [&from](auto& value) { value = static_cast<std::remove_reference_t<decltype(value)>>(from.number()); });
  report.seconds = std::bit_cast<double>(from.number());
  report.omission_probability = std::bit_cast<double>(from.number());
  report.reason = from.text();
  report.stopped_by_violation = from.number() != 0;
  // It follows from the counts.
  if (from.number() != 0 && report.failing_executions <= report.executions) {
    report.failure_rate = wilson_estimate(report.failing_executions, report.executions);
  }
  if (from.number() != 0) report.bound = read_bound(from);
  for (auto* counts : {&report.outcomes, &report.goals}) {
    for (std::uint64_t left = from.count(); left > 0 && from.good(); --left) {
      std::string name = from.text();
      (*counts)[std::move(name)] = from.number();
    }
  }
  for (std::uint64_t left = from.count(); left > 0 && from.good(); --left) report.notes.push_back(from.text());
  for (std::uint64_t left = from.count(); left > 0 && from.good(); --left) {
    Violation violation;
    violation.property = from.text();
    violation.detail = from.text();
    const auto schedule = Schedule::from_text(from.text());
    if (!schedule) return std::nullopt;
    violation.schedule = *schedule;
    violation.trace = read_trace(from);
    report.violations.push_back(std::move(violation));
  }
  return from.at_end() ? std::optional(std::move(report)) : std::nullopt;
}

}  // namespace sim
