#include "scenario/setting.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "scenario/nearest.hpp"

namespace sim::scenario {
namespace {

constexpr std::string_view size_units[] = {"B", "KiB", "MiB", "GiB", "TiB"};

std::string_view expected(SettingType type) {
  switch (type) {
    case SettingType::integer:
      return "an integer";
    case SettingType::number:
      return "a number";
    case SettingType::boolean:
      return "true or false";
    case SettingType::text:
      return "a string";
    case SettingType::size:
      return "a size such as \"8GiB\", or a number of bytes";
    case SettingType::texts:
      return "a list of strings";
  }
  return "";
}

Failure<std::string> wrong_type(const SettingSpec& spec, const std::string& given) {
  return Failure{fmt::format("{} must be {}, not {}", spec.name, expected(spec.type), given)};
}

Failure<std::string> out_of_range(const SettingSpec& spec, const std::string& given) {
  return Failure{fmt::format("{} is {}, outside its range of {}", spec.name, given, accepted(spec))};
}

Result<SettingValue, std::string> in_range(const SettingSpec& spec, std::int64_t value) {
  if (value < spec.minimum || value > spec.maximum) return out_of_range(spec, std::to_string(value));
  return SettingValue(value);
}

Result<SettingValue, std::string> in_range(const SettingSpec& spec, double value) {
  const bool within =
      std::isfinite(value) && value >= static_cast<double>(spec.minimum) && value <= static_cast<double>(spec.maximum);
  if (!within) return out_of_range(spec, fmt::format("{}", value));
  return SettingValue(value);
}

Result<SettingValue, std::string> in_choices(const SettingSpec& spec, std::string text) {
  if (spec.choices.empty() || std::ranges::find(spec.choices, text) != spec.choices.end()) return SettingValue(text);
  return Failure{fmt::format("{} has no value {}{}", spec.name, in_quotes(text), suggestion(text, spec.choices))};
}

template <class Number>
std::optional<Number> number_from_text(std::string_view text) {
  Number value{};
  const char* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || at != end) return std::nullopt;
  return value;
}

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    words.emplace_back(text.substr(0, comma));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return words;
}

}  // namespace

SettingSpec setting_spec(const ParameterSpec& parameter) {
  constexpr SettingType types[] = {SettingType::integer, SettingType::boolean, SettingType::text};
  return {.name = parameter.name,
          .type = types[parameter.fallback.index()],
          .minimum = parameter.minimum,
          .maximum = parameter.maximum,
          .choices = parameter.choices,
          .unit = parameter.unit,
          .description = parameter.description};
}

Result<SettingValue, std::string> setting_value(const SettingSpec& spec, const Node& node) {
  const bool is_integer = node.kind == Node::Kind::integer, is_text = node.kind == Node::Kind::text;
  switch (spec.type) {
    case SettingType::integer:
      if (is_integer) return in_range(spec, node.integer);
      break;
    case SettingType::number:
      if (is_integer) return in_range(spec, static_cast<double>(node.integer));
      if (node.kind == Node::Kind::number) return in_range(spec, node.number);
      break;
    case SettingType::boolean:
      if (node.kind == Node::Kind::boolean) return SettingValue(node.boolean);
      break;
    case SettingType::text:
      if (is_text) return in_choices(spec, node.text);
      break;
    case SettingType::size:
      if (is_integer) return in_range(spec, node.integer);
      if (is_text) return setting_value(spec, std::string_view(node.text));
      break;
    case SettingType::texts: {
      if (node.kind != Node::Kind::list) break;
      std::vector<std::string> texts;
      for (const Node& element : node.list) {
        if (element.kind != Node::Kind::text) return wrong_type(spec, "a list with " + describe(element) + " in it");
        texts.push_back(element.text);
      }
      return SettingValue(texts);
    }
  }
  return wrong_type(spec, describe(node));
}

Result<SettingValue, std::string> setting_value(const SettingSpec& spec, std::string_view text) {
  switch (spec.type) {
    case SettingType::integer:
      if (const auto value = number_from_text<std::int64_t>(text)) return in_range(spec, *value);
      break;
    case SettingType::number:
      if (const auto value = number_from_text<double>(text)) return in_range(spec, *value);
      break;
    case SettingType::boolean:
      if (text == "true" || text == "false") return SettingValue(text == "true");
      break;
    case SettingType::text:
      return in_choices(spec, std::string(text));
    case SettingType::size:
      if (const auto bytes = size_from_text(text)) return in_range(spec, *bytes);
      break;
    case SettingType::texts:
      return SettingValue(split(text));
  }
  return wrong_type(spec, in_quotes(text));
}

std::string accepted(const SettingSpec& spec) {
  std::string text;
  if (spec.type == SettingType::size) {
    text = size_text(static_cast<std::uint64_t>(spec.minimum)) + " to " +
           size_text(static_cast<std::uint64_t>(spec.maximum));
  } else if (spec.type == SettingType::integer || spec.type == SettingType::number) {
    const bool unlimited = spec.maximum == std::numeric_limits<std::int64_t>::max();
    text = unlimited ? fmt::format("{} and more", spec.minimum) : fmt::format("{} to {}", spec.minimum, spec.maximum);
  } else if (!spec.choices.empty()) {
    return joined(spec.choices);
  } else {
    return std::string(expected(spec.type));
  }
  return spec.unit.empty() || spec.type == SettingType::size ? text : fmt::format("{} {}", text, spec.unit);
}

ParameterValue parameter_value(const SettingValue& value) {
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return *integer;
  if (const auto* boolean = std::get_if<bool>(&value)) return *boolean;
  const auto* text = std::get_if<std::string>(&value);
  SIM_CHECK(text != nullptr);
  return *text;
}

std::string size_text(std::uint64_t bytes) {
  std::size_t unit = 0;
  double value = static_cast<double>(bytes);
  while (value >= 1024 && unit + 1 < std::size(size_units)) {
    value /= 1024;
    ++unit;
  }
  if (unit == 0) return fmt::format("{} bytes", bytes);
  const bool whole = value == std::floor(value);
  return whole ? fmt::format("{:.0f} {}", value, size_units[unit]) : fmt::format("{:.1f} {}", value, size_units[unit]);
}

std::optional<std::int64_t> size_from_text(std::string_view text) {
  std::uint64_t count = 0;
  const char* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, count);
  if (error != std::errc{}) return std::nullopt;
  std::string_view unit(at, static_cast<std::size_t>(end - at));
  while (unit.starts_with(' ')) unit.remove_prefix(1);
  if (unit.empty()) unit = "B";
  const auto found = std::ranges::find(size_units, unit);
  if (found == std::end(size_units)) return std::nullopt;
  const auto shift = static_cast<unsigned>(found - std::begin(size_units)) * 10;
  constexpr auto largest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (count > (largest >> shift)) return std::nullopt;
  return static_cast<std::int64_t>(count << shift);
}

}  // namespace sim::scenario
