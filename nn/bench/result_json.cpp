// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

#include "nn/bench/result.h"
#include "runtime/base/error.h"
#include "runtime/base/os.h"

namespace lemnos::bench {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view format_name = "lemnos bench";

std::string compact(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// What is not known is 0 in a row, and null in its JSON.
Json known(double value) { return value == 0 ? Json(nullptr) : Json(value); }

Json json_of(const Header& header) {
  return {{"version", header.version},
          {"commit", header.commit},
          {"suite", header.suite},
          {"quick", header.quick},
          {"tune", header.tune},
          {"device", header.device},
          {"uuid", header.uuid},
          {"driver", header.driver},
          {"driver_version", header.driver_version},
          {"api", header.api},
          {"type", header.type},
          {"vendor_id", header.vendor_id},
          {"device_id", header.device_id},
          {"min_subgroup", header.min_subgroup},
          {"subgroup", header.subgroup},
          {"max_subgroup", header.max_subgroup},
          {"cooperative", header.cooperative},
          {"memory_bytes", header.memory_bytes},
          {"host_cpu", header.host_cpu},
          {"host_threads", header.host_threads},
          {"time", header.time}};
}

Json json_of(const Row& row) {
  Json json{{"name", row.name},
            {"device", row.device},
            {"ms_median", known(row.ms_median())},
            {"ms_p5", known(row.ms_p5())},
            {"ms_p95", known(row.ms_p95())},
            {"gflops", known(row.gflops())},
            {"gbps", known(row.gbps())},
            {"roofline", known(row.roofline())},
            {"error", row.error},
            {"pass", row.pass},
            {"part", name_of(row.part)},
            {"use", name_of(row.use)},
            {"precision", row.precision},
            {"flops", row.flops},
            {"bytes", row.bytes},
            {"roofline_ms", row.roofline_ms},
            {"checked", row.checked},
            {"stable", row.stable},
            {"note", row.note},
            {"extras", Json::array()},
            {"gpu_ms", row.gpu_ms},
            {"wall_ms", row.wall_ms}};
  for (const Row::Extra& extra : row.extras)
    json["extras"].push_back(
        {{"name", extra.name}, {"value", extra.value}, {"unit", extra.unit}, {"note", extra.note}});
  return json;
}

// A value of a file, and where in it: "rows[3].gpu_ms[1]".
class Place {
 public:
  Place(const Json& value, std::string_view file, std::string path = "")
      : value_(value), file_(file), path_(std::move(path)) {}

  // With exactly these keys.
  void require_object(std::initializer_list<std::string_view> keys) const {
    if (!value_.is_object()) wrong("an object");
    for (const auto& [key, value] : value_.items())
      if (std::ranges::find(keys, key) == keys.end()) damaged(path_to(key), "is not known here");
  }
  Place operator[](std::string_view key) const {
    const auto found = value_.find(key);
    if (found == value_.end()) damaged(path_to(key), "is missing");
    return {*found, file_, path_to(key)};
  }

  std::size_t size() const {
    if (!value_.is_array()) wrong("an array");
    return value_.size();
  }
  Place operator[](std::size_t i) const {
    return {value_[i], file_, fmt::format("{}[{}]", path_, i)};
  }

  std::string text() const {
    if (!value_.is_string()) wrong("a text");
    return value_.get<std::string>();
  }
  bool flag() const {
    if (!value_.is_boolean()) wrong("true or false");
    return value_.get<bool>();
  }
  double number() const {
    if (!value_.is_number() || !std::isfinite(value_.get<double>())) wrong("a number");
    return value_.get<double>();
  }
  double amount() const {
    if (number() < 0) wrong("a number of at least 0");
    return number();
  }
  double number_or_nan() const {
    return value_.is_null() ? std::numeric_limits<double>::quiet_NaN() : number();
  }
  template <class Whole>
  Whole whole() const {
    if (!value_.is_number_unsigned() ||
        value_.get<std::uint64_t>() > std::uint64_t{std::numeric_limits<Whole>::max()})
      wrong("a whole number that fits");
    return value_.get<Whole>();
  }

  template <class Read>
  auto list(Read read) const {
    std::vector<decltype(read(*this))> values;
    for (std::size_t i = 0; i < size(); ++i) values.push_back(read((*this)[i]));
    return values;
  }

  // A number that follows from others of the file.
  void require_derived(double value) const {
    const double said = value_.is_null() ? 0 : number();
    if (std::abs(said - value) > 1e-6 * std::abs(value))
      damaged(path_, fmt::format("is {:.6g}, but the times give {:.6g}", said, value));
  }

  [[noreturn]] void damaged(std::string_view path, std::string_view what) const {
    fail("{}: {} {}; the file was damaged or edited: measure again with lemnos bench --json FILE",
         file_, path, what);
  }
  [[noreturn]] void wrong(std::string_view wanted) const {
    damaged(path_.empty() ? "all of it" : path_, fmt::format("is {}, not {}", shown(), wanted));
  }

 private:
  std::string path_to(std::string_view key) const {
    return path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key);
  }
  std::string shown() const {
    if (value_.is_object()) return "an object";
    if (value_.is_array()) return "an array";
    const std::string text = compact(value_);
    return text.size() <= 40 ? text : text.substr(0, 37) + "...";
  }

  const Json& value_;
  std::string_view file_;
  std::string path_;
};

std::string text_at(const Place& place) { return place.text(); }
double amount_at(const Place& place) { return place.amount(); }

template <class Enum>
Enum one_of(const Place& place, std::initializer_list<Enum> values) {
  const std::string name = place.text();
  for (const Enum value : values)
    if (name_of(value) == name) return value;
  place.wrong(fmt::format("one of those known, such as \"{}\"", name_of(*values.begin())));
}

Header header_at(const Place& place) {
  place.require_object(
      {"version",      "commit",      "suite",        "quick",          "tune",
       "device",       "uuid",        "driver",       "driver_version", "api",
       "type",         "vendor_id",   "device_id",    "min_subgroup",   "subgroup",
       "max_subgroup", "cooperative", "memory_bytes", "host_cpu",       "host_threads",
       "time"});
  return {.version = place["version"].text(),
          .commit = place["commit"].text(),
          .suite = place["suite"].whole<int>(),
          .quick = place["quick"].flag(),
          .tune = place["tune"].text(),
          .device = place["device"].text(),
          .uuid = place["uuid"].text(),
          .driver = place["driver"].text(),
          .driver_version = place["driver_version"].text(),
          .api = place["api"].text(),
          .type = place["type"].text(),
          .vendor_id = place["vendor_id"].whole<std::uint32_t>(),
          .device_id = place["device_id"].whole<std::uint32_t>(),
          .min_subgroup = place["min_subgroup"].whole<std::uint32_t>(),
          .subgroup = place["subgroup"].whole<std::uint32_t>(),
          .max_subgroup = place["max_subgroup"].whole<std::uint32_t>(),
          .cooperative = place["cooperative"].list(text_at),
          .memory_bytes = place["memory_bytes"].whole<std::uint64_t>(),
          .host_cpu = place["host_cpu"].text(),
          .host_threads = place["host_threads"].whole<int>(),
          .time = place["time"].text()};
}

Row::Extra extra_at(const Place& place) {
  place.require_object({"name", "value", "unit", "note"});
  return {.name = place["name"].text(),
          .value = place["value"].number_or_nan(),
          .unit = place["unit"].text(),
          .note = place["note"].text()};
}

void require_derived(const Place& place, const Row& row) {
  place["ms_median"].require_derived(row.ms_median());
  place["ms_p5"].require_derived(row.ms_p5());
  place["ms_p95"].require_derived(row.ms_p95());
  place["gflops"].require_derived(row.gflops());
  place["gbps"].require_derived(row.gbps());
  place["roofline"].require_derived(row.roofline());
}

Row row_at(const Place& place) {
  place.require_object({"name",  "device",   "ms_median", "ms_p5",       "ms_p95",  "gflops",
                        "gbps",  "roofline", "error",     "pass",        "part",    "use",
                        "flops", "bytes",    "precision", "roofline_ms", "checked", "stable",
                        "note",  "extras",   "gpu_ms",    "wall_ms"});
  Row row{.name = place["name"].text(),
          .device = place["device"].text(),
          .part = one_of(place["part"], {Part::ceiling, Part::kernel, Part::model}),
          .use = one_of(place["use"], {Use::run, Use::train}),
          .precision = place["precision"].text(),
          .gpu_ms = place["gpu_ms"].list(amount_at),
          .wall_ms = place["wall_ms"].list(amount_at),
          .flops = place["flops"].amount(),
          .bytes = place["bytes"].amount(),
          .roofline_ms = place["roofline_ms"].amount(),
          .error = place["error"].number_or_nan(),
          .checked = place["checked"].flag(),
          .pass = place["pass"].flag(),
          .stable = place["stable"].flag(),
          .note = place["note"].text(),
          .extras = place["extras"].list(extra_at)};
  require_derived(place, row);
  return row;
}

Result result_at(const Place& place) {
  place.require_object({"format", "schema", "header", "rows"});
  if (place["format"].text() != format_name) place["format"].wrong("\"lemnos bench\"");
  Result result{.header = header_at(place["header"]), .rows = place["rows"].list(row_at)};
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < result.rows.size(); ++i)
    if (!names.insert(result.rows[i].name).second)
      place["rows"][i]["name"].wrong("a name of its own: an earlier row has it");
  return result;
}

