#pragma once

#include <cstddef>
#include <utility>

namespace sim {

/// Zeroed memory in whole pages, each of which takes room only once it is touched.
class Pages {
 public:
  Pages() = default;
  ~Pages();
  Pages(Pages&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)),
        size_(std::exchange(other.size_, 0)),
        reserved_(std::exchange(other.reserved_, 0)),
        shared_(other.shared_) {}
  Pages& operator=(Pages&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(reserved_, other.reserved_);
    std::swap(shared_, other.shared_);
    return *this;
  }

  /// Memory of `bytes` that processes forked from now on share. It never moves, and cannot be resized: reserve what may
  /// ever be needed. Throws std::bad_alloc if there are not so many addresses.
  static Pages shared(std::size_t bytes);

  /// Makes room for `bytes`, at least as much as before; what is new is zero. The memory may move. Throws
  /// std::bad_alloc. Requires: not shared.
  void resize(std::size_t bytes);

  std::byte* data() const { return data_; }
  std::size_t size() const { return size_; }

 private:
  void move_to(std::size_t wanted);

  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t reserved_ = 0;  ///< Addresses.
  bool shared_ = false;
};

}  // namespace sim
