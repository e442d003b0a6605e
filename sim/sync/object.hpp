#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

#include <fmt/format.h>

#include "base/hash128.hpp"
#include "runtime/program.hpp"

/// What the primitives share.
///
/// Operations are [[gnu::noinline]]: what one inlined into a program computes stays behind in the registers and the
/// frame of its caller, where it is history, and keeps equal states from being equal bytes. A function takes it along
/// when it returns.
namespace sim::detail {

/// A value as one word: its bytes, or a hash of them.
template <class T>
std::uint64_t word_of(const T& value) {
  if constexpr (sizeof(T) <= sizeof(std::uint64_t) && std::is_trivially_copyable_v<T>) {
    std::uint64_t word = 0;
    std::memcpy(&word, &value, sizeof(T));
    return word;
  } else if constexpr (std::is_trivially_copyable_v<T>) {
    return hash_bytes(&value, sizeof(T)).low;
  } else if constexpr (std::is_convertible_v<const T&, std::string_view>) {
    const std::string_view text = value;
    return hash_bytes(text.data(), text.size()).low;
  } else {
    return 0;
  }
}

/// A value for people.
template <class T>
std::string text_of(const T& value) {
  if constexpr (std::is_same_v<T, bool>) {
    return value ? "true" : "false";
  } else if constexpr (std::is_enum_v<T>) {
    return std::to_string(static_cast<std::underlying_type_t<T>>(value));
  } else if constexpr (fmt::is_formattable<T>::value) {
    return fmt::format("{}", value);
  } else {
    return fmt::format("{:#x}", word_of(value));
  }
}

// A variable whose address is passed on needs a place in the frame.
template <class T>
using ByValue = std::conditional_t<std::is_trivially_copyable_v<T> && sizeof(T) <= 2 * sizeof(void*), T, const T&>;

/// What the running event shows to people, if anybody is to see it. Out of line: a string in the frame of the operation
/// that nobody initialises would be history in the state, and keep equal states from being equal bytes.
template <class T>
[[gnu::noinline, gnu::cold]] void show_out_of_line(const char* before, ByValue<T> value) {
  runtime::set_text(before + text_of<T>(value));
}
template <class T>
[[gnu::always_inline]] inline void show_value(const char* before, const T& value) {
  show_out_of_line<T>(before, value);
}
template <class T>
[[gnu::noinline, gnu::cold]] void show_change(T before, const char* arrow, T after) {
  runtime::set_text(text_of(before) + arrow + text_of(after));
}

/// Names an object in a recorded trace, and for a search that goes by names.
inline void introduce(const void* object, std::string_view name, std::string_view type) {
  if (runtime::names_wanted()) runtime::name_object(object, name, type);
}

/// Reports the change of an object's logical contents between its construction and its end, where they are kept. Made
/// in a function of its own: an operation that has a place for it in its frame stops before anything is in it.
template <class Object>
class Change {
 public:
  explicit Change(const Object& object) : object_(object), kept_(runtime::keeps_logical_state()) {
    if (kept_) before_ = object_.contents();
  }
  ~Change() {
    if (kept_) runtime::object_changed(runtime::object_at(&object_), before_, object_.contents());
  }
  Change(const Change&) = delete;
  Change& operator=(const Change&) = delete;

 private:
  const Object& object_;
  bool kept_;
  std::uint64_t before_ = 0;
};

}  // namespace sim::detail
