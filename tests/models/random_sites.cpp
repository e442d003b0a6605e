#include "models/random_sites.hpp"

#include <algorithm>
#include <array>
#include <ostream>

#include "sms/parameters.hpp"

namespace random_sites {
namespace {

using models::sms::parameter_table;
using sim::Parameters;
using sim::ParameterSpec;
using sim::ParameterValue;
namespace property = models::sms::property;

// Sizes first: what needs one site, or another request, is only drawn where it fits.
constexpr std::array<DrawnRow, 24> rows = {{
    {.name = "hierarchy.depth", .most = 2, .one_in = 4, .is_size = true},
    {.name = "hierarchy.children", .most = 3, .one_in = 2, .is_size = true},
    {.name = "requests", .most = 3, .one_in = 2, .is_size = true},
    {.name = "destinations", .most = 3, .one_in = 2, .is_size = true},
    {.name = "sending_threads", .most = 4, .one_in = 1, .is_size = true},
    {.name = "processes", .most = 2, .one_in = 5, .is_size = true},
    {.name = "blocks", .most = 2, .one_in = 4, .is_size = true},
    {.name = "late_requests", .most = 2, .one_in = 5, .is_size = true},
    {.name = "crash", .one_in = 5},
    {.name = "recovery", .one_in = 3},
    {.name = "connection_failures", .most = 2, .one_in = 4},
    {.name = "dead_site", .one_in = 8},
    {.name = "cancellation", .one_in = 6},
    {.name = "site_threads", .most = 3, .one_in = 5},
    {.name = "on_sharing_violation", .one_in = 3},
    {.name = "retries", .most = 3, .one_in = 3},
    {.name = "retry_delay", .most = 6, .one_in = 4},
    {.name = "routing", .one_in = 4},
    {.name = "wait", .one_in = 6},
    {.name = "patience", .most = 3, .one_in = 6},
    {.name = "scheduler_on_sharing_violation", .one_in = 6},
    {.name = "receiver_deduplicates", .one_in = 6},
    {.name = "watched_site", .one_in = 6},
    {.name = "watch", .one_in = 6},
}};

constexpr unsigned one_in_with_a_fault = 3;
constexpr unsigned one_in_with_two_strikes = 3;

constexpr std::array<RowLeftOut, 7> left_out = {{
    {"product", "drawn with the two rows below, as the ways to install one selection function"},
    {"hotfix", "the same"},
    {"selection", "the same"},
    {"block_bytes", "the contents of blocks are copied, and nobody's choice depends on them"},
    {"heartbeat_timeout", "read by the selections with a lease alone"},
    {"endless", "the same events without end: what it adds is liveness, which samples cannot judge"},
    {"block_pause", "without a lease nothing can expire meanwhile: it only moves the clock on"},
}};

const ParameterSpec& spec_of(std::string_view name) {
  return *std::ranges::find(parameter_table(), name, &ParameterSpec::name);
}

// Values as numbers: of flags 0 and 1, of choices their place in the table.
std::int64_t number_of(const ParameterSpec& spec, const ParameterValue& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) return *number;
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? 1 : 0;
  return std::ranges::find(spec.choices, std::get<std::string>(value)) - spec.choices.begin();
}

ParameterValue value_of(const ParameterSpec& spec, std::int64_t number) {
  if (std::holds_alternative<std::int64_t>(spec.fallback)) return number;
  if (std::holds_alternative<bool>(spec.fallback)) return number != 0;
  return std::string(spec.choices.at(static_cast<std::size_t>(number)));
}

std::int64_t number_in(const Topology& topology, const ParameterSpec& spec) {
  return number_of(spec, topology.parameters.values().find(spec.name)->second);
}

/// The numbers that a row may have for a subject.
struct Range {
  std::int64_t least = 0, most = 0, simplest = 0;
};

Range range_of(const Subject& subject, const DrawnRow& row) {
  const ParameterSpec& spec = spec_of(row.name);
  Range range{.least = spec.minimum, .most = std::min(row.most, spec.maximum), .simplest = 0};
  if (std::holds_alternative<bool>(spec.fallback)) range.most = 1;
  if (!spec.choices.empty()) range.most = static_cast<std::int64_t>(spec.choices.size()) - 1;
  if (row.name == "sending_threads") range.least = subject.least_threads;
  if (row.name == "processes") range.most = subject.most_processes;
  range.simplest = row.is_size ? range.least : number_of(spec, spec.fallback);
  if (row.name == "watch" && !subject.is_hotfix) range.most = range.simplest;
  return range;
}

void set(Topology& topology, const Values& values) {
  for (const auto& [name, value] : values) topology.parameters.set(name, value);
}

bool has(const Topology& topology, const Values& values) {
  return std::ranges::all_of(values, [&](const auto& it) {
    const auto& [name, value] = it;
    return topology.parameters.values().find(name)->second == value;
  });
}

bool has_remedies(const Topology& topology) {
  return std::ranges::all_of(topology.parameters.faults(), [&](const auto& fault) {
    const auto drawn = std::ranges::find(drawn_faults(), fault.first, &DrawnFault::name);
    return drawn == drawn_faults().end() || has(topology, drawn->remedy);  // The others say how faults strike.
  });
}

bool is_valid(const Topology& topology) {
  return !models::sms::validate(topology.parameters) && has_remedies(topology);
}

Topology smallest(const Subject& subject) {
  Topology topology{Parameters::defaults(parameter_table())};
  for (const DrawnRow& row : rows) {
    topology.parameters.set(row.name, value_of(spec_of(row.name), range_of(subject, row).simplest));
  }
  set(topology, subject.installations.front());
  return topology;
}

std::size_t installation_of(const Subject& subject, const Topology& topology) {
  const auto is_it = [&](const Values& values) { return has(topology, values); };
  return static_cast<std::size_t>(std::ranges::find_if(subject.installations, is_it) - subject.installations.begin());
}

const ParameterSpec& fault_named(std::string_view name) {
  return *std::ranges::find(models::sms::fault_table(), name, &ParameterSpec::name);
}

void set_least(Topology& topology, std::string_view name, std::int64_t least) {
  topology.parameters.set(name, std::max(least, number_in(topology, spec_of(name))));
}

// Some faults need something of the topology; where nothing else is in the way, it gets that.
void draw_fault(const Subject& subject, Topology& topology) {
  const bool wanted = *rc::gen::inRange<unsigned>(0, one_in_with_a_fault) == 0;
  if (!wanted && !subject.always_faulty) return;
  const DrawnFault& fault = drawn_faults().at(*rc::gen::inRange<std::size_t>(0, drawn_faults().size()));
  const bool twice = *rc::gen::inRange<unsigned>(0, one_in_with_two_strikes) == 0;
  const bool at_primary = *rc::gen::inRange<unsigned>(0, 2) == 0;
  if (fault.changes_selection && !subject.is_hotfix) return;
  const Topology before = topology;
  set(topology, fault.remedy);
  if (fault.name == "stale_pck") set_least(topology, "blocks", 2);
  if (fault.name == "disk_full_local" || fault.name == "notification_overflow") {
    set_least(topology, "late_requests", 1);
  }
  topology.parameters.set_fault(fault_named(fault.name), true);
  if (twice) topology.parameters.set_fault(fault_named("max_faults"), std::int64_t{2});
  if (at_primary && number_in(topology, spec_of("hierarchy.depth")) == 2) {
    topology.parameters.set_fault(fault_named("site"), "primary");
  }
  if (!is_valid(topology)) topology = before;
}

// A value that does not fit those drawn before it is left at its simplest.
Topology draw(const Subject& subject) {
  Topology topology = smallest(subject);
  set(topology, subject.installations.at(*rc::gen::inRange<std::size_t>(0, subject.installations.size())));
  for (const DrawnRow& row : rows) {
    const Range range = range_of(subject, row);
    const bool differs = *rc::gen::inRange<unsigned>(0, row.one_in) == 0;
    if (!differs || range.least == range.most) continue;
    const Topology before = topology;
    const std::int64_t number = *rc::gen::inRange(range.least, range.most + 1);
    topology.parameters.set(row.name, value_of(spec_of(row.name), number));
    if (!is_valid(topology)) topology = before;
  }
  draw_fault(subject, topology);
  return topology;
}

// Numbers between the simplest and `number`, the simplest first. Of choices none is simpler than another but that one.
std::vector<std::int64_t> simpler(const ParameterSpec& spec, std::int64_t number, std::int64_t simplest) {
  if (number == simplest) return {};
  std::vector<std::int64_t> numbers = {simplest};
  if (!spec.choices.empty()) return numbers;
  for (const std::int64_t next : {simplest + (number - simplest) / 2, number + (number > simplest ? -1 : 1)}) {
    if (next != numbers.back()) numbers.push_back(next);
  }
  return numbers;
}

}  // namespace

