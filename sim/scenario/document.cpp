#include "scenario/document.hpp"

#include <fmt/format.h>

#include <toml++/toml.h>
#include <algorithm>

#include "scenario/nearest.hpp"

namespace sim::scenario {
namespace {

Position position(const toml::source_region& source) {
  return {static_cast<std::uint32_t>(source.begin.line), static_cast<std::uint32_t>(source.begin.column)};
}

Node convert(const toml::node& source) {
  Node node;
  node.at = position(source.source());
  if (const auto* table = source.as_table()) {
    node.kind = Node::Kind::table;
    for (const auto& [key, value] : *table) {
      node.table.push_back({std::string(key.str()), position(key.source()), convert(value)});
    }
    std::ranges::stable_sort(node.table, [](const Entry& a, const Entry& b) {
      return std::pair(a.at.line, a.at.column) < std::pair(b.at.line, b.at.column);
    });
  } else if (const auto* list = source.as_array()) {
    node.kind = Node::Kind::list;
    for (const toml::node& element : *list) node.list.push_back(convert(element));
  } else if (const auto* integer = source.as_integer()) {
    node.kind = Node::Kind::integer;
    node.integer = integer->get();
  } else if (const auto* number = source.as_floating_point()) {
    node.kind = Node::Kind::number;
    node.number = number->get();
  } else if (const auto* boolean = source.as_boolean()) {
    node.kind = Node::Kind::boolean;
    node.boolean = boolean->get();
  } else if (const auto* text = source.as_string()) {
    node.kind = Node::Kind::text;
    node.text = text->get();
  } else {
    node.text = "a date or time";
  }
  return node;
}

// One line, without a full stop, and no longer than a line of a terminal or two.
std::string one_line(std::string_view text) {
  constexpr std::size_t longest = 200;
  std::string line;
  for (const char c : text.substr(0, longest)) line += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  while (!line.empty() && (line.back() == '.' || line.back() == ' ')) line.pop_back();
  return line;
}

}  // namespace

const Node* Node::find(std::string_view key) const {
  const auto found = std::ranges::find(table, key, &Entry::key);
  return found != table.end() ? &found->value : nullptr;
}

std::string describe(const Node& node) {
  switch (node.kind) {
    case Node::Kind::integer:
      return fmt::format("the integer {}", node.integer);
    case Node::Kind::large_integer:
      return fmt::format("the integer {}", node.large_integer);
    case Node::Kind::number:
      return fmt::format("the number {}", node.number);
    case Node::Kind::boolean:
      return node.boolean ? "the boolean true" : "the boolean false";
    case Node::Kind::text:
      return "the string " + in_quotes(node.text);
    case Node::Kind::list:
      return "a list";
    case Node::Kind::table:
      return "a table";
    case Node::Kind::other:
      break;
  }
  return node.text;
}

Result<Node, InputError> parse_toml(std::string_view text, const std::string& file) {
  try {
    return convert(toml::parse(text, file));
  } catch (const toml::parse_error& error) {
    const Position at = position(error.source());
    return Failure{InputError{file, at.line, at.column, "malformed TOML: " + one_line(error.description())}};
  }
}

}  // namespace sim::scenario
