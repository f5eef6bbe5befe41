// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <functional>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "data/formats/jsonl.h"
#include "nn/train/observer.h"
#include "runtime/base/error.h"
#include "runtime/base/os.h"

namespace lemnos {
namespace {

using nlohmann::json;

constexpr double flush_seconds = 0.5;
constexpr std::size_t flush_bytes = 1 << 16;

// Lines are written as text, not built as objects: a step takes no memory.
class JsonlObserver : public Observer {
 public:
  explicit JsonlObserver(std::filesystem::path file) : file_(std::move(file)) {
    lines_.reserve(2 * flush_bytes);
  }
  ~JsonlObserver() override {
    try {
      flush();
    } catch (...) {  // the run has failed already, and said so
    }
  }

  void on_step(const StepInfo& step) override {
    begin("train", step.moment);
    add("loss", step.loss);
    add("ms", step.ms);
    for (const NamedValue& scalar : step.scalars) add(scalar.name, scalar.value);
    end();
  }
  void on_eval(const Moment& moment, std::string_view split,
               std::span<const NamedValue> metrics) override {
    begin("eval", moment);
    add("split", split);
    for (const NamedValue& metric : metrics) add(metric.name, metric.value);
    end();
  }
  void on_event(const Moment& moment, std::string_view event, std::string_view detail) override {
    begin("event", moment);
    add("event", event);
    add("detail", detail);
    end();
    flush();
  }
  void on_rollback(const Moment& moment) override {
    flush();
    cut_metrics(file_, moment.step);
  }
  void on_end(const Moment&) override { flush(); }
  void flush() override {
    if (!lines_.empty()) os::append_text(file_, lines_);
    lines_.clear();
    flushed_ = os::seconds();
  }

 private:
  void begin(std::string_view kind, const Moment& moment) {
    write("{{\"kind\":\"{}\",\"step\":{}", kind, moment.step);
    add("epoch", moment.epoch);
    add("time", moment.seconds);
  }
  void add(std::string_view key, double value) {
    if (std::isfinite(value)) {
      write(",{}:{}", quoted(key), value);
    } else {  // JSON has no NaN or infinity
      write(",{}:null", quoted(key));
    }
  }
  void add(std::string_view key, std::string_view text) {
    write(",{}:{}", quoted(key), json(text).dump(-1, ' ', false, json::error_handler_t::replace));
  }
  void end() {
    lines_ += "}\n";
    if (lines_.size() > flush_bytes || os::seconds() - flushed_ > flush_seconds) flush();
  }

  template <class... Args>
  void write(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(lines_), format, std::forward<Args>(args)...);
  }
  const std::string& quoted(std::string_view key) {
    auto known = keys_.find(key);
    if (known == keys_.end()) known = keys_.emplace(key, json(key).dump()).first;
    return known->second;
  }

  std::filesystem::path file_;
  std::string lines_;                                     // kept back
  std::map<std::string, std::string, std::less<>> keys_;  // as JSON: the same every step
  double flushed_ = os::seconds();
};

std::uint64_t step_of(const json& line) {
  const auto step = line.find("step");
  if (step == line.end() || !step->is_number_unsigned())
    fail("metrics.jsonl is damaged: a line has no step: {}", line.dump().substr(0, 200));
  return step->get<std::uint64_t>();
}

}  // namespace

void cut_metrics(const std::filesystem::path& file, std::uint64_t step) {
  data::cut_jsonl(file, [step](const json& line) { return step_of(line) <= step; });
}

std::shared_ptr<Observer> jsonl_observer(std::filesystem::path file) {
  return std::make_shared<JsonlObserver>(std::move(file));
}

}  // namespace lemnos
