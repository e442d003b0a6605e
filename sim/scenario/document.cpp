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

// What stands between `before` and `after` in `text`; empty if they do not.
std::string_view between(std::string_view text, std::string_view before, std::string_view after) {
  const std::size_t begin = text.find(before);
  if (begin == std::string_view::npos) return {};
  const std::size_t end = text.find(after, begin + before.size());
  return end == std::string_view::npos ? std::string_view()
                                       : text.substr(begin + before.size(), end - begin - before.size());
}

// The parser's names of what it expected, as the author of a scenario would say.
std::string in_plain_words(std::string_view expected) {
  constexpr std::pair<std::string_view, std::string_view> words[] = {
      {"value", "a value"},
      {"a comment or whitespace", "the end of the line"},
      {"value-terminator", "the end of the value"},
      {"keys, tables, whitespace or comments", "a key or a [section]"},
      {"comma or closing ']'", "a comma or ']'"},
      {"key or closing '}'", "a key or '}'"},
      {"bare key starting character or string delimiter", "a key"},
  };
  const auto known = std::ranges::find(words, expected, &std::pair<std::string_view, std::string_view>::first);
  return std::string(known != std::end(words) ? known->second : expected);
}

// What the parser says, in our words and with a remedy where it is known. It speaks of "Error while parsing CONTEXT:
// REASON".
std::string in_our_words(std::string_view description) {
  const std::string_view context = between(description, "Error while parsing ", ": ");
  const std::string_view reason = context.empty() ? description : description.substr(description.find(": ") + 2);
  if (reason.find("utf-8") != std::string_view::npos) return "the text is not UTF-8; save the file as UTF-8";
  if (const auto name = between(reason, "cannot redefine existing ", "'"); !name.empty()) {
    return in_quotes(between(reason, "'", "'")) + " is set a second time; remove one of the two";
  }
  if (reason.find("end-of-file") != std::string_view::npos) {
    return fmt::format("the file ends in the middle of the {}", context);
  }
  if (reason.find("control characters other than TAB") != std::string_view::npos) {
    return "the string does not end in its line; close the quotes, and write control characters as escapes";
  }
  if (reason.find("could not determine value type") != std::string_view::npos) {
    return "this is no value; a string stands in quotes";
  }
  if (const auto expected = between(reason, "expected ", ", saw '"); !expected.empty()) {
    const std::string_view seen = reason.substr(reason.find(", saw '") + 7);
    if (seen.starts_with("\\n") || seen.starts_with("\\r")) {
      return fmt::format("expected {}, but the line ends", in_plain_words(expected));
    }
    return fmt::format("expected {}, not '{}", in_plain_words(expected), one_line(seen));
  }
  return one_line(reason);
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
    return Failure{InputError{file, at.line, at.column, "malformed TOML: " + in_our_words(error.description())}};
  }
}

}  // namespace sim::scenario