// What another version wrote has other keys: that is said before anything about them.
void require_schema(const Json& json, std::string_view file) {
  if (!json.is_object() || !json.contains("format") || !json.contains("schema"))
    fail("{} is no result of lemnos bench: write one with lemnos bench --json FILE", file);
  if (json["schema"] != schema_version)
    fail("{} has schema {}, this lemnos reads {}: measure again, or use the lemnos that wrote it",
         file, compact(json["schema"]), schema_version);
}

std::vector<Result> parse(std::string_view text, std::string_view file) {
  const Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded())
    fail("{} is not JSON: write a result with lemnos bench --json FILE", file);
  std::vector<Result> results;
  const auto read = [&](const Json& one, std::string path) {
    require_schema(one, file);
    results.push_back(result_at({one, file, std::move(path)}));
  };
  if (!json.is_array() || json.empty()) {
    read(json, "");
    return results;
  }
  for (std::size_t i = 0; i < json.size(); ++i) read(json[i], fmt::format("[{}]", i));
  return results;
}

Result only_one(std::vector<Result> results, std::string_view file) {
  if (results.size() > 1)
    fail("{} has the results of {} devices, and one is needed here: measure with --device NAME",
         file, results.size());
  return std::move(results.front());
}

constexpr std::uint64_t max_bytes = 1 << 26;

}  // namespace

std::string to_json(const Result& result) {
  const Json head{{"format", format_name}, {"schema", schema_version}};
  std::string text = "{\n" + compact(head).substr(1);
  text.back() = ',';
  text += "\n\"header\":" + compact(json_of(result.header)) + ",\n\"rows\":[";
  for (std::size_t i = 0; i < result.rows.size(); ++i)
    text += (i == 0 ? "\n" : ",\n") + compact(json_of(result.rows[i]));
  return text + "\n]}\n";
}

std::string to_json(std::span<const Result> results) {
  if (results.size() == 1) return to_json(results.front());
  std::string text = "[";
  for (std::size_t i = 0; i < results.size(); ++i)
    text += (i == 0 ? "\n" : ",\n") + to_json(results[i]);
  return text + "]\n";
}

Result from_json(std::string_view text, std::string_view file) {
  return only_one(parse(text, file), file);
}

Result read_result(const std::filesystem::path& file) {
  return from_json(os::read_text(file, max_bytes), file.string());
}

std::vector<Result> read_results(const std::filesystem::path& file) {
  return parse(os::read_text(file, max_bytes), file.string());
}

}  // namespace lemnos::bench