bool operator==(const Topology& one, const Topology& other) {
  return one.parameters.values() == other.parameters.values() && one.parameters.faults() == other.parameters.faults();
}

std::ostream& operator<<(std::ostream& out, const Topology& topology) {
  const Parameters defaults = Parameters::defaults(parameter_table());
  bool first = true;
  for (const ParameterSpec& spec : parameter_table()) {
    const ParameterValue& value = topology.parameters.values().find(spec.name)->second;
    if (value == spec.fallback) continue;
    out << (first ? "" : ", ") << spec.name << " = " << sim::to_text(value);
    first = false;
  }
  for (const auto& [name, value] : topology.parameters.faults()) {
    out << (first ? "" : ", ") << "faults." << name << " = " << sim::to_text(value);
    first = false;
  }
  return out;
}

Subject hotfix() {
  Subject subject;
  for (const char* product : {"sms-2003", "sms-2.0-sp5", "sms-2003-sp1"}) {
    subject.installations.push_back({{"product", product}, {"hotfix", true}, {"selection", "product"}});
  }
  subject.installations.push_back({{"product", "sms-2003-sp2"}, {"hotfix", false}, {"selection", "product"}});
  subject.installations.push_back({{"product", "sms-2003"}, {"hotfix", false}, {"selection", "critical-section"}});
  subject.is_hotfix = true;
  return subject;
}

