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
// The bounds of the stack on which the explorer runs, learned when a fiber first comes from it.
const void* explorer_bottom = nullptr;
std::size_t explorer_size = 0;

void finish_switch() {
  const void* bottom = nullptr;
  std::size_t size = 0;
  __sanitizer_finish_switch_fiber(nullptr, &bottom, &size);
  if (!Arena::contains(bottom)) {
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
  if (Arena::contains(to)) {
    const auto stack = Arena::instance().stack_of(Arena::slot_of(to));
    __sanitizer_start_switch_fiber(&fake_stack, stack.data(), stack.size());
  } else {
    __sanitizer_start_switch_fiber(&fake_stack, explorer_bottom, explorer_size);
  }
  const context::transfer_t transfer = context::jump_fcontext(to, data);
  finish_switch();
  return {transfer.fctx, transfer.data};
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

#endif

}  // namespace sim::runtime
