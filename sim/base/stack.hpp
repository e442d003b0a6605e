#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <span>
#include <type_traits>

#include "base/check.hpp"

namespace sim {

/// A std::vector of plain data for the paths that run once a transition: what grows and shrinks at its end takes a few
/// instructions, inlined.
template <class T>
class Stack {
  static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);

 public:
  Stack() = default;
  Stack(const Stack& other) { *this = other; }
  Stack(Stack&&) noexcept = default;
  Stack& operator=(const Stack& other) {
    if (this == &other) return *this;
    clear();
    if (!other.empty()) std::memcpy(static_cast<void*>(append(other.size())), other.data(), other.size() * sizeof(T));
    return *this;
  }
  Stack& operator=(Stack&&) noexcept = default;

  std::size_t size() const { return size_; }
  std::size_t capacity() const { return capacity_; }
  bool empty() const { return size_ == 0; }
  /// The next element would move all.
  bool is_full() const { return size_ == capacity_; }
  T* data() { return data_.get(); }
  const T* data() const { return data_.get(); }
  T* begin() { return data(); }
  T* end() { return data() + size_; }
  const T* begin() const { return data(); }
  const T* end() const { return data() + size_; }
  T& operator[](std::size_t at) {
    require(at);
    return data_[at];
  }
  const T& operator[](std::size_t at) const {
    require(at);
    return data_[at];
  }
  T& back() { return (*this)[size_ - 1]; }
  const T& back() const { return (*this)[size_ - 1]; }

  [[gnu::always_inline]] T& push_back(T value) {
    T& place = append();
    place = value;
    return place;
  }
  /// Adds an element that holds anything.
  [[gnu::always_inline]] T& append() {
    if (size_ == capacity_) [[unlikely]]
      grow(size_ + 1);
    return data_[size_++];
  }
  /// Adds `count` of them.
  [[gnu::always_inline]] T* append(std::size_t count) {
    if (capacity_ - size_ < count) [[unlikely]]
      grow(size_ + count);
    size_ += count;
    return data() + size_ - count;
  }
  /// Makes room for `count` more.
  void make_room(std::size_t count) {
    if (capacity_ - size_ < count) [[unlikely]]
      grow(size_ + count);
  }
  void pop_back() { --size_; }
  /// Drops what lies from `size` on. Requires: there is at least as much.
  void cut_to(std::size_t size) { size_ = size; }
  void clear() { size_ = 0; }
  void assign(std::size_t count, T value) {
    clear();
    for (T* at = append(count); at != end(); ++at) *at = value;
  }
  void assign(std::span<const T> values) {
    clear();
    for (const T& value : values) push_back(value);
  }
  /// Of the elements from `first` on.
  template <class Predicate>
  void erase_if(Predicate predicate, std::size_t first = 0) {
    size_ = static_cast<std::size_t>(std::remove_if(begin() + first, end(), predicate) - begin());
  }

 private:
  // What lies behind the end is memory of its own: AddressSanitizer would say nothing.
  void require([[maybe_unused]] std::size_t at) const {
#ifdef __SANITIZE_ADDRESS__
    SIM_CHECK(at < size_);
#endif
  }

  struct Free {
    void operator()(T* memory) const { std::free(memory); }
  };

  // Where it is large, realloc moves no bytes but page tables: what is old and what is new are never both resident.
  [[gnu::noinline, gnu::cold]] void grow(std::size_t least) {
    std::size_t capacity = capacity_ == 0 ? 16 : capacity_ * 2;
    if (capacity < least) capacity = least;
    void* const larger = std::realloc(static_cast<void*>(data_.get()), capacity * sizeof(T));
    if (larger == nullptr) throw std::bad_alloc();
    (void)data_.release();
    data_.reset(static_cast<T*>(larger));
    capacity_ = capacity;
  }

  std::unique_ptr<T[], Free> data_;
  std::size_t size_ = 0, capacity_ = 0;
};

}  // namespace sim
