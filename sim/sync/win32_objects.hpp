#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "sync/kernel_object.hpp"
#include "sync/recursive_mutex.hpp"

/// Critical sections, and the kernel objects that sync/win32.hpp waits for.
namespace sim::win32 {

/// System error codes, with their numbers.
enum class error : std::uint32_t {
  success = 0,
  already_exists = 183,
  not_owner = 288,       ///< ReleaseMutex by a thread that does not own it.
  too_many_posts = 298,  ///< ReleaseSemaphore beyond the maximum.
};

/// CRITICAL_SECTION: recursive, of one process. A thread that ends inside it leaves it locked for ever, crash or not.
/// Leaving it without being its owner is a violation of `mutex-misuse`.
class critical_section : private sim::detail::reentrant_mutex {
 public:
  explicit critical_section(std::string_view name = {}) : reentrant_mutex(name) {}

  void enter() { lock(); }
  /// Without waiting: false if another thread is inside.
  bool try_enter() { return try_lock(); }
  void leave() { unlock(); }

  // For std::scoped_lock and std::unique_lock: enter, try_enter, leave.
  using reentrant_mutex::lock;
  using reentrant_mutex::try_lock;
  using reentrant_mutex::unlock;
};

/// What WaitForSingleObject and WaitForMultipleObjects take: a handle of a kernel object.
class waitable {
 public:
  waitable(waitable&& other) noexcept
      : object_(std::exchange(other.object_, nullptr)),
        process_(other.process_),
        binding_(other.binding_),
        existed_(other.existed_) {}
  waitable& operator=(waitable&&) = delete;
  ~waitable() { close(); }

  /// CloseHandle: before the object here ends. A named object whose last handle is closed is gone, with its state. What
  /// follows is undefined but for the destructor.
  [[gnu::noinline]] void close() {
    detail::KernelObject* const object = std::exchange(object_, nullptr);
    if (object == nullptr) return;
    if (!object->has_name()) {
      runtime::object_ends(object);
      runtime::remove_end_hook(*object);
      delete object;
      return;
    }
    runtime::announce_named(OperationKind::object_close, binding_, AccessMode::write, Synchronization::none);
    object->close_handle(process_);
  }
  /// Whether the object with this name existed before (ERROR_ALREADY_EXISTS): then the handle is one more of it, and
  /// what else was asked for is ignored.
  bool already_existed() const { return existed_; }

 protected:
  using Object = detail::KernelObject;
  using Type = detail::ObjectType;

  /// An object without a name. `label` appears in traces.
  waitable(Type type, std::uint32_t count, std::uint32_t maximum, bool owned, std::string_view label)
      : object_(new Object(type)), process_(runtime::current_process()) {
    object_->begin(type, count, maximum, owned ? me() : 0);
    runtime::add_end_hook(*object_);
    if (runtime::names_wanted()) runtime::name_object(object_, label, type_name(type));
  }
  struct Named {};
  /// An object with a name: the one that exists, or a new one.
  waitable(Named, std::string_view name, Type type, std::uint32_t count, std::uint32_t maximum, bool owned)
      : process_(runtime::current_process()), binding_(Object::binding_of(name)) {
    introduce(name);
    runtime::announce_named(OperationKind::object_create, binding_, AccessMode::write, Synchronization::both);
    object_ = Object::find(name);
    existed_ = object_ != nullptr && object_->is_open();
    if (existed_) {
      if (is_event(object_->type()) ? !is_event(type) : object_->type() != type) {
        runtime::violate("kernel-object-misuse", "the name belongs to a kernel object of another type");
      }
      runtime::set_mode(AccessMode::add, Synchronization::both);
    } else {
      if (object_ == nullptr) {
        object_ = new Object(name);
        runtime::add_end_hook(*object_);
      }
      object_->begin(type, count, maximum, owned ? me() : 0);
    }
    if (runtime::recording()) runtime::set_text(existed_ ? "-> exists" : "-> created");
    object_->open_handle(process_);
  }
  /// Another handle of an open object.
  waitable(Named, std::string_view name, Object& object)
      : object_(&object), process_(runtime::current_process()), binding_(Object::binding_of(name)), existed_(true) {
    object.open_handle(process_);
  }
  /// The open object of that name and type, if there is one. One event.
  static Object* look_up(std::string_view name, Type type) {
    introduce(name);
    runtime::announce_named(OperationKind::object_open, Object::binding_of(name), AccessMode::write,
                            Synchronization::both);
    Object* const object = Object::find(name);
    const bool found =
        object != nullptr && object->is_open() && (is_event(type) ? is_event(object->type()) : object->type() == type);
    runtime::set_mode(found ? AccessMode::add : AccessMode::read, Synchronization::both);
    runtime::set_value(found ? 1 : 0);
    if (runtime::recording()) runtime::set_text(found ? "-> opened" : "-> error 2");
    return found ? object : nullptr;
  }

  static std::uint32_t me() { return runtime::this_thread() + 1; }
  Object& object() const {
    if (object_ == nullptr) runtime::violate("kernel-object-misuse", "a handle is used that was closed or moved from");
    return *object_;
  }

 private:
  friend struct waiting;

  static bool is_event(Type type) { return type == Type::auto_reset_event || type == Type::manual_reset_event; }
  static const char* type_name(Type type) {
    return type == Type::mutex ? "mutex" : type == Type::semaphore ? "semaphore" : "event";
  }
  static void introduce(std::string_view name) {
    if (!runtime::names_wanted()) return;
    runtime::name_object(Object::id_of(name), name);
    runtime::name_object(Object::binding_of(name), name);
  }

