#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/input_error.hpp"
#include "base/result.hpp"

namespace sim::scenario {

/// Where something stands in a file, both from 1; 0: unknown.
struct Position {
  std::uint32_t line = 0, column = 0;
};

struct Entry;

/// A value of a TOML or JSON document, with its position. Validation works on this, not on a parser's types.
struct Node {
  enum class Kind : std::uint8_t { integer, large_integer, number, boolean, text, list, table, other };
  Kind kind = Kind::other;
  Position at;
  std::int64_t integer = 0;
  std::uint64_t large_integer = 0;  ///< Beyond INT64_MAX; TOML has none.
  double number = 0;
  bool boolean = false;
  std::string text;  ///< Of a text; of an `other`: what it is, such as "a date".
  std::vector<Node> list;
  std::vector<Entry> table;  ///< In the order of the file.

  /// The value of `key` in a table, or null.
  const Node* find(std::string_view key) const;
};

struct Entry {
  std::string key;
  Position at;
  Node value;
};

/// "the integer 3", "the string "x"", "a list": for messages.
std::string describe(const Node& node);

/// Parses TOML. Fails at malformed text, a duplicate key and invalid UTF-8, with the position. `file` names it in
/// errors.
Result<Node, InputError> parse_toml(std::string_view text, const std::string& file);

/// Parses a JSON value that stands alone in line `line` of `file`. Fails at malformed text, a key that is set twice and
/// invalid UTF-8, with the position. What lies more than eight levels deep is not kept.
Result<Node, InputError> parse_json(std::string_view text, const std::string& file, std::uint32_t line);

}  // namespace sim::scenario
