// SPDX-License-Identifier: Apache-2.0
// The part of the numbers that an axis shows, linear or logarithmic: panned, zoomed and fitted.
#pragma once

#include "viewer/plot/pyramid.h"

namespace lemnos::viewer {

struct Axis {
  double low = 0, high = 1;  // low < high; above 0 where logarithmic
  bool log = false;

  // Where a value is: 0 at low, 1 at high, beyond them outside. Of a value that a logarithmic axis
  // has no place for, far below 0.
  double place(double value) const;
  double value(double place) const;

  void pan(double places);                        // by this part of what is shown
  void zoom(double factor, double fixed);         // shows factor times as much; `fixed` stays there
  void show(double from_place, double to_place);  // either may be the lower

  // Everything from `low` to `high`, and `margin` times as much on either side; round a single
  // value, and 0 to 1 where there is none. Numbers that a logarithmic axis cannot show are left
  // out.
  void fit(const Extremes& extremes, double margin);

  bool operator==(const Axis&) const = default;
};

}  // namespace lemnos::viewer
