#include "sms/parameters.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>

namespace models::sms {
namespace {

using sim::ParameterSpec;
using sim::rows::choice;
using sim::rows::flag;
using sim::rows::number;

constexpr std::string_view all_properties[] = {property::no_sharing_violation,
                                               property::no_invalid_request,
                                               property::no_double_claim,
                                               property::no_double_send,
                                               property::no_lost_status,
                                               property::nothing_written_after_delete,
                                               property::no_orphan,
                                               property::no_failure_after_success,
                                               property::no_completed_request_invalid,
                                               property::every_rtr_processed,
                                               property::no_second_fails_on_deleted,
                                               property::no_second_fails_while_first_sends,
                                               property::no_first_invalidates_second,
                                               property::no_rtr_waits_for_invalid,
                                               property::no_rtr_waits_for_orphan,
                                               property::no_abandoned_request,
                                               property::no_duplicate_request,
                                               property::no_starvation,
                                               property::every_request_settled,
                                               property::no_lost_cancel,
                                               property::no_damaged_request,
                                               property::no_damaged_package};
constexpr std::string_view properties_of_senders[] = {property::no_second_fails_on_deleted,
                                                      property::no_second_fails_while_first_sends,
                                                      property::no_first_invalidates_second};
constexpr std::string_view properties_of_routing[] = {property::every_rtr_processed, property::no_rtr_waits_for_invalid,
                                                      property::no_rtr_waits_for_orphan};

std::vector<ParameterSpec> make_table() {
  std::vector<std::string_view> watched = {"all"};
  watched.insert(watched.end(), std::begin(all_properties), std::end(all_properties));
  std::vector<std::string_view> selections = selection_names();
  selections.insert(selections.begin(), "product");
  std::vector<ParameterSpec> table = {
      choice("product", "sms-2003", {"sms-2.0-sp5", "sms-2003", "sms-2003-sp1", "sms-2003-sp2"},
             "The product; it names the selection function that it runs.", "KB 885278 [D]"),
      flag("hotfix", false, "The product's hotfix is installed: 2.0.1493.5196 for SMS 2.0, 2.50.2726.164 for SMS 2003.",
           "KB 885278 [D]"),
      choice("selection", "product", selections,
             "How a sending thread selects and claims a request; `product`: as the product does.", "KB 885278 [I]"),
      number("sending_threads", 3, 1, 16, "threads", "Concurrent sendings to a site, and in all.", "Q319166 [D]"),
      number("requests", 1, 1, 9, "requests",
             "Send requests pending in the outbox at the start; in a hierarchy, for each child of the central site.",
             "model"),
      number("destinations", 1, 1, 4, "sites", "Destination sites; request k goes to site k mod destinations.",
             "model"),
      number("hierarchy.children", 1, 1, 8, "sites", "In a hierarchy: the sites right below each site.", "Q256880 [D]"),
      number("hierarchy.depth", 0, 0, 2, "levels",
             "Levels of sites below the central one: primary and secondary sites; 0: the receivers are bare shares.",
             "Q256880 [D]"),
      number("blocks", 1, 1, 8, "blocks", "Blocks of each package; after each the sync point is persisted.",
             "Q140396 [D]"),
      number("block_bytes", 16, 1, 4096, "bytes", "Size of a block; the product's are 256 KB, scaled down here.",
             "Q140396 [D]"),
      choice("on_sharing_violation", "invalid", {"invalid", "retry"},
             "What a sender makes of a request whose file it cannot open: SREQ_STATUS_INVALID, or an error with retry.",
             "KB 885278 [D]"),
      number("retries", 2, 0, 5, "retries", "How often the Scheduler makes a failed request pending again.",
             "Q214485 [D]"),
      number("retry_delay", 1, 0, 1440, "minutes", "How long the Scheduler waits before that, in virtual time.",
             "Q214485 [D]"),
      flag("routing", false,
           "The Scheduler holds a routing request (.rtr) for each send request, until that is complete.",
           "KB 885278 [I]"),
      choice("watched_site", "all", {"all", "central", "primary"},
             "The site whose properties are watched; `primary`: the first one right below the central site.", "model"),
      choice("watch", "all", watched,
             "The property to watch; `all`: every one but those that ask for one way to a symptom.", "model"),
  };
  std::ranges::move(variant_parameters(), std::back_inserter(table));
  return table;
}

bool is_one_of(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::ranges::find(names, name) != names.end();
}

}  // namespace

const std::vector<ParameterSpec>& parameter_table() {
  static const std::vector<ParameterSpec> table = make_table();
  return table;
}

// The article has a hotfix for each affected product; SMS 2003 SP2 has the fix [D].
// Virtual time that passes in a cycle is part of the state, so that no state would come again.
std::optional<std::string> validate_endless(const sim::Parameters& parameters) {
  if (!parameters.boolean("endless")) return std::nullopt;
  if (parameters.integer("late_requests") == 0 && !parameters.boolean("dead_site")) {
    return "endless = true, and there is nothing that could go on without end; set late_requests to 1 or more, or "
           "dead_site to true";
  }
  if (parameters.integer("retry_delay") == 0) return std::nullopt;
  return "endless = true, and retry_delay = " + std::to_string(parameters.integer("retry_delay")) +
         ": time would pass for ever; set retry_delay to 0";
}

std::optional<std::string> validate_product(const sim::Parameters& parameters) {
  if (!parameters.boolean("hotfix")) return std::nullopt;
  if (parameters.text("product") == "sms-2003-sp2") {
    return "product = \"sms-2003-sp2\" has the fix, and there is no hotfix for it; set hotfix to false";
  }
  if (parameters.text("selection") != "product") {
    return "hotfix = true installs the hotfix's selection function, and selection = \"" + parameters.text("selection") +
           "\" names one; set selection to \"product\", or hotfix to false";
  }
  return std::nullopt;
}

// The simulator has room for 16 volumes and 64 threads.
std::optional<std::string> validate_hierarchy(const sim::Parameters& parameters) {
  constexpr std::int64_t most_children_of_primaries = 3;
  const std::int64_t children = parameters.integer("hierarchy.children"), depth = parameters.integer("hierarchy.depth");
  const auto is = [&](std::string_view name) {
    return std::string(name) + " = " + std::to_string(parameters.integer(name));
  };
  if (depth == 0 && children != 1) {
    return is("hierarchy.children") + " needs levels to be on; set hierarchy.depth to 1 or 2";
  }
  if (depth == 2 && children > most_children_of_primaries) {
    return is("hierarchy.children") +
           " with hierarchy.depth = 2 makes more sites than there is room for; set "
           "hierarchy.children to 3 or less";
  }
  if (depth > 0 && VariantSettings::from(parameters).needs_one_site()) {
    return "crashes, two processes, late requests, cancellation, dead sites and other faults of the variants are for "
           "one "
           "site; set hierarchy.depth to 0";
  }
  if (depth > 0 && parameters.integer("destinations") != 1) {
    return "in a hierarchy the destinations are its sites; leave destinations at 1, not " +
           std::to_string(parameters.integer("destinations"));
  }
  if (children * parameters.integer("requests") > max_requests) {
    return is("hierarchy.children") + " and " + is("requests") + " make more than " + std::to_string(max_requests) +
           " requests; reduce one of them";
  }
  const std::string& watched = parameters.text("watched_site");
  if (watched == "primary" && depth < 2) {
    return "watched_site = \"primary\" needs hierarchy.depth = 2: without a level below them, primary sites send "
           "nothing";
  }
  return std::nullopt;
}

std::optional<std::string> validate(const sim::Parameters& parameters) {
  if (const auto wrong = validate_product(parameters)) return wrong;
  if (const auto wrong = validate_endless(parameters)) return wrong;
  if (const auto wrong = validate_hierarchy(parameters)) return wrong;
  if (parameters.integer("destinations") > parameters.integer("requests")) {
    return "destinations = " + std::to_string(parameters.integer("destinations")) +
           " is more than requests = " + std::to_string(parameters.integer("requests")) +
           ": every destination needs a request";
  }
  if (const auto wrong = validate_faults(parameters)) return wrong;
  const std::string& selection = parameters.text("selection");
  if ((selection == "rename-shared" || selection == "rename-exclusive") &&
      parameters.text("on_sharing_violation") == "retry") {
    return "selection = \"" + selection +
           "\" with on_sharing_violation = \"retry\": a request that was renamed is never pending again";
  }
  return std::nullopt;
}

std::optional<sim::Exclusion> excludes(const sim::Parameters& parameters, std::string_view property_or_goal) {
  const std::string_view name = property_or_goal;
  const Settings settings = Settings::from(parameters);
  const bool is_property = std::ranges::find(all_properties, name) != std::end(all_properties);
  if (is_property && !settings.only_property.empty() && name != settings.only_property) {
    return sim::Exclusion{"watch", "watch = \"" + std::string(settings.only_property) +
                                       "\" watches that property alone; set watch to \"all\" or to this one"};
  }
  const bool is_of_routing = std::ranges::find(properties_of_routing, name) != std::end(properties_of_routing);
  const bool is_of_senders = std::ranges::find(properties_of_senders, name) != std::end(properties_of_senders);
  const bool needs_name = is_of_senders || name == property::every_request_settled ||
                          (is_of_routing && name != property::every_rtr_processed);
  if (needs_name && settings.only_property.empty()) {
    return sim::Exclusion{"watch", "it is watched only by its name; set watch to \"" + std::string(name) + "\""};
  }
  if (is_of_routing && !settings.routing && settings.hierarchy.depth < 2) {
    return sim::Exclusion{"routing", "there is no routing request; set routing to true"};
  }
  const bool needs_invalid =
      is_one_of(name, {property::no_invalid_request, property::no_completed_request_invalid,
                       property::no_first_invalidates_second, property::no_rtr_waits_for_invalid});
  if (needs_invalid && settings.retry_on_error) {
    return sim::Exclusion{"on_sharing_violation",
                          "with on_sharing_violation = \"retry\" no request is marked SREQ_STATUS_INVALID; set it to "
                          "\"invalid\""};
  }
  const bool needs_two_senders =
      is_one_of(name, {property::no_double_claim, property::no_failure_after_success,
                       property::no_second_fails_on_deleted, property::no_second_fails_while_first_sends,
                       property::no_first_invalidates_second, goal::selection_contended, goal::two_sends_at_once});
  // One that waits for notifications looks whenever it gets one.
  const bool looks_beside = name == goal::selection_contended && settings.variant.wait != Wait::ideal;
  if (needs_two_senders && !looks_beside && settings.sending_threads == 1 && settings.variant.processes == 1) {
    return sim::Exclusion{"sending_threads",
                          "it takes two sending threads, and the Sender looks for work only while fewer run than "
                          "sending_threads = 1; set that to 2 or more"};
  }
  const bool sent_once = settings.requests == 1 && settings.hierarchy.depth < 2 &&
                         settings.selection == SelectionKind::critical_section && settings.variant.processes == 1 &&
                         settings.variant.late_requests == 0;
  if (name == goal::two_sends_at_once && sent_once) {
    return sim::Exclusion{"requests",
                          "with requests = 1 and a critical section there is one send; set requests to 2 or more, or "
                          "selection to \"unsynchronised\""};
  }
  if (const auto exclusion = fault_excludes(settings.faults, name)) return exclusion;
  return variant_excludes(settings, name);
}

Settings Settings::from(const sim::Parameters& parameters) {
  const auto count = [&](std::string_view name) { return static_cast<unsigned>(parameters.integer(name)); };
  Settings settings;
  const std::string& selection = parameters.text("selection");
  const bool fixed_product = parameters.text("product") == "sms-2003-sp2" || parameters.boolean("hotfix");
  if (selection != "product") {
    settings.selection = selection_named(selection);
  } else if (fixed_product) {
    settings.selection = SelectionKind::critical_section;
  }
  settings.variant = VariantSettings::from(parameters);
  settings.faults = FaultSettings::from(parameters);
  settings.variant.restarts = settings.faults.restarts();
  settings.sending_threads = count("sending_threads");
  settings.requests = count("requests") * count("hierarchy.children");
  settings.hierarchy = {.children = count("hierarchy.children"), .depth = count("hierarchy.depth")};
  const std::string& watched_site = parameters.text("watched_site");
  settings.watched_site = watched_site == "central"   ? WatchedSite::central
                          : watched_site == "primary" ? WatchedSite::primary
                                                      : WatchedSite::all;
  settings.destinations = count("destinations");
  settings.blocks = count("blocks");
  settings.block_bytes = count("block_bytes");
  settings.retry_on_error = parameters.text("on_sharing_violation") == "retry";
  settings.routing = parameters.boolean("routing");
  settings.retries = count("retries");
  settings.retry_delay = std::chrono::nanoseconds(std::chrono::minutes(parameters.integer("retry_delay"))).count();
  for (const std::string_view name : all_properties) {
    if (name == parameters.text("watch")) settings.only_property = name;
  }
  return settings;
}

unsigned HierarchyShape::receivers() const {
  unsigned sum = 0;
  for (unsigned level = 0, sites = 1; level < depth; ++level) sum += sites *= children;
  return sum;
}

bool Settings::keeps_senders() const {
  return std::ranges::find(properties_of_senders, only_property) != std::end(properties_of_senders);
}

}  // namespace models::sms
