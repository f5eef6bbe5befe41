// SPDX-License-Identifier: Apache-2.0
// What the panels of a profile say alike.
#pragma once

#include "runtime/exec/profile.h"
#include "viewer/panel.h"

namespace lemnos::viewer {

void say_how_to_profile();
// One line: time of the step, dispatches and waves, device.
void draw_profile_summary(const StepProfile& profile);
// Figures of one dispatch, as lines and in a tooltip.
void draw_dispatch(const StepProfile& profile, std::size_t dispatch);
void show_tooltip(const StepProfile& profile, std::size_t dispatch);
// Text on a bar of this colour.

Table dispatch_table(const StepProfile& profile);

}  // namespace lemnos::viewer
