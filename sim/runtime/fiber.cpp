// Fibers on Boost.Context's jump and make. The public class boost::context::fiber is not used: it unwinds a suspended
// fiber when it is destroyed, and hides the stack pointer that snapshots begin at.
#include "runtime/fiber.hpp"

#include <boost/context/detail/fcontext.hpp>

#include "runtime/arena.hpp"

#ifdef RACEWALK_ASAN
#include <sanitizer/common_interface_defs.h>
#endif

namespace sim::runtime {

namespace context = boost::context::detail;
static_assert(sizeof(Transfer) == sizeof(context::transfer_t));

Context make_fiber(void* top, std::size_t size, void (*entry)(Transfer)) {
  return context::make_fcontext(top, size,
                                reinterpret_cast<void (*)(context::transfer_t)>(reinterpret_cast<void*>(entry)));
}

#ifdef RACEWALK_ASAN

namespace {
constexpr std::size_t mirror_bytes = std::size_t{256} << 10;
alignas(16) std::byte mirror_stack[mirror_bytes];

// The bounds of the stack on which the explorer runs, learned when a fiber first comes from it.
const void* explorer_bottom = nullptr;
std::size_t explorer_size = 0;

void finish_switch() {
  const void* bottom = nullptr;
  std::size_t size = 0;
  __sanitizer_finish_switch_fiber(nullptr, &bottom, &size);
  if (!Arena::contains(bottom) && bottom != mirror_stack) {
    explorer_bottom = bottom;
    explorer_size = size;
  }
}
}  // namespace

void arrived_in_fiber() {
  finish_switch();
}

Transfer switch_fiber(Context to, void* data) {
  void* fake_stack = nullptr;
  if (to >= mirror_stack && to < mirror_stack + mirror_bytes) {
    __sanitizer_start_switch_fiber(&fake_stack, mirror_stack, mirror_bytes);
  } else if (Arena::contains(to)) {
    const auto stack = Arena::instance().stack_of(Arena::slot_of(to));
    __sanitizer_start_switch_fiber(&fake_stack, stack.data(), stack.size());
  } else {
    __sanitizer_start_switch_fiber(&fake_stack, explorer_bottom, explorer_size);
  }
  const context::transfer_t transfer = context::jump_fcontext(to, data);
  finish_switch();
  return {transfer.fctx, transfer.data};
}

namespace {
[[noreturn]] void reflect(Transfer transfer) {
  finish_switch();
  for (;;) {
    reinterpret_cast<void (*)(Context)>(transfer.data)(transfer.from);
    transfer = switch_fiber(transfer.from, transfer.from);
  }
}
}  // namespace

Transfer save_fiber(void (*look)(Context), Context* mirror) {
  const Transfer transfer = switch_fiber(*mirror, reinterpret_cast<void*>(look));
  if (transfer.data == nullptr) return transfer;
  *mirror = transfer.from;
  return {nullptr, transfer.data};
}

#else

void arrived_in_fiber() {}

// jump_fcontext(to, data), and then a `ret`. It leaves by a jump itself, not by a `ret` that fits the call: the
// processor, which predicts returns from the calls that it has seen, would be one call behind from then on, and
// mispredict all returns of whoever was resumed. This way the prediction is the return address of the other fiber's
// call, which is the same, as fibers give up control in one place. Measured: a third more random walks a second.
[[gnu::naked, gnu::noinline]] Transfer switch_fiber(Context, void*) {
  asm("leaq 1f(%rip), %rax\n\t"
      "pushq %rax\n\t"
      "jmp jump_fcontext@PLT\n"
      "1:\n\t"
      "ret");
}
static_assert(sizeof(Transfer) == sizeof(context::transfer_t));

namespace {

constexpr std::size_t mirror_bytes = 1024;
alignas(16) std::byte mirror_stack[mirror_bytes];

// A fiber that sends everybody back at once, with the context at which they were suspended. Without a call or a return,
// which would upset the processor's prediction of returns.
[[gnu::naked]] void reflect(Transfer) {
  asm("1:\n\t"
      "movq %rdi, %rsi\n\t"
      "leaq 2f(%rip), %rax\n\t"
      "pushq %rax\n\t"
      "jmp jump_fcontext@PLT\n"
      "2:\n\t"
      "movq %rax, %rdi\n\t"
      "jmp 1b");
}

}  // namespace

// Goes to the mirror and back. What jump_fcontext has saved then still lies below the stack pointer, so that `look` is
// called with the stack pointer moved there.
[[gnu::naked, gnu::noinline]] Transfer save_fiber(void (*)(Context), Context*) {
  asm("pushq %rbx\n\t"
      "pushq %r12\n\t"
      "movq %rsi, %rbx\n\t"
      "movq %rdi, %r12\n\t"
      "movq (%rsi), %rdi\n\t"
      "xorl %esi, %esi\n\t"
      "leaq 1f(%rip), %rax\n\t"
      "pushq %rax\n\t"
      "jmp jump_fcontext@PLT\n"
      "1:\n\t"
      "testq %rdx, %rdx\n\t"
      "je 2f\n\t"
      "movq %rax, (%rbx)\n\t"
      "movq %rsp, %rbx\n\t"
      "movq %rdx, %rdi\n\t"
      "movq %rdx, %rsp\n\t"
      "andq $-16, %rsp\n\t"
      "pushq %rdx\n\t"
      "pushq %rdx\n\t"
      "call *%r12\n\t"
      "popq %rdx\n\t"
      "xorl %eax, %eax\n\t"
      "movq %rbx, %rsp\n"
      "2:\n\t"
      "popq %r12\n\t"
      "popq %rbx\n\t"
      "ret");
}

#endif

Context make_mirror() {
  return make_fiber(mirror_stack + mirror_bytes, mirror_bytes, reflect);
}

}  // namespace sim::runtime
