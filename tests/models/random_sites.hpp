#pragma once

#include <rapidcheck.h>

#include <cstdint>
#include <iosfwd>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/parameter.hpp"

/// Random topologies of the model sms, with their requests, limits and faults.
namespace random_sites {

/// A value for each row of the model's table of parameters, which accepts them together.
struct Topology {
  sim::Parameters parameters;
};
bool operator==(const Topology& one, const Topology& other);
/// The parameters and faults that differ from their defaults, for people.
std::ostream& operator<<(std::ostream& out, const Topology& topology);

using Values = std::vector<std::pair<std::string_view, sim::ParameterValue>>;

/// A selection function, and where topologies are drawn for it.
struct Subject {
  std::vector<Values> installations;  ///< The ways to say that it runs; the first is the simplest.
  std::int64_t least_threads = 1;     ///< Concurrent sendings.
  std::int64_t most_processes = 1;    ///< Sender processes.
  bool always_faulty = false;         ///< A fault is drawn for each topology that has room for it.
  bool is_hotfix = false;             ///< Also draw which property alone is watched, and remedies that change it.
};
Subject hotfix();
/// With two threads or more, so that it must be violated.
Subject unsynchronised();
/// Another selection function, in the place of the hotfix's.
Subject in_place_of_the_hotfix(std::string_view selection);

/// A row of the table that is drawn: where its simplest value lies, and how far from it draws go.
struct DrawnRow {
  std::string_view name;
  std::int64_t most = 0;  ///< The largest integer that is drawn: more makes states without new kinds of events.
  unsigned one_in = 2;    ///< It differs from its simplest value in one of so many topologies.
  bool is_size = false;   ///< Its simplest value is the least; of the others it is the default.
};
/// A fault of [faults], and what the hotfix needs beside it, as the fault's scenarios have it. Topologies have at most
/// one fault, and never without its remedy.
struct DrawnFault {
  std::string_view name;
  Values remedy;
  bool changes_selection = false;  ///< The remedy is another selection function: drawn for the hotfix alone.
};
/// All of the model.
const std::vector<DrawnFault>& drawn_faults();

/// In the order in which they are drawn and made smaller.
std::span<const DrawnRow> drawn_rows();

/// A row of the table that keeps its default.
struct RowLeftOut {
  std::string_view name, reason;
};
std::span<const RowLeftOut> rows_left_out();

/// Topologies for a subject. They shrink by `smaller`.
rc::Gen<Topology> topologies_of(const Subject& subject);

/// Topologies that are nearer to the smallest one, greatest leaps first. All are valid, and this ends.
std::vector<Topology> smaller(const Subject& subject, const Topology& topology);

/// How far it is from the smallest topology of the subject.
std::int64_t distance(const Subject& subject, const Topology& topology);

/// Properties that the hotfix, by what the parameters ask for, cannot keep: what is drawn there is a fault that the
/// selection function has no part in. Each has a scenario of its own in scenarios/.
std::set<std::string> not_of_selection(const Topology& topology);

}  // namespace random_sites
