// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "nn/train/observer.h"
#include "runtime/base/os.h"

namespace lemnos {
namespace {

using nlohmann::json;
using Object = nlohmann::ordered_json;

constexpr double flush_seconds = 0.5;
constexpr std::size_t flush_bytes = 1 << 16;

class JsonlObserver : public Observer {
 public:
  explicit JsonlObserver(std::filesystem::path file) : file_(std::move(file)) {}
  ~JsonlObserver() override {
    try {
      flush();
    } catch (...) {  // the run has failed already, and said so
    }
  }

  void on_step(const StepInfo& step) override {
    Object line = begin("train", step.moment);
    line["loss"] = step.loss;
    line["ms"] = step.ms;
    for (const NamedValue& scalar : step.scalars) line[scalar.name] = scalar.value;
    add(line);
  }
  void on_eval(const Moment& moment, std::string_view split,
               std::span<const NamedValue> metrics) override {
    Object line = begin("eval", moment);
    line["split"] = split;
    for (const NamedValue& metric : metrics) line[metric.name] = metric.value;
    add(line);
  }
  void on_event(const Moment& moment, std::string_view event, std::string_view detail) override {
    Object line = begin("event", moment);
    line["event"] = event;
    line["detail"] = detail;
    add(line);
    flush();
  }
  void on_end(const Moment&) override { flush(); }
  void flush() override {
    if (!lines_.empty()) os::append_line(file_, lines_);
    lines_.clear();
    flushed_ = os::seconds();
  }

 private:
  static Object begin(std::string_view kind, const Moment& moment) {
    return {
        {"kind", kind}, {"step", moment.step}, {"epoch", moment.epoch}, {"time", moment.seconds}};
  }

  void add(const Object& line) {  // JSON has no NaN or infinity: dump writes null
    lines_ +=
        (lines_.empty() ? "" : "\n") + line.dump(-1, ' ', false, json::error_handler_t::replace);
    if (lines_.size() > flush_bytes || os::seconds() - flushed_ > flush_seconds) flush();
  }

  std::filesystem::path file_;
  std::string lines_;
  double flushed_ = os::seconds();
};

}  // namespace

std::shared_ptr<Observer> jsonl_observer(std::filesystem::path file) {
  return std::make_shared<JsonlObserver>(std::move(file));
}

}  // namespace lemnos
