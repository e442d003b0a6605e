#include "base/parameter.hpp"

#include "base/check.hpp"

namespace sim {

std::string to_text(const ParameterValue& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  return std::get<std::string>(value);
}

ParameterSpec rows::number(std::string_view name, std::int64_t fallback, std::int64_t minimum, std::int64_t maximum,
                           std::string_view unit, std::string_view description, std::string_view source) {
  return {.name = name,
          .fallback = fallback,
          .minimum = minimum,
          .maximum = maximum,
          .unit = unit,
          .description = description,
          .source = source};
}

ParameterSpec rows::flag(std::string_view name, bool fallback, std::string_view description, std::string_view source) {
  return {.name = name, .fallback = fallback, .description = description, .source = source};
}

ParameterSpec rows::choice(std::string_view name, std::string_view fallback, std::vector<std::string_view> choices,
                           std::string_view description, std::string_view source) {
  return {.name = name,
          .fallback = std::string(fallback),
          .choices = std::move(choices),
          .description = description,
          .source = source};
}

Parameters Parameters::defaults(std::span<const ParameterSpec> table) {
  Parameters parameters;
  for (const ParameterSpec& row : table) parameters.set(row.name, row.fallback);
  return parameters;
}

namespace {
template <class T>
const T& find(const std::map<std::string, ParameterValue, std::less<>>& values, std::string_view name) {
  const auto found = values.find(name);
  SIM_CHECK(found != values.end());
  const T* value = std::get_if<T>(&found->second);
  SIM_CHECK(value != nullptr);
  return *value;
}
}  // namespace

std::int64_t Parameters::integer(std::string_view name) const {
  return find<std::int64_t>(values_, name);
}
bool Parameters::boolean(std::string_view name) const {
  return find<bool>(values_, name);
}
const std::string& Parameters::text(std::string_view name) const {
  return find<std::string>(values_, name);
}

const ParameterValue& Parameters::fault(const ParameterSpec& row) const {
  const auto found = faults_.find(row.name);
  return found != faults_.end() ? found->second : row.fallback;
}

void Parameters::set_fault(const ParameterSpec& row, ParameterValue value) {
  if (value == row.fallback) {
    faults_.erase(std::string(row.name));
  } else {
    faults_.insert_or_assign(std::string(row.name), std::move(value));
  }
}

}  // namespace sim
