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

/// Tells AddressSanitizer, if it is there, that the entry function of a fiber has begun.
void arrived_in_fiber();

}  // namespace sim::runtime
