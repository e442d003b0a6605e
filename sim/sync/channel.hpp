#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <optional>
#include <utility>

#include "sync/object.hpp"

namespace sim {

/// A bounded first-in-first-out queue between threads. Sending on a closed channel is a violation. Who receives an item
/// knows what its sender did before; who sends into a place, what the one did who made room.
///
/// Sends touch the channel's tail, receives its head, and both the place of their item: with one sender and one
/// receiver there is one class of executions. Closing puts an end in the place of the next item.
template <class T>
class alignas(8) channel {
 public:
  /// Requires: `capacity` is at least 1.
  explicit channel(std::size_t capacity, std::string_view name = {}) : capacity_(capacity) {
    if (capacity == 0) runtime::violate("channel-misuse", "a channel needs room for at least one item");
    items_ = static_cast<T*>(::operator new (capacity * sizeof(T), std::align_val_t{alignof(T)}));
    if (runtime::names_wanted()) {
      runtime::name_object(this, name, "channel", first_place + static_cast<std::uint32_t>(capacity));
    }
  }
  channel(const channel&) = delete;
  channel& operator=(const channel&) = delete;
  ~channel() {
    runtime::object_ends(this);
    std::destroy_n(items_, count_);
    ::operator delete (items_, std::align_val_t{alignof(T)});
  }

  /// Blocks while the channel is full.
  [[gnu::noinline]] void send(T item) {
    runtime::announce_blocking_named(OperationKind::channel_send, part(tail), AccessMode::write, can_send, this,
                                     Synchronization::both);
    push(std::move(item));
  }

  /// Blocks while the channel is empty. nullopt: closed and empty.
  [[gnu::noinline]] std::optional<T> receive() {
    runtime::announce_blocking_named(OperationKind::channel_receive, part(head), AccessMode::write, can_receive, this,
                                     Synchronization::both);
    return pop();
  }

  /// False if the channel is full.
  [[gnu::noinline]] bool try_send(T item) {
    runtime::announce_named(OperationKind::channel_try_send, part(tail), AccessMode::write, Synchronization::both);
    if (count_ == capacity_ && !closed_) {
      runtime::set_mode(AccessMode::read, Synchronization::acquire);
      runtime::access(place(count_), AccessMode::read);
      runtime::learned(0);
      if (runtime::recording()) runtime::set_text("-> full");
      return false;
    }
    push(std::move(item));
    return true;
  }

  /// nullopt: empty.
  [[gnu::noinline]] std::optional<T> try_receive() {
    runtime::announce_named(OperationKind::channel_try_receive, part(head), AccessMode::write, Synchronization::both);
    return pop();
  }

  [[gnu::noinline]] void close() {
    runtime::announce_named(OperationKind::channel_close, part(tail), AccessMode::write, Synchronization::both);
    runtime::access(place(count_), AccessMode::write);
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
  // Its parts.
  static constexpr std::uint32_t tail = 0, head = 1, first_place = 2;
  ObjectId part(std::uint32_t number) const { return runtime::part_of(runtime::object_at(this), number); }
  // The place of an item, `behind` the first one.
  ObjectId place(std::size_t behind) const {
    return part(first_place + static_cast<std::uint32_t>((taken_ + behind) % capacity_));
  }

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
    if (runtime::recording()) detail::show_value("", item);
    runtime::access(place(count_), AccessMode::write);
    const detail::Change<channel> change(*this);
    ::new (items_ + count_) T(std::move(item));
    ++count_;
  }

  // The queue always begins at the first place, and free places are zero: equal contents are equal bytes.
  std::optional<T> pop() {
    runtime::access(place(0), count_ == 0 ? AccessMode::read : AccessMode::write);
    if (count_ == 0) {
      runtime::set_mode(AccessMode::read, Synchronization::acquire);
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
    if (runtime::wants_footprints()) taken_ = (taken_ + 1) % capacity_;
    runtime::set_value(detail::word_of(*item));
    if (runtime::recording()) detail::show_value("-> ", *item);
    return item;
  }

  T* items_ = nullptr;
  std::size_t capacity_;
  std::size_t count_ = 0;
  std::size_t taken_ = 0;  ///< Items, modulo the capacity; 0 where states are matched, because it is history.
  bool closed_ = false;
};

}  // namespace sim
