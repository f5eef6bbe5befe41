// SPDX-License-Identifier: Apache-2.0
// Small controls that all panels share, so that they look and behave the same.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "viewer/theme.h"

namespace lemnos::viewer {

// In the middle of the panel: what is missing, and what to do about it.
void empty_note(const char* what, const char* advice);

// A button with a tooltip; one that is not enabled is faded and does nothing.
bool button(const char* label, const char* tooltip, bool enabled = true);
// The one that is wanted most.
bool primary_button(const char* label, const char* tooltip, bool enabled = true);

// One of several, side by side; returns the chosen one.
std::size_t segments(const char* id, std::span<const std::string> names, std::size_t chosen);

// A slider `width` wide, with its name and value behind it, where its grab does not cover them.
bool slider(const char* name, float* value, float low, float high, const char* format, float width);

// "LOSS" above "0.1234": a figure with its name, as wide as `width` or its text.
void figure(const char* name, const std::string& value, float width = 0);

// A line along an axis, on whole pixels: sharp at any scale.
void rule(ImDrawList& list, ImVec2 from, ImVec2 to, ImU32 color);

// A coloured dot before a word: the state of something. framed: beside buttons.
void state_dot(ImU32 color, const char* word, bool framed = false);

// Whether a letter is pressed, with no text field being written to; `control` also asks for Ctrl.
bool shortcut(char letter, bool control = false);

}  // namespace lemnos::viewer
