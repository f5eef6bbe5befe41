// SPDX-License-Identifier: Apache-2.0
#include "viewer/window/calls.h"

#include "runtime/base/error.h"
#include "runtime/gpu/device.h"
#include "runtime/gpu/instance.h"

namespace lemnos::viewer {
namespace {

template <class F>
void load(F& function, PFN_vkVoidFunction found, const char* name) {
  check(found != nullptr, "the Vulkan driver lacks {}: nothing can be drawn with it", name);
  function = reinterpret_cast<F>(found);
}

}  // namespace

DrawCalls load_draw_calls(gpu::Device& device) {
  DrawCalls calls;
  const gpu::Calls& of = device.calls();
#define LEMNOS_LOAD(name) load(calls.name, of.vkGetDeviceProcAddr(device.handle(), #name), #name);
  LEMNOS_DRAW_CALLS(LEMNOS_LOAD)
  if (!device.can_present()) return calls;
  LEMNOS_PRESENT_CALLS(LEMNOS_LOAD)
#undef LEMNOS_LOAD
#define LEMNOS_LOAD(name) \
  load(calls.name, of.vkGetInstanceProcAddr(device.instance().handle(), #name), #name);
  LEMNOS_SURFACE_CALLS(LEMNOS_LOAD)
#undef LEMNOS_LOAD
  return calls;
}

}  // namespace lemnos::viewer
