#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

#include "base/hash128.hpp"
#include "runtime/process.hpp"
#include "sync/object.hpp"

/// What the objects of sync/win32.hpp are made of.
namespace sim::win32::detail {

enum class ObjectType : std::uint8_t { mutex, auto_reset_event, manual_reset_event, semaphore };

/// An object of the simulated kernel: what handles refer to. One without a name has one handle. One with a name lives
/// as long as a handle is open; the memory stays, and serves the next object of that name, so that whoever closes the
/// last handle frees nothing of another thread's.
class alignas(8) KernelObject : public runtime::EndHook {
 public:
  explicit KernelObject(ObjectType type) : type_(type), id_(runtime::object_at(this)) { listen(); }
  explicit KernelObject(std::string_view name) : name_hash_(hash_of(name)), id_(id_of(name)) { listen(); }
  KernelObject(const KernelObject&) = delete;
  KernelObject& operator=(const KernelObject&) = delete;

  ObjectType type() const { return type_; }
  ObjectId id() const { return id_; }
  bool has_name() const { return name_hash_ != 0; }
  bool is_open() const {
    return std::ranges::any_of(handles_, [](std::uint16_t count) { return count != 0; });
  }

  /// The object that a name was given to, whether or not it is open; null: there was none.
  static KernelObject* find(std::string_view name) {
    const std::uint64_t hash = hash_of(name);
    for (runtime::EndHook* hook = runtime::first_end_hook(); hook != nullptr; hook = hook->next) {
      if (hook->ended != on_end) continue;
      auto& object = static_cast<KernelObject&>(*hook);
      if (object.name_hash_ == hash) return &object;
    }
    return nullptr;
  }
  /// What a named object's contents go by, and what its name and handles do.
  static ObjectId id_of(std::string_view name) {
    return runtime::part_of(names, static_cast<std::uint32_t>(hash_of(name)));
  }
  static ObjectId binding_of(std::string_view name) { return runtime::part_of(id_of(name), 0); }

  /// A new object. Of the memory of one that was closed nothing but the name is left.
  void begin(ObjectType type, std::uint32_t count, std::uint32_t maximum, std::uint32_t owner) {
    const sim::detail::Change<KernelObject> change(*this);
    type_ = type;
    count_ = count;
    maximum_ = maximum;
    owner_ = owner;
    depth_ = owner != 0 ? 1 : 0;
    abandoned_ = false;
  }
  void open_handle(runtime::ProcessId process) { ++handles_[process]; }
  /// Nothing if a crash has closed it.
  void close_handle(runtime::ProcessId process) {
    if (handles_[process] != 0) --handles_[process];
    if (!is_open()) begin(ObjectType::mutex, 0, 0, 0);  // Equal states are equal bytes.
  }

  /// Whether a wait of a thread would succeed. `me`: its number plus 1.
  bool is_signalled(std::uint32_t me) const {
    return type_ == ObjectType::mutex ? owner_ == 0 || owner_ == me : count_ != 0;
  }
  /// How a successful wait touches it.
  AccessMode mode_of_wait(std::uint32_t me) const {
    const bool only_reads = type_ == ObjectType::mutex ? owner_ == me : type_ == ObjectType::manual_reset_event;
    return only_reads ? AccessMode::read : AccessMode::write;
  }
  /// Satisfies a wait. True: it is a mutex, and its last owner ended without releasing it. Requires: is_signalled(me).
  bool take(std::uint32_t me) {
    const sim::detail::Change<KernelObject> change(*this);
    const bool was_abandoned = abandoned_;
    abandoned_ = false;
    if (type_ == ObjectType::mutex) {
      owner_ = me;
      ++depth_;
    } else if (type_ != ObjectType::manual_reset_event) {
      --count_;
    }
    return was_abandoned;
  }

  bool is_owned_by(std::uint32_t me) const { return owner_ == me; }
  std::uint32_t depth() const { return depth_; }
  void release_mutex() {
    const sim::detail::Change<KernelObject> change(*this);
    if (--depth_ == 0) owner_ = 0;
  }
  /// Of an event: 1 is set. Of a semaphore: the units that are left.
  std::uint32_t count() const { return count_; }
  std::uint32_t maximum() const { return maximum_; }
  void set_count(std::uint32_t count) {
    const sim::detail::Change<KernelObject> change(*this);
    count_ = count;
  }

  /// For StateIdentity::logical.
  std::uint64_t contents() const {
    const Hash128 hash = mix({std::uint64_t{owner_} << 32 | depth_, std::uint64_t{count_} << 32 | maximum_},
                             std::uint64_t{static_cast<std::uint8_t>(type_)} << 1 | (abandoned_ ? 1 : 0));
    return mix(hash, hash_bytes(handles_.data(), sizeof handles_).low).low;
  }

 private:
  static constexpr ObjectId names = 0xB2000000;  ///< Not touched itself.
  // 0 means no name.
  static std::uint64_t hash_of(std::string_view name) { return hash_bytes(name.data(), name.size(), 1).low | 1; }

  void listen() {
    ended = on_end;
    concerns = [](const runtime::EndHook& hook, ThreadId thread) {
      return static_cast<const KernelObject&>(hook).is_owned_by(thread + 1);
    };
  }
  // Threads that end abandon their mutexes; a process closes its handles.
  static void on_end(runtime::EndHook& hook, const runtime::Ended& what) {
    auto& self = static_cast<KernelObject&>(hook);
    if (self.owner_ != 0 && (what.threads >> (self.owner_ - 1) & 1) != 0) {
      const sim::detail::Change<KernelObject> change(self);
      runtime::access(self.id_, AccessMode::write);
      self.owner_ = self.depth_ = 0;
      self.abandoned_ = true;
    }
    if (!what.is_process || self.handles_[what.process] == 0 || !self.has_name()) return;
    const sim::detail::Change<KernelObject> change(self);
    runtime::access(runtime::part_of(self.id_, 0), AccessMode::write);
    self.handles_[what.process] = 0;
    if (!self.is_open()) self.begin(ObjectType::mutex, 0, 0, 0);
  }

  ObjectType type_ = ObjectType::mutex;
  bool abandoned_ = false;
  std::uint64_t name_hash_ = 0;
  ObjectId id_;
  std::uint32_t owner_ = 0;  ///< Of a mutex: thread plus 1; 0: free.
  std::uint32_t depth_ = 0;  ///< Of a mutex: waits less releases of the owner.
  std::uint32_t count_ = 0, maximum_ = 0;
  std::array<std::uint16_t, runtime::max_processes> handles_ = {};  ///< Process -> open handles.
};

}  // namespace sim::win32::detail
