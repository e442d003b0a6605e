#pragma once

#include <cstddef>

namespace sim::runtime {

/// A suspended flow of control: the stack pointer at which it stopped. The live part of its stack begins there; its
/// registers are saved on top of it. Plain data, so that a snapshot can hold one; it is never destroyed, because
/// nothing on a stack that a snapshot replaces may be unwound.
using Context = void*;

/// What arrives where a switch leads: who came from where, and what it brought.
struct Transfer {
  Context from;
  void* data;
};

/// Prepares a fiber whose first resumption calls `entry`, which must never return. `top` is the high end of its stack
/// of `size` bytes.
Context make_fiber(void* top, std::size_t size, void (*entry)(Transfer));

/// Suspends the caller and continues `to`. Returns when somebody switches back.
Transfer switch_fiber(Context to, void* data);

/// Suspends the caller, calls `look` with the context at which it is suspended, and goes on: the result is then {null,
/// that context}. Later somebody may switch to that context, with null as data, if the caller's stack is put back to
/// what it was when `look` ran: it then returns once more, as switch_fiber does. `mirror`: from make_mirror.
Transfer save_fiber(void (*look)(Context), Context* mirror);
/// The fiber that save_fiber needs; there is one at a time.
Context make_mirror();

/// Tells AddressSanitizer, if it is there, that the entry function of a fiber has begun.
void arrived_in_fiber();

}  // namespace sim::runtime
