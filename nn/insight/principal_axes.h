// SPDX-License-Identifier: Apache-2.0
// Principal component analysis, on the host.
#pragma once

#include <span>
#include <vector>

namespace lemnos {

// Directions in which points are spread most, each of length 1 and at right angles to the others.
// The sign is such that the largest component is positive.
struct PrincipalAxes {
  std::vector<double> mean;
  std::vector<std::vector<double>> axes;  // as many as coordinates, the widest first
  std::vector<double> scales;             // standard deviation along each

  // Where a point is on the first `count` axes, from the mean, in units of the points.
  std::vector<double> project(std::span<const float> point, std::size_t count) const;
  // The point that is there; coordinates on further axes are 0.
  std::vector<float> point(std::span<const double> coordinates) const;
};

// points: `width` numbers each, row by row. Without points: the coordinates' own axes, of scale 1.
PrincipalAxes principal_axes(std::span<const float> points, std::size_t width);

}  // namespace lemnos
