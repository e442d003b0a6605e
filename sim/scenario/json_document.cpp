// JSON with positions: the parser tells what it met but not where, so that its bytes are counted on their way to it.
#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <vector>

#include "scenario/document.hpp"
#include "scenario/nearest.hpp"

namespace sim::scenario {
namespace {

using Json = nlohmann::json;

// A trace's header is four levels deep; what is deeper is no part of one, and is not kept.
constexpr std::size_t deepest = 8;

/// Hands the parser one byte after another, and tells `furthest` how far it has come.
class Bytes {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  Bytes(const char* at, const char*& furthest) : at_(at), furthest_(&furthest) {}

  reference operator*() const { return *at_; }
  Bytes& operator++() {
    *furthest_ = ++at_;
    return *this;
  }
  friend bool operator==(const Bytes& a, const Bytes& b) { return a.at_ == b.at_; }

 private:
  const char* at_;
  const char** furthest_;
};

/// Builds a Node from what the parser meets. The first error sticks.
class Builder : public nlohmann::json_sax<Json> {
 public:
  Builder(std::string_view text, std::uint32_t line) : text_(text), line_(line), counted_(text.data()) {}

  bool parse() {
    const char* const end = text_.data() + text_.size();
    return Json::sax_parse(Bytes(text_.data(), furthest_), Bytes(end, furthest_), this);
  }

  Node& root() { return root_; }
  Position error_at() const { return error_at_; }
  const std::string& error() const { return error_; }

  bool null() override { return add(other("null")); }
  bool boolean(bool value) override {
    Node node;
    node.kind = Node::Kind::boolean;
    node.boolean = value;
    return add(std::move(node));
  }
  bool number_integer(std::int64_t value) override {
    Node node;
    node.kind = Node::Kind::integer;
    node.integer = value;
    return add(std::move(node));
  }
  bool number_unsigned(std::uint64_t value) override {
    if (value <= INT64_MAX) return number_integer(static_cast<std::int64_t>(value));
    Node node;
    node.kind = Node::Kind::large_integer;
    node.large_integer = value;
    return add(std::move(node));
  }
  bool number_float(double value, const std::string&) override {
    Node node;
    node.kind = Node::Kind::number;
    node.number = value;
    return add(std::move(node));
  }
  bool string(std::string& value) override {
    Node node;
    node.kind = Node::Kind::text;
    node.text = std::move(value);
    return add(std::move(node));
  }
  bool binary(Json::binary_t&) override { return false; }  // JSON text has none.
  bool start_object(std::size_t) override { return open(Node::Kind::table); }
  bool start_array(std::size_t) override { return open(Node::Kind::list); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }

  bool key(std::string& name) override {
    const Position at = place();
    if (skipped_levels_ != 0) return true;
    if (!keys_.back().insert(name).second) return fail("the key " + in_quotes(name) + " is set twice", at);
    open_.back()->table.push_back({std::move(name), at, {}});
    return true;
  }

  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception&) override {
    const bool at_end = position > text_.size();
    const std::size_t before = std::min(position == 0 ? 0 : position - 1, text_.size());
    counted_ = text_.data();
    column_ = 1;
    count_to(counted_ + before);
    return fail(at_end ? "the line ends in the middle: the file was truncated" : "malformed JSON", {line_, column_});
  }

 private:
  static Node other(std::string what) {
    Node node;
    node.text = std::move(what);
    return node;
  }

  bool fail(std::string message, Position at) {
    error_ = std::move(message);
    error_at_ = at;
    return false;
  }

  // Columns count characters, not bytes.
  void count_to(const char* to) {
    for (; counted_ < to; ++counted_) {
      if ((static_cast<unsigned char>(*counted_) & 0xC0) != 0x80) ++column_;
    }
  }

  // Where the token begins that the parser has just read: behind the last one and what separates them. After a number
  // it has read one byte more, which is one of those.
  Position place() {
    const char* const end = text_.data() + text_.size();
    const char* begin = behind_last_;
    while (begin != end && std::string_view(" \t\r\n,:").find(*begin) != std::string_view::npos) ++begin;
    behind_last_ = furthest_;
    count_to(begin);
    return {line_, column_};
  }

  bool add(Node node) {
    node.at = place();
    if (skipped_levels_ == 0) keep(std::move(node));
    return true;
  }

  // While a container is open nothing is added to those around it, so that what points to it stays valid.
  Node& keep(Node node) {
    if (open_.empty()) return root_ = std::move(node);
    Node& parent = *open_.back();
    if (parent.kind == Node::Kind::list) return parent.list.emplace_back(std::move(node));
    return parent.table.back().value = std::move(node);
  }

  bool open(Node::Kind kind) {
    const Position at = place();
    if (skipped_levels_ != 0 || open_.size() == deepest) {
      if (skipped_levels_++ != 0) return true;
      Node node = other("a value of many levels");
      node.at = at;
      keep(std::move(node));
      return true;
    }
    Node node;
    node.kind = kind;
    node.at = at;
    open_.push_back(&keep(std::move(node)));
    keys_.emplace_back();
    return true;
  }

  bool close() {
    behind_last_ = furthest_;
    if (skipped_levels_ != 0) {
      --skipped_levels_;
    } else {
      open_.pop_back();
      keys_.pop_back();
    }
    return true;
  }

  std::string_view text_;
  std::uint32_t line_;
  const char* furthest_ = text_.data();     ///< What the parser has read.
  const char* behind_last_ = text_.data();  ///< The last token, or one separator more.
  const char* counted_;                     ///< Up to here, `column_` is known.
  std::uint32_t column_ = 1;
  Node root_;
  std::vector<Node*> open_;                  ///< The containers around the next value, from outside.
  std::vector<std::set<std::string>> keys_;  ///< Of each of them.
  std::size_t skipped_levels_ = 0;           ///< Open containers that are too deep to keep.
  std::string error_;
  Position error_at_;
};

}  // namespace

Result<Node, InputError> parse_json(std::string_view text, const std::string& file, std::uint32_t line) {
  Builder builder(text, line);
  if (builder.parse()) return std::move(builder.root());
  return Failure{InputError{file, line, builder.error_at().column, builder.error()}};
}

}  // namespace sim::scenario