  Object* object_ = nullptr;
  runtime::ProcessId process_;
  ObjectId binding_ = no_object;  ///< Of a named one.
  bool existed_ = false;
};

/// CreateMutex without a name: recursive, owned by a thread. If that ends without releasing it, the next wait succeeds
/// as abandoned.
class mutex : public waitable {
 public:
  explicit mutex(bool initially_owned = false, std::string_view label = {})
      : waitable(Type::mutex, 0, 0, initially_owned, label) {}

  /// ReleaseMutex: not_owner unless the calling thread owns it.
  [[gnu::noinline]] error release() {
    Object& it = object();
    const bool mine = it.is_owned_by(me());
    const bool last = mine && it.depth() == 1;
    runtime::announce_named(OperationKind::mutex_release, it.id(), last ? AccessMode::write : AccessMode::read,
                            last ? Synchronization::release : Synchronization::none);
    runtime::set_value(mine ? 0 : static_cast<std::uint32_t>(error::not_owner));
    if (!mine && runtime::recording()) runtime::set_text("-> error 288");
    if (!mine) return error::not_owner;
    it.release_mutex();
    return error::success;
  }

 protected:
  using waitable::waitable;
};

/// CreateMutex with a name: two with the same name are one kernel object.
class named_mutex : public mutex {
 public:
  explicit named_mutex(std::string_view name, bool initially_owned = false)
      : mutex(Named{}, name, Type::mutex, 0, 0, initially_owned) {}
  /// OpenMutex: nullopt if there is none of that name (ERROR_FILE_NOT_FOUND).
  static std::optional<named_mutex> open(std::string_view name) {
    Object* const found = look_up(name, Type::mutex);
    if (found == nullptr) return std::nullopt;
    return named_mutex(Named{}, name, *found);
  }

 private:
  named_mutex(Named named, std::string_view name, Object& object) : mutex(named, name, object) {}
};

/// Whether a wait that an event satisfies resets it.
enum class reset_mode : std::uint8_t { automatic, manual };
inline constexpr reset_mode auto_reset = reset_mode::automatic;
inline constexpr reset_mode manual_reset = reset_mode::manual;

/// CreateEvent without a name.
class event : public waitable {
 public:
  explicit event(reset_mode how, bool initially_set = false, std::string_view label = {})
      : waitable(type_of(how), initially_set ? 1 : 0, 1, false, label) {}

  /// SetEvent: stays until a wait resets it, if it is automatic, else until `reset`.
  void set() { change(OperationKind::event_set, 1); }
  /// ResetEvent.
  void reset() { change(OperationKind::event_reset, 0); }

 protected:
  using waitable::waitable;
  static constexpr Type type_of(reset_mode how) {
    return how == reset_mode::manual ? Type::manual_reset_event : Type::auto_reset_event;
  }

 private:
  [[gnu::noinline]] void change(OperationKind kind, std::uint32_t count) {
    Object& it = object();
    runtime::announce_named(kind, it.id(), AccessMode::write, Synchronization::release);
    if (it.count() == count)
      runtime::set_mode(AccessMode::read, Synchronization::release);
    else
      it.set_count(count);
  }
};

/// CreateEvent with a name.
class named_event : public event {
 public:
  named_event(std::string_view name, reset_mode how, bool initially_set = false)
      : event(Named{}, name, type_of(how), initially_set ? 1 : 0, 1, false) {}
  /// OpenEvent: nullopt if there is none of that name.
  static std::optional<named_event> open(std::string_view name) {
    Object* const found = look_up(name, Type::auto_reset_event);
    if (found == nullptr) return std::nullopt;
    return named_event(Named{}, name, *found);
  }

 private:
  named_event(Named named, std::string_view name, Object& object) : event(named, name, object) {}
};

/// CreateSemaphore without a name. A wait takes one unit.
class semaphore : public waitable {
 public:
  semaphore(std::uint32_t initial, std::uint32_t maximum, std::string_view label = {})
      : waitable(Type::semaphore, initial, maximum, false, label) {
    require_valid(initial, maximum);
  }

  /// ReleaseSemaphore: too_many_posts, and nothing happens, if that would be more than the maximum.
  [[gnu::noinline]] error release(std::uint32_t units = 1) {
    Object& it = object();
    runtime::announce_named(OperationKind::semaphore_release, it.id(), AccessMode::write, Synchronization::release);
    const bool fits = units != 0 && units <= it.maximum() - it.count();
    runtime::set_value(fits ? 0 : static_cast<std::uint32_t>(error::too_many_posts));
    if (fits) {
      it.set_count(it.count() + units);
    } else {
      runtime::set_mode(AccessMode::read);
      if (runtime::recording()) runtime::set_text("-> error 298");
    }
    return fits ? error::success : error::too_many_posts;
  }

 protected:
  using waitable::waitable;
  static void require_valid(std::uint32_t initial, std::uint32_t maximum) {
    if (maximum == 0 || initial > maximum) {
      runtime::violate("kernel-object-misuse", "a semaphore is made with a maximum of 0, or with more units than that");
    }
  }
};

/// CreateSemaphore with a name.
class named_semaphore : public semaphore {
 public:
  named_semaphore(std::string_view name, std::uint32_t initial, std::uint32_t maximum)
      : semaphore(Named{}, name, Type::semaphore, initial, maximum, false) {
    require_valid(initial, maximum);
  }
  /// OpenSemaphore: nullopt if there is none of that name.
  static std::optional<named_semaphore> open(std::string_view name) {
    Object* const found = look_up(name, Type::semaphore);
    if (found == nullptr) return std::nullopt;
    return named_semaphore(Named{}, name, *found);
  }

 private:
  named_semaphore(Named named, std::string_view name, Object& object) : semaphore(named, name, object) {}
};

}  // namespace sim::win32