Subject unsynchronised() {
  Subject subject;
  for (const char* product : {"sms-2003", "sms-2.0-sp5", "sms-2003-sp1"}) {
    subject.installations.push_back({{"product", product}, {"hotfix", false}, {"selection", "product"}});
  }
  subject.installations.push_back({{"product", "sms-2003"}, {"hotfix", false}, {"selection", "unsynchronised"}});
  subject.least_threads = 2;
  subject.most_processes = 2;
  return subject;
}

Subject in_place_of_the_hotfix(std::string_view selection) {
  Subject subject = hotfix();
  subject.installations = {{{"product", "sms-2003"}, {"hotfix", false}, {"selection", std::string(selection)}}};
  return subject;
}

std::span<const DrawnRow> drawn_rows() {
  return rows;
}

const std::vector<DrawnFault>& drawn_faults() {
  static const Values recovers = {{"recovery", true}, {"receiver_deduplicates", true}};
  static const Values recognises = {{"receiver_deduplicates", true}};
  static const Values looks_first = {{"product", "sms-2003"}, {"hotfix", false}, {"selection", "checked-completion"}};
  static const std::vector<DrawnFault> faults = {{"crash_thread", recovers},
                                                 {"crash_process", recovers},
                                                 {"torn_srq", recovers},
                                                 {"empty_srq", recovers},
                                                 {"disk_full_local", {}},
                                                 {"disk_full_remote", {}},
                                                 {"drop_before_write", {}},
                                                 {"drop_after_write", recognises},
                                                 {"unreachable_site", {}},
                                                 {"rename_fails", {}},
                                                 {"cancel", looks_first, true},
                                                 {"delete", looks_first, true},
                                                 {"notification_overflow", {}},  // Scanning again: the default.
                                                 {"stale_pck", {}}};             // Verifying the length: the default.
  return faults;
}

std::span<const RowLeftOut> rows_left_out() {
  return left_out;
}

rc::Gen<Topology> topologies_of(const Subject& subject) {
  const auto drawn = rc::gen::exec([subject] { return draw(subject); });
  // Of one size: RapidCheck begins with small ones, and its integers are then all near their least value.
  return [subject, drawn](const rc::Random& random, int) {
    return rc::shrinkable::shrinkRecur(drawn(random).value(), [subject](const Topology& topology) {
      return rc::seq::fromContainer(smaller(subject, topology));
    });
  };
}

