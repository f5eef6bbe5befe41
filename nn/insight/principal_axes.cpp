// SPDX-License-Identifier: Apache-2.0
#include "nn/insight/principal_axes.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "runtime/base/error.h"

namespace lemnos {
namespace {

using Matrix = std::vector<std::vector<double>>;

Matrix identity(std::size_t width) {
  Matrix matrix(width, std::vector<double>(width));
  for (std::size_t i = 0; i < width; ++i) matrix[i][i] = 1;
  return matrix;
}

std::vector<double> mean_of(std::span<const float> points, std::size_t width) {
  std::vector<double> mean(width);
  for (std::size_t i = 0; i < points.size(); ++i) mean[i % width] += points[i];
  const auto rows = static_cast<double>(points.size() / width);
  for (double& each : mean) each /= rows;
  return mean;
}

Matrix covariance_of(std::span<const float> points, const std::vector<double>& mean) {
  const std::size_t width = mean.size(), rows = points.size() / width;
  Matrix matrix(width, std::vector<double>(width));
  std::vector<double> from(width);
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::size_t i = 0; i < width; ++i) from[i] = points[row * width + i] - mean[i];
    for (std::size_t i = 0; i < width; ++i)
      for (std::size_t j = 0; j <= i; ++j) matrix[i][j] += from[i] * from[j];
  }
  for (std::size_t i = 0; i < width; ++i)
    for (std::size_t j = 0; j <= i; ++j)
      matrix[j][i] = matrix[i][j] = matrix[i][j] / static_cast<double>(rows);
  return matrix;
}

// Turns rows and columns p and q of a symmetric matrix so that its element (p, q) becomes 0, and
// the rows p and q of the axes alike (Golub and Van Loan, "Matrix computations", section 8.5).
void rotate(Matrix& matrix, Matrix& axes, std::size_t p, std::size_t q) {
  if (matrix[p][q] == 0) return;
  const double tau = (matrix[q][q] - matrix[p][p]) / (2 * matrix[p][q]);
  const double t = (tau >= 0 ? 1 : -1) / (std::abs(tau) + std::hypot(1, tau));
  const double c = 1 / std::hypot(1, t), s = t * c;
  for (std::size_t i = 0; i < matrix.size(); ++i) {
    const double a = matrix[i][p], b = matrix[i][q];
    matrix[i][p] = c * a - s * b;
    matrix[i][q] = s * a + c * b;
  }
  for (std::size_t i = 0; i < matrix.size(); ++i) {
    const double a = matrix[p][i], b = matrix[q][i], x = axes[p][i], y = axes[q][i];
    matrix[p][i] = c * a - s * b;
    matrix[q][i] = s * a + c * b;
    axes[p][i] = c * x - s * y;
    axes[q][i] = s * x + c * y;
  }
}

double squares_off_diagonal(const Matrix& matrix) {
  double sum = 0;
  for (std::size_t i = 0; i < matrix.size(); ++i)
    for (std::size_t j = 0; j < i; ++j) sum += matrix[i][j] * matrix[i][j];
  return sum;
}

// Jacobi's method: what is left is an eigenvalue on each place of the diagonal.
void diagonalize(Matrix& matrix, Matrix& axes) {
  constexpr int most_sweeps = 30;
  double trace = 0;
  for (std::size_t i = 0; i < matrix.size(); ++i) trace += matrix[i][i];
  for (int sweep = 0; sweep < most_sweeps; ++sweep) {
    if (!(squares_off_diagonal(matrix) > 1e-24 * trace * trace)) return;
    for (std::size_t p = 0; p < matrix.size(); ++p)
      for (std::size_t q = p + 1; q < matrix.size(); ++q) rotate(matrix, axes, p, q);
  }
}

void point_up(std::vector<double>& axis) {
  const double largest = *std::ranges::max_element(axis, {}, [](double x) { return std::abs(x); });
  if (largest < 0)
    for (double& each : axis) each = -each;
}

}  // namespace

std::vector<double> PrincipalAxes::project(std::span<const float> point, std::size_t count) const {
  std::vector<double> coordinates;
  for (std::size_t axis = 0; axis < std::min(count, axes.size()); ++axis) {
    double sum = 0;
    for (std::size_t i = 0; i < mean.size(); ++i) sum += (point[i] - mean[i]) * axes[axis][i];
    coordinates.push_back(sum);
  }
  return coordinates;
}

std::vector<float> PrincipalAxes::point(std::span<const double> coordinates) const {
  std::vector<double> place = mean;
  for (std::size_t axis = 0; axis < std::min(coordinates.size(), axes.size()); ++axis)
    for (std::size_t i = 0; i < place.size(); ++i) place[i] += coordinates[axis] * axes[axis][i];
  return {place.begin(), place.end()};
}

PrincipalAxes principal_axes(std::span<const float> points, std::size_t width) {
  check(width > 0 && points.size() % width == 0, "principal axes: {} numbers are no points of {}",
        points.size(), width);
  PrincipalAxes found{std::vector<double>(width), identity(width), std::vector<double>(width, 1)};
  if (points.empty()) return found;
  found.mean = mean_of(points, width);
  Matrix matrix = covariance_of(points, found.mean), axes = identity(width);
  diagonalize(matrix, axes);
  std::vector<std::size_t> order(width);
  std::iota(order.begin(), order.end(), 0u);
  std::ranges::stable_sort(order, std::greater(), [&](std::size_t i) { return matrix[i][i]; });
  for (std::size_t i = 0; i < width; ++i) {
    found.axes[i] = axes[order[i]];
    point_up(found.axes[i]);
    found.scales[i] = std::sqrt(std::max(0.0, matrix[order[i]][order[i]]));
  }
  return found;
}

}  // namespace lemnos
