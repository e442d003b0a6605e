#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <optional>
#include <utility>

#include "sync/object.hpp"

namespace sim {

/// A bounded first-in-first-out queue between threads. Sending on a closed channel is a violation. Its operations
/// synchronise like critical sections of one mutex.
template <class T>
class alignas(8) channel {
 public:
  /// Requires: `capacity` is at least 1.
  explicit channel(std::size_t capacity, std::string_view name = {}) : capacity_(capacity) {
    if (capacity == 0) runtime::violate("channel-misuse", "a channel needs room for at least one item");
    items_ = static_cast<T*>(::operator new (capacity * sizeof(T), std::align_val_t{alignof(T)}));
    detail::introduce(this, name, "channel");
  }
  channel(const channel&) = delete;
  channel& operator=(const channel&) = delete;
  ~channel() {
    runtime::object_ends();
    std::destroy_n(items_, count_);
    ::operator delete (items_, std::align_val_t{alignof(T)});
  }

  /// Blocks while the channel is full.
  void send(T item) {
    runtime::announce_blocking(OperationKind::channel_send, this, AccessMode::write, can_send, this,
                               Synchronization::both);
    push(std::move(item));
  }

  /// Blocks while the channel is empty. nullopt: closed and empty.
  std::optional<T> receive() {
    runtime::announce_blocking(OperationKind::channel_receive, this, AccessMode::write, can_receive, this,
                               Synchronization::both);
    return pop();
  }

  /// False if the channel is full.
  bool try_send(T item) {
    runtime::announce(OperationKind::channel_try_send, this, AccessMode::write, Synchronization::both);
    if (count_ == capacity_ && !closed_) {
      runtime::set_mode(AccessMode::read, Synchronization::acquire);
      runtime::learned(0);
      if (runtime::recording()) runtime::set_text("-> full");
      return false;
    }
    push(std::move(item));
    return true;
  }

  /// nullopt: empty.
  std::optional<T> try_receive() {
    runtime::announce(OperationKind::channel_try_receive, this, AccessMode::write, Synchronization::both);
    if (count_ == 0) runtime::set_mode(AccessMode::read, Synchronization::acquire);
    return pop();
  }

  void close() {
    runtime::announce(OperationKind::channel_close, this, AccessMode::write, Synchronization::both);
    const detail::Change<channel> change(*this);
    closed_ = true;
  }

  /// For StateIdentity::logical.
  std::uint64_t contents() const {
    Hash128 hash = mix({count_, closed_ ? 1U : 0U}, 0);
    for (std::size_t i = 0; i < count_; ++i) hash = mix(hash, detail::word_of(items_[i]));
    return hash.low;
  }

 private:
  static bool can_send(const void* self) {
    const auto* it = static_cast<const channel*>(self);
    return it->closed_ || it->count_ < it->capacity_;
  }
  static bool can_receive(const void* self) {
    const auto* it = static_cast<const channel*>(self);
    return it->closed_ || it->count_ > 0;
  }

  void push(T item) {
    if (closed_) runtime::violate("channel-misuse", "a thread sends on a closed channel");
    runtime::set_value(detail::word_of(item));
    if (runtime::recording()) runtime::set_text(detail::text_of(item));
    const detail::Change<channel> change(*this);
    ::new (items_ + count_) T(std::move(item));
    ++count_;
  }

  // The queue always begins at the first place, and free places are zero: equal contents are equal bytes.
  std::optional<T> pop() {
    if (count_ == 0) {
      runtime::set_value(~std::uint64_t{0});
      runtime::learned(closed_ ? 2 : 1);
      if (runtime::recording()) runtime::set_text(closed_ ? "-> closed" : "-> empty");
      return std::nullopt;
    }
    const detail::Change<channel> change(*this);
    std::optional<T> item(std::move(items_[0]));
    for (std::size_t i = 1; i < count_; ++i) items_[i - 1] = std::move(items_[i]);
    std::destroy_at(items_ + --count_);
    std::memset(static_cast<void*>(items_ + count_), 0, sizeof(T));
    runtime::set_value(detail::word_of(*item));
    if (runtime::recording()) runtime::set_text("-> " + detail::text_of(*item));
    return item;
  }

  T* items_ = nullptr;
  std::size_t capacity_;
  std::size_t count_ = 0;
  bool closed_ = false;
};

}  // namespace sim
