#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/parameter.hpp"
#include "base/result.hpp"
#include "scenario/document.hpp"

namespace sim::scenario {

/// What a key of a scenario may hold.
enum class SettingType : std::uint8_t {
  integer,
  number,  ///< An integer or a decimal fraction.
  boolean,
  text,
  size,   ///< Bytes: an integer, or a string such as "256KiB" or "8GiB". Held as an integer.
  texts,  ///< A list of strings.
};

using SettingValue = std::variant<std::int64_t, double, bool, std::string, std::vector<std::string>>;

/// One row of a table of keys: what validates a scenario's key, documents it and describes it to editors.
struct SettingSpec {
  std::string_view name;
  SettingType type = SettingType::text;
  std::int64_t minimum = 0, maximum = 0;       ///< Inclusive range of an integer, a number or a size.
  std::vector<std::string_view> choices = {};  ///< The values of a text; empty: any.
  std::string_view unit = {};
  std::string_view description = {};
};

/// The same for a model's parameter.
SettingSpec setting_spec(const ParameterSpec& parameter);

/// The value of a document's node, or what is wrong with it.
Result<SettingValue, std::string> setting_value(const SettingSpec& spec, const Node& node);

/// The value that `text` spells on the command line ("3", "true", "retry", "8GiB", "a,b"), or what is wrong with it.
Result<SettingValue, std::string> setting_value(const SettingSpec& spec, std::string_view text);

/// "1 to 999 threads", "one of "urgent", "free"", "true or false"...: what the row accepts.
std::string accepted(const SettingSpec& spec);

/// A value as a parameter's. Requires: an integer, a boolean or a text.
ParameterValue parameter_value(const SettingValue& value);

/// "8 GiB", "1.5 MiB", "300 bytes".
std::string size_text(std::uint64_t bytes);
/// Reads "256KiB", "8 GiB", "1073741824"; nullopt if it is no size.
std::optional<std::int64_t> size_from_text(std::string_view text);

}  // namespace sim::scenario
