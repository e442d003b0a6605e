#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sim {

/// A parameter's value. TOML's integer, boolean and string.
using ParameterValue = std::variant<std::int64_t, bool, std::string>;

/// "3", "true" or "retry".
std::string to_text(const ParameterValue& value);

/// One row of a model's table of parameters, or of its table of faults. The tables validate scenarios and `--set`,
/// print `racewalk describe`, and generate the JSON Schema; nothing else knows a parameter's range.
struct ParameterSpec {
  std::string_view name;                       ///< snake_case, as scenarios spell it; "hierarchy.depth" in a group.
  ParameterValue fallback;                     ///< The default; its alternative is the parameter's type.
  std::int64_t minimum = 0, maximum = 0;       ///< Inclusive range of an integer.
  std::vector<std::string_view> choices = {};  ///< The values of a string; empty: any.
  std::string_view unit = {};                  ///< "threads", "blocks", "minutes"; empty: none.
  std::string_view description = {};           ///< One sentence.
  std::string_view source = {};                ///< Where the fact comes from, such as "Q319166 [D]".
};

/// Rows for such tables.
namespace rows {
/// An integer from `minimum` to `maximum`.
ParameterSpec number(std::string_view name, std::int64_t fallback, std::int64_t minimum, std::int64_t maximum,
                     std::string_view unit, std::string_view description, std::string_view source);
ParameterSpec flag(std::string_view name, bool fallback, std::string_view description, std::string_view source);
/// One of several texts.
ParameterSpec choice(std::string_view name, std::string_view fallback, std::vector<std::string_view> choices,
                     std::string_view description, std::string_view source);
}  // namespace rows

/// Why the values of a model's parameters leave no execution in which something happens.
struct Exclusion {
  std::string parameter;  ///< The one to change first; "faults.NAME" for a fault.
  std::string reason;     ///< Which value excludes it, and the remedy; no full stop, one line.
};

/// Values by name, complete: a value for every row of the table that validated them.
class Parameters {
 public:
  Parameters() = default;
  explicit Parameters(std::map<std::string, ParameterValue, std::less<>> values) : values_(std::move(values)) {}

  /// The defaults of a table.
  static Parameters defaults(std::span<const ParameterSpec> table);

  /// Require: the parameter exists and has that type.
  std::int64_t integer(std::string_view name) const;
  bool boolean(std::string_view name) const;
  const std::string& text(std::string_view name) const;

  void set(std::string_view name, ParameterValue value) {
    values_.insert_or_assign(std::string(name), std::move(value));
  }
  const std::map<std::string, ParameterValue, std::less<>>& values() const { return values_; }

  /// The value of a row of the model's table of faults: its default, unless the scenario declares another one.
  const ParameterValue& fault(const ParameterSpec& row) const;
  /// Declares what [faults] says of a row. The default declares nothing.
  void set_fault(const ParameterSpec& row, ParameterValue value);
  /// What [faults] declares besides defaults. Empty: as if the model had no faults.
  const std::map<std::string, ParameterValue, std::less<>>& faults() const { return faults_; }

 private:
  std::map<std::string, ParameterValue, std::less<>> values_;
  std::map<std::string, ParameterValue, std::less<>> faults_;
};

}  // namespace sim
