// SPDX-License-Identifier: Apache-2.0
#include "runtime/exec/profile.h"

#include <algorithm>
#include <map>

#include "runtime/base/error.h"

namespace lemnos {
namespace {

void add(ProfileSum& sum, const DispatchProfile& dispatch) {
  ++sum.count;
  sum.seconds += dispatch.seconds();
  sum.bytes += dispatch.bytes;
  sum.flops += dispatch.flops;
}

std::vector<ProfileSum> sums(const StepProfile& profile, std::string DispatchProfile::*name) {
  std::map<std::string, ProfileSum> by_name;
  for (const DispatchProfile& dispatch : profile.dispatches) {
    ProfileSum& sum = by_name[dispatch.*name];
    sum.name = dispatch.*name;
    add(sum, dispatch);
  }
  std::vector<ProfileSum> sorted;
  for (auto& [key, sum] : by_name) sorted.push_back(std::move(sum));
  std::ranges::stable_sort(sorted, std::greater(), &ProfileSum::seconds);
  return sorted;
}

}  // namespace

double StepProfile::seconds() const {
  return dispatches.empty() ? 0 : dispatches.back().end - dispatches.front().begin;
}

ProfileSum StepProfile::total() const {
  ProfileSum sum{.name = "total"};
  for (const DispatchProfile& dispatch : dispatches) add(sum, dispatch);
  return sum;
}

std::vector<ProfileSum> StepProfile::by_op() const { return sums(*this, &DispatchProfile::op); }

std::vector<ProfileSum> StepProfile::by_kernel() const {
  return sums(*this, &DispatchProfile::kernel);
}

StepProfile make_profile(const Plan& plan, std::span<const Span> times,
                         std::span<const std::uint64_t> work) {
  check(times.size() == plan.dispatches.size() && work.size() == times.size(),
        "profile: {} times and {} works of {} dispatches", times.size(), work.size(),
        plan.dispatches.size());
  std::vector<double> unit_work(plan.units.size());
  for (std::size_t i = 0; i < work.size(); ++i)
    if (const auto unit = plan.dispatches[i].unit; unit != PlannedDispatch::no_unit)
      unit_work[unit] += static_cast<double>(work[i]);

  StepProfile profile{.waves = plan.stats.waves};
  for (std::size_t i = 0; i < work.size(); ++i) {
    const PlannedDispatch& planned = plan.dispatches[i];
    DispatchProfile dispatch{.label = planned.label,
                             .op = planned.label.substr(0, planned.label.find(' ')),
                             .kernel = std::string(planned.dispatch.shader->name),
                             .unit = planned.unit,
                             .wave = planned.wave,
                             .begin = times[i].begin,
                             .end = times[i].end};
    for (const Access& access : planned.accesses) dispatch.bytes += access.bytes;
    if (planned.unit != PlannedDispatch::no_unit)
      dispatch.flops =
          plan.units[planned.unit].flops * static_cast<double>(work[i]) / unit_work[planned.unit];
    profile.dispatches.push_back(std::move(dispatch));
  }
  return profile;
}

std::string describe(const StepProfile& profile) {
  std::string text;
  for (std::size_t i = 0; i < profile.dispatches.size(); ++i) {
    const DispatchProfile& dispatch = profile.dispatches[i];
    const double nano = 1e-9 / dispatch.seconds();
    text += fmt::format("{}{:4} wave {:3} {:9.3f} ms {:7.2f} GB/s {:8.3f} TFLOP/s  {:24} {}",
                        i == 0 ? "" : "\n", i, dispatch.wave, dispatch.seconds() * 1e3,
                        static_cast<double>(dispatch.bytes) * nano, dispatch.flops * nano * 1e-3,
                        dispatch.kernel, dispatch.label);
  }
  return text;
}

}  // namespace lemnos
