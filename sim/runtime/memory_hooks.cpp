// Replaces what programs allocate with: inside a program under test, memory comes from the arena; everywhere else from
// the C library. Also the initialisation of function-local statics, which happens once in a process but is first
// reached in some execution: it allocates outside the arena, or it would die with that execution.
#include "runtime/memory_hooks.hpp"

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <new>

#include <link.h>
#include <sched.h>

#include "runtime/arena.hpp"
#include "runtime/program.hpp"

#ifndef RACEWALK_ASAN
extern "C" {
void* __libc_malloc(std::size_t);
void __libc_free(void*);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);
}
#endif

namespace sim::runtime {
namespace {

void* outer_allocate(std::size_t size, std::size_t alignment) {
#ifndef RACEWALK_ASAN
  return alignment <= Arena::granule ? __libc_malloc(size) : __libc_memalign(alignment, size);
#else
  void* memory = nullptr;
  if (alignment <= Arena::granule) return std::malloc(size);
  return posix_memalign(&memory, alignment, size) == 0 ? memory : nullptr;
#endif
}

void outer_free(void* memory) {
#ifndef RACEWALK_ASAN
  __libc_free(memory);
#else
  std::free(memory);
#endif
}

void* allocate_or_null(std::size_t size, std::size_t alignment) {
  if (current_heap == outside) return outer_allocate(size == 0 ? 1 : size, alignment);
  return Arena::instance().allocate(current_heap, size, alignment);
}

void* allocate(std::size_t size, std::size_t alignment) {
  void* const memory = allocate_or_null(size, alignment);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

void release_in_arena(void* memory) {
  if (Arena::instance().free(memory) || current_heap == outside) return;
  violate("invalid-free", "the program frees memory that is not the start of a block in use");
}

void release(void* memory) {
  if (memory == nullptr) return;
  if (Arena::contains(memory)) return release_in_arena(memory);
  if (current_heap != outside) {
    violate("self-contained",
            "the program deletes an object that was allocated outside it; create inside the program what it owns");
  }
  outer_free(memory);
}

// Static initialisations under way on this thread, innermost last, with the heap that was current before.
struct Initialisation {
  std::uint64_t* guard;
  Slot heap;
};
constexpr int max_nested_initialisations = 64;
constinit thread_local Initialisation initialisations[max_nested_initialisations] = {};
constinit thread_local int initialisation_count = 0;
constinit thread_local std::uint64_t initialised_by_programs = 0;

struct CodeRange {
  std::uintptr_t begin, end;
};
CodeRange system_code[16];
int system_code_count = 0;

int note_system_code(dl_phdr_info* info, std::size_t, void*) {
  const auto is = [info](const char* name) { return std::strstr(info->dlpi_name, name) != nullptr; };
  if (!is("/libc.so") && !is("/ld-linux") && !is("/libstdc++") && !is("/libgcc_s") && !is("/libm.so")) return 0;
  for (int i = 0; i < info->dlpi_phnum && system_code_count < 16; ++i) {
    const auto& segment = info->dlpi_phdr[i];
    if (segment.p_type != PT_LOAD || (segment.p_flags & PF_X) == 0) continue;
    const std::uintptr_t begin = info->dlpi_addr + segment.p_vaddr;
    system_code[system_code_count++] = {begin, begin + segment.p_memsz};
  }
  return 0;
}

#ifndef RACEWALK_ASAN
bool is_system_code(const void* address) {
  const auto place = reinterpret_cast<std::uintptr_t>(address);
  for (int i = 0; i < system_code_count; ++i) {
    if (place >= system_code[i].begin && place < system_code[i].end) return true;
  }
  return false;
}

bool belongs_to_program(const void* caller) {
  return current_heap != outside && !is_system_code(caller);
}
#endif

}  // namespace

void install_memory_hooks() {
  if (system_code_count == 0) dl_iterate_phdr(note_system_code, nullptr);
}

bool initialising_static() {
  return initialisation_count > 0;
}

std::uint64_t statics_initialised() {
  return initialised_by_programs;
}

void reset_static_initialisation() {
  while (initialisation_count > 0) {
    reinterpret_cast<char*>(initialisations[--initialisation_count].guard)[1] = 0;
  }
}

}  // namespace sim::runtime

namespace rt = sim::runtime;
using sim::runtime::Arena;

// ---- operator new and delete --------------------------------------------------------------------

void* operator new(std::size_t n) {
  return rt::allocate(n, Arena::granule);
}
void* operator new[](std::size_t n) {
  return rt::allocate(n, Arena::granule);
}
void* operator new(std::size_t n, const std::nothrow_t&) noexcept {
  return rt::allocate_or_null(n, Arena::granule);
}
void* operator new[](std::size_t n, const std::nothrow_t&) noexcept {
  return rt::allocate_or_null(n, Arena::granule);
}
void* operator new(std::size_t n, std::align_val_t a) {
  return rt::allocate(n, static_cast<std::size_t>(a));
}
void* operator new[](std::size_t n, std::align_val_t a) {
  return rt::allocate(n, static_cast<std::size_t>(a));
}
void* operator new(std::size_t n, std::align_val_t a, const std::nothrow_t&) noexcept {
  return rt::allocate_or_null(n, static_cast<std::size_t>(a));
}
void* operator new[](std::size_t n, std::align_val_t a, const std::nothrow_t&) noexcept {
  return rt::allocate_or_null(n, static_cast<std::size_t>(a));
}
void operator delete(void* p) noexcept {
  rt::release(p);
}
void operator delete[](void* p) noexcept {
  rt::release(p);
}
void operator delete(void* p, std::size_t) noexcept {
  rt::release(p);
}
void operator delete[](void* p, std::size_t) noexcept {
  rt::release(p);
}
void operator delete(void* p, const std::nothrow_t&) noexcept {
  rt::release(p);
}
void operator delete[](void* p, const std::nothrow_t&) noexcept {
  rt::release(p);
}
void operator delete(void* p, std::align_val_t) noexcept {
  rt::release(p);
}
void operator delete[](void* p, std::align_val_t) noexcept {
  rt::release(p);
}
void operator delete(void* p, std::size_t, std::align_val_t) noexcept {
  rt::release(p);
}
void operator delete[](void* p, std::size_t, std::align_val_t) noexcept {
  rt::release(p);
}
void operator delete(void* p, std::align_val_t, const std::nothrow_t&) noexcept {
  rt::release(p);
}
void operator delete[](void* p, std::align_val_t, const std::nothrow_t&) noexcept {
  rt::release(p);
}

extern "C" {

// ---- malloc and its kin: AddressSanitizer has its own -------------------------------------------

#ifndef RACEWALK_ASAN
void* malloc(std::size_t size) {
  if (!rt::belongs_to_program(__builtin_return_address(0))) return __libc_malloc(size);
  return Arena::instance().allocate(rt::current_heap, size);
}

void free(void* memory) {
  if (memory != nullptr && Arena::contains(memory)) return rt::release_in_arena(memory);
  __libc_free(memory);
}

void* calloc(std::size_t count, std::size_t size) {
  if (!rt::belongs_to_program(__builtin_return_address(0))) return __libc_calloc(count, size);
  std::size_t bytes = 0;
  if (__builtin_mul_overflow(count, size, &bytes)) return nullptr;
  return Arena::instance().allocate(rt::current_heap, bytes);
}

void* realloc(void* memory, std::size_t size) {
  const bool in_arena = memory != nullptr && Arena::contains(memory);
  const bool fresh = memory == nullptr && rt::belongs_to_program(__builtin_return_address(0));
  if (!in_arena && !fresh) return __libc_realloc(memory, size);
  if (rt::current_heap == rt::outside) return nullptr;
  void* const moved = Arena::instance().allocate(rt::current_heap, size);
  if (moved == nullptr || !in_arena) return moved;
  const std::size_t old = Arena::instance().size_of(memory);
  std::memcpy(moved, memory, old < size ? old : size);
  rt::release_in_arena(memory);
  return moved;
}

void* memalign(std::size_t alignment, std::size_t size) {
  if (!rt::belongs_to_program(__builtin_return_address(0))) return __libc_memalign(alignment, size);
  return Arena::instance().allocate(rt::current_heap, size, alignment);
}

void* aligned_alloc(std::size_t alignment, std::size_t size) {
  if (!rt::belongs_to_program(__builtin_return_address(0))) return __libc_memalign(alignment, size);
  return Arena::instance().allocate(rt::current_heap, size, alignment);
}

int posix_memalign(void** result, std::size_t alignment, std::size_t size) {
  const bool program = rt::belongs_to_program(__builtin_return_address(0));
  void* const memory =
      program ? Arena::instance().allocate(rt::current_heap, size, alignment) : __libc_memalign(alignment, size);
  if (memory == nullptr) return 12;  // ENOMEM
  *result = memory;
  return 0;
}

// The C library would allocate these copies by itself, outside the arena.
char* strndup(const char* text, std::size_t most) {
  const std::size_t size = strnlen(text, most);
  void* const memory = rt::belongs_to_program(__builtin_return_address(0))
                           ? Arena::instance().allocate(rt::current_heap, size + 1)
                           : __libc_malloc(size + 1);
  if (memory == nullptr) return nullptr;
  std::memcpy(memory, text, size);
  static_cast<char*>(memory)[size] = 0;
  return static_cast<char*>(memory);
}
char* strdup(const char* text) {
  const std::size_t size = std::strlen(text) + 1;
  void* const memory = rt::belongs_to_program(__builtin_return_address(0))
                           ? Arena::instance().allocate(rt::current_heap, size)
                           : __libc_malloc(size);
  return memory == nullptr ? nullptr : static_cast<char*>(std::memcpy(memory, text, size));
}
#endif

// ---- exception objects: in the arena, because a restored stack refers to them -------------------

// In front of the thrown object stands a __cxa_refcounted_exception of 128 bytes (libstdc++, unwind-cxx.h, x86-64).
constexpr std::size_t exception_header = 128;

void* __cxa_allocate_exception(std::size_t size) noexcept {
  // A thread that is unwound may have to be given up in the middle of it.
  void* const memory = rt::is_unwinding() ? rt::allocate_for_unwinding(size + exception_header)
                                          : rt::allocate_or_null(size + exception_header, Arena::granule);
  if (memory == nullptr) std::terminate();
  std::memset(memory, 0, exception_header);
  return static_cast<std::byte*>(memory) + exception_header;
}

void __cxa_free_exception(void* thrown) noexcept {
  void* const memory = static_cast<std::byte*>(thrown) - exception_header;
  if (Arena::contains(memory)) {
    Arena::instance().free(memory);
  } else {
    rt::outer_free(memory);
  }
}

void* __cxa_allocate_dependent_exception() noexcept {
  void* const memory = rt::allocate_or_null(exception_header, Arena::granule);
  if (memory == nullptr) std::terminate();
  std::memset(memory, 0, exception_header);
  return memory;
}

void __cxa_free_dependent_exception(void* memory) noexcept {
  if (Arena::contains(memory)) {
    Arena::instance().free(memory);
  } else {
    rt::outer_free(memory);
  }
}

// ---- function-local statics (Itanium C++ ABI, 3.3.3): byte 0 says initialised, byte 1 says under way

int __cxa_guard_acquire(std::uint64_t* guard) {
  char* const bytes = reinterpret_cast<char*>(guard);
  for (;;) {
    if (__atomic_load_n(&bytes[0], __ATOMIC_ACQUIRE) != 0) return 0;
    char idle = 0;
    if (__atomic_compare_exchange_n(&bytes[1], &idle, 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) break;
    for (int i = 0; i < rt::initialisation_count; ++i) {
      if (rt::initialisations[i].guard == guard) std::terminate();  // Recursive initialisation is undefined.
    }
    sched_yield();
  }
  if (__atomic_load_n(&bytes[0], __ATOMIC_ACQUIRE) != 0) {
    __atomic_store_n(&bytes[1], 0, __ATOMIC_RELEASE);
    return 0;
  }
  if (rt::initialisation_count == rt::max_nested_initialisations) std::terminate();
  rt::initialisations[rt::initialisation_count++] = {guard, rt::current_heap};
  rt::current_heap = rt::outside;
  return 1;
}

static void finish_initialisation(std::uint64_t* guard, char done) {
  char* const bytes = reinterpret_cast<char*>(guard);
  rt::current_heap = rt::initialisations[--rt::initialisation_count].heap;
  if (rt::current_heap != rt::outside) ++rt::initialised_by_programs;
  __atomic_store_n(&bytes[0], done, __ATOMIC_RELEASE);
  __atomic_store_n(&bytes[1], 0, __ATOMIC_RELEASE);
}

void __cxa_guard_release(std::uint64_t* guard) noexcept {
  finish_initialisation(guard, 1);
}
void __cxa_guard_abort(std::uint64_t* guard) noexcept {
  finish_initialisation(guard, 0);
}

}  // extern "C"
