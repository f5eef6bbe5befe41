// SPDX-License-Identifier: Apache-2.0
#include "nn/chrome_trace.h"

#include <nlohmann/json.hpp>

namespace lemnos {
namespace {

using Json = nlohmann::ordered_json;
constexpr int process = 1, dispatch_track = 1, wave_track = 2;
constexpr double microseconds = 1e6;

Json named(std::string_view what, int track, const std::string& name) {
  return {
      {"name", what}, {"ph", "M"}, {"pid", process}, {"tid", track}, {"args", {{"name", name}}}};
}

Json complete(const std::string& name, std::string_view category, int track, double begin,
              double end) {
  return {{"name", name},
          {"cat", category},
          {"ph", "X"},
          {"pid", process},
          {"tid", track},
          {"ts", begin * microseconds},
          {"dur", (end - begin) * microseconds}};
}

void add_waves(Json& events, const StepProfile& profile) {
  const auto& all = profile.dispatches;
  for (std::size_t first = 0, next = 0; first < all.size(); first = next) {
    for (next = first; next < all.size() && all[next].wave == all[first].wave;) ++next;
    events.push_back(complete(fmt::format("wave {}", all[first].wave), "wave", wave_track,
                              all[first].begin, all[next - 1].end));
    events.back()["args"] = {{"dispatches", next - first}};
  }
}

}  // namespace

std::string chrome_trace(const StepProfile& profile) {
  Json events = Json::array();
  events.push_back(named("process_name", 0, fmt::format("{} on {}", profile.name, profile.device)));
  events.push_back(named("thread_name", dispatch_track, "dispatches"));
  events.push_back(named("thread_name", wave_track, "waves"));
  for (const DispatchProfile& dispatch : profile.dispatches) {
    events.push_back(
        complete(dispatch.op, "dispatch", dispatch_track, dispatch.begin, dispatch.end));
    events.back()["args"] = {{"label", dispatch.label},
                             {"kernel", dispatch.kernel},
                             {"wave", dispatch.wave},
                             {"bytes", dispatch.bytes},
                             {"flops", dispatch.flops}};
  }
  add_waves(events, profile);
  const Json trace{{"traceEvents", std::move(events)}, {"displayTimeUnit", "ms"}};
  return trace.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace lemnos