std::vector<Topology> smaller(const Subject& subject, const Topology& topology) {
  std::vector<Topology> found;
  const auto add = [&](const Topology& candidate) {
    if (!(candidate == topology) && is_valid(candidate)) found.push_back(candidate);
  };
  add(smallest(subject));
  if (const std::size_t installation = installation_of(subject, topology); installation != 0) {
    Topology candidate = topology;
    set(candidate, subject.installations.front());
    add(candidate);
  }
  for (const auto& [name, value] : topology.parameters.faults()) {
    Topology candidate = topology;
    candidate.parameters.set_fault(fault_named(name), fault_named(name).fallback);
    add(candidate);
  }
  for (const DrawnRow& row : rows) {
    const ParameterSpec& spec = spec_of(row.name);
    for (const std::int64_t number : simpler(spec, number_in(topology, spec), range_of(subject, row).simplest)) {
      Topology candidate = topology;
      candidate.parameters.set(row.name, value_of(spec, number));
      add(candidate);
    }
  }
  return found;
}

std::int64_t distance(const Subject& subject, const Topology& topology) {
  std::int64_t sum = installation_of(subject, topology) == 0 ? 0 : 1;
  sum += static_cast<std::int64_t>(topology.parameters.faults().size());
  for (const DrawnRow& row : rows) {
    const ParameterSpec& spec = spec_of(row.name);
    const std::int64_t away = number_in(topology, spec) - range_of(subject, row).simplest;
    sum += spec.choices.empty() ? std::abs(away) : (away == 0 ? 0 : 1);
  }
  return sum;
}

std::set<std::string> not_of_selection(const Topology& topology) {
  const auto settings = models::sms::Settings::from(topology.parameters);
  const models::sms::VariantSettings& variant = settings.variant;
  const bool connection_is_given_up = variant.dead_site || variant.connection_failures > settings.retries;
  struct Rule {
    bool applies;
    std::vector<std::string_view> properties;
  };
  const Rule rules[] = {
      // What cannot be connected to is INVALID, or ERROR after the last retry; its routing request waits (Q319166).
      {connection_is_given_up,
       {property::no_invalid_request, property::every_rtr_processed, property::no_rtr_waits_for_invalid,
        property::every_request_settled}},
      // Variant 19: completion is written blindly, after the Scheduler has deleted the request.
      {variant.cancellation,
       {property::nothing_written_after_delete, property::no_orphan, property::no_invalid_request,
        property::every_rtr_processed, property::no_rtr_waits_for_orphan, property::every_request_settled}},
      // Variant 16: what a dead process has claimed, nobody sends.
      {variant.crash != models::sms::Crash::never && !variant.recovery,
       {property::no_abandoned_request, property::every_rtr_processed, property::every_request_settled}},
      // Variants 15 and 16: what the dead process had delivered, and not yet marked OK, is sent again.
      {variant.crash == models::sms::Crash::anywhere && variant.recovery,
       {property::no_double_send, property::no_invalid_request, property::every_rtr_processed,
        property::no_rtr_waits_for_invalid, property::every_request_settled}},
      // The request is given up after the last retry, and its routing request waits.
      {settings.faults.any(), {property::every_rtr_processed, property::no_rtr_waits_for_invalid}},
      // What is sent again meets the Despooler of a site between: fault-hierarchy-crash-above.
      {(settings.faults.restarts() || settings.faults.has(models::sms::FaultKind::drop_after_write)) &&
           settings.hierarchy.depth == 2 && settings.faults.site == models::sms::FaultySite::central,
       {property::no_sharing_violation, property::no_invalid_request, property::every_request_settled}},
      // Variants 23 and 24: who is chosen is not the matter of a lock.
      {variant.patience != 0, {property::no_starvation}},
      // Variant 22: the notification is armed too late.
      {variant.wait == models::sms::Wait::armed_after_scan, {"deadlock"}},
  };
  std::set<std::string> names;
  for (const Rule& rule : rules) {
    if (rule.applies) names.insert(rule.properties.begin(), rule.properties.end());
  }
  return names;
}

}  // namespace random_sites
