// SPDX-License-Identifier: Apache-2.0
// What a benchmark found, as plain data: `lemnos bench` prints it, writes it as JSON and CSV, and
// compares two of them. The schema of the JSON is in nn/bench/README.md.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lemnos::bench {

// The suite fixes the work of every row: results and scores compare within one version only.
constexpr int suite_version = 1;
constexpr int schema_version = 2;  // of the JSON

enum class Part : std::uint8_t { ceiling, kernel, model };
enum class Use : std::uint8_t { run, train };  // forward or inference; backward or training
std::string_view name_of(Part part);
std::string_view name_of(Use use);

struct Row {
  std::string name;    // "matmul nn 1024x1024x1024 f32", unique in a result
  std::string device;  // as in the header
  Part part = Part::kernel;
  Use use = Use::run;
  std::string precision = "f32";  // what scores are separate for: "f32", "f16", "bf16", "int8"

  // Milliseconds of one repetition, as they were measured one after another: by the device's
  // timestamps, and from submission to completion as the host's clock says.
  std::vector<double> gpu_ms, wall_ms;
  double flops = 0, bytes = 0;  // of one repetition; 0: none, or not counted
  double roofline_ms = 0;       // the least time the measured ceilings allow; 0: not known
  double error = 0;             // against the reference, in units of what is allowed: above 1 fails
  bool checked = false;         // whether there is a reference for it
  bool pass = true;             // its values are right; a wrong answer scores 0
  bool stable = true;           // see Stability: false after it was repeated in vain
  std::string note;             // "does not fit: needs 9.1 GiB of 7.8"; such a row has no times
  // What only some rows have: {"first step", 812.0, "ms"}, {"peak memory", 3.1e8, "bytes"} ...
  struct Extra {
    std::string name;
    double value = 0;
    std::string unit;
    std::string note;  // instead of a value: "not readable"
  };
  std::vector<Extra> extras;

  const std::vector<double>& times() const { return gpu_ms.empty() ? wall_ms : gpu_ms; }
  double ms_median() const;  // of times(); 0 without any
  double ms_p5() const;
  double ms_p95() const;
  double gflops() const;    // billions of operations a second, at the median
  double gbps() const;      // billions of bytes a second
  double roofline() const;  // share of what the ceilings allow, 0 to 1; 0: not known
};

struct Header {
  std::string version, commit;  // of Lemnos
  int suite = suite_version;
  bool quick = false;
  std::string tune = "off";  // how kernels were chosen: see Tune of runtime/exec/options.h
  std::string device, uuid, driver, driver_version, api, type;
  std::uint32_t vendor_id = 0, device_id = 0;
  std::uint32_t min_subgroup = 0, subgroup = 0, max_subgroup = 0;
  std::vector<std::string> cooperative;  // "16x16x16 f16 -> f32"
  std::uint64_t memory_bytes = 0;
  std::string host_cpu;
  int host_threads = 0;
  std::string time;  // when it began, UTC: "2026-11-30T12:00:00Z"
};

struct Result {
  Header header;
  std::vector<Row> rows;

  const Row* find(std::string_view name) const;
};

// The times of two rows by the same clock: the device's where both have it, else the host's. Empty
// where they have none in common.
std::pair<std::span<const double>, std::span<const double>> same_clock(const Row& a, const Row& b);

// JSON: everything, so that reading what was written gives the same result; plus, for each row, the
// numbers derived from its times (ms_median, ms_p5, ms_p95, gflops, gbps, roofline). Numbers that
// are not finite are null. Several results are an array of them.
std::string to_json(const Result& result);
std::string to_json(std::span<const Result> results);

// Reading fails, naming file and place, on what is no such file, has another schema version, lacks
// something, has something unknown, or says a derived number that its times do not give.
Result from_json(std::string_view text, std::string_view file);
Result read_result(const std::filesystem::path& file);                // fails on several
std::vector<Result> read_results(const std::filesystem::path& file);  // one or several

// One line a row, with a header line; no times one by one. Nothing where a number is not known.
std::string to_csv(std::span<const Result> results);

// The same with one time a row, the median: what is committed for others to be compared with.
Result medians(Result result);

}  // namespace lemnos::bench
