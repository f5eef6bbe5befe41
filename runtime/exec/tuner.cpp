// SPDX-License-Identifier: Apache-2.0
#include "runtime/exec/tuner.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "runtime/base/error.h"
#include "runtime/base/log.h"
#include "runtime/base/os.h"
#include "runtime/base/philox.h"
#include "runtime/exec/choices.h"
#include "runtime/exec/device_file.h"
#include "runtime/exec/ladder.h"
#include "runtime/exec/program.h"
#include "runtime/graph/trace.h"

namespace lemnos {
namespace {

constexpr double fast_seconds = 2;
constexpr double most_apart = 1e-5;  // of the result's norm
constexpr double worth = 1.02;       // times as fast as the op's own guess, at least
constexpr double hopeless = 3;       // times as long as the best so far
constexpr int repetitions = 5;

// Values of about 1 in every type, none of them zero: the arithmetic of zeros is faster.
std::vector<std::byte> random_values(const TensorType& type, std::uint32_t stream) {
  const auto elements = static_cast<std::size_t>(type.shape.elements());
  std::vector<std::byte> bytes(elements * size_of(type.dtype));
  for (std::size_t i = 0; i < elements; ++i) {
    const std::uint32_t random = philox_word(2027, stream, 2, i), sign = random & 0x80000000u;
    std::uint32_t bits = sign | 0x3f000000u | (random & 0x7fffffu);
    if (type.dtype == DType::f16) bits = sign >> 16 | 0x3800u | (random & 0x3ffu);
    if (type.dtype == DType::bf16) bits >>= 16;
    std::memcpy(&bytes[i * size_of(type.dtype)], &bits, size_of(type.dtype));
  }
  return bytes;
}

std::string signature(const Problem& problem, const gpu::Caps& caps) {
  std::string text;
  for (const Dispatch& dispatch : lower_on_ladder(problem, caps).dispatches) {
    text += dispatch.shader->name;
    for (const std::uint32_t value : dispatch.specialization) text += fmt::format(" {}", value);
    for (const std::uint32_t groups : dispatch.groups) text += fmt::format("x{}", groups);
  }
  return text;
}

double apart(std::span<const float> a, std::span<const float> b) {
  double squares = 0, of_all = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    squares += (double{a[i]} - b[i]) * (double{a[i]} - b[i]);
    of_all += double{b[i]} * b[i];
  }
  return std::sqrt(squares / (of_all + 1e-300));
}

class Race {
 public:
  Race(const Problem& problem, std::shared_ptr<gpu::Device> device)
      : problem_(problem), device_(std::move(device)) {
    Trace trace;
    std::vector<Operand> operands;
    for (const TensorType& type : problem_.inputs) {
      operands.push_back(trace.input("x", type));
      values_.push_back(random_values(type, static_cast<std::uint32_t>(values_.size())));
    }
    trace.graph().outputs = {record(*problem_.op, operands, problem_.attrs).node()};
    graph_ = trace.graph();
  }

  // The choice that won; nullopt where only one can run.
  std::optional<std::uint32_t> run() {
    std::set<std::string> seen;
    std::uint32_t entered = 0;
    const std::uint32_t choices = problem_.op->choices(problem_, device_->caps());
    for (std::uint32_t choice = 0; choice < choices; ++choice) {
      problem_.choice = choice;
      if (!seen.insert(signature(problem_, device_->caps())).second) continue;
      enter(choice);
      ++entered;
    }
    if (entered < 2) return std::nullopt;
    return best_choice_ > 0 && wins_again() ? best_choice_ : 0;
  }
  double gain() const { return gain_; }

 private:
  void enter(std::uint32_t choice) {
    Choices forced;
    forced.set(problem_, choice);
    ExecOptions options;
    options.choices = &forced;
    auto program = std::make_unique<Program>("tune", graph_, device_, options);
    for (std::uint32_t i = 0; i < values_.size(); ++i) program->set_input(i, values_[i]);
    time_once(*program);
    const std::vector<float> result = program->output(0);
    if (choice == 0) expected_ = result;
    if (!(apart(result, expected_) <= most_apart)) {
      log::warn("tuning: {} with choice {} is off by {:.2g} of the result and not taken",
                Choices::key_of(problem_), choice, apart(result, expected_));
      return;
    }
    std::vector<double> seconds;
    for (int i = 0; i < repetitions; ++i) {
      seconds.push_back(time_once(*program));
      if (choice > 0 && seconds.back() > hopeless * best_seconds_) return;
    }
    const double taken = median(std::move(seconds));
    if (choice == 0) {
      first_ = std::move(program);
    } else if (taken < best_seconds_) {
      best_ = std::move(program);
    } else {
      return;
    }
    best_choice_ = choice;
    best_seconds_ = taken;
  }

  // Beside the op's own guess, one after the other: that was timed first, when all was cold.
  bool wins_again() {
    std::vector<double> guess, best;
    for (int i = 0; i < repetitions; ++i) {
      guess.push_back(time_once(*first_));
      best.push_back(time_once(*best_));
    }
    gain_ = median(std::move(guess)) / median(std::move(best));
    return gain_ > worth;
  }

  static double time_once(Program& program) {
    program.submit_timed();
    program.wait();
    return program.profile().seconds();
  }
  static double median(std::vector<double> seconds) {
    std::ranges::sort(seconds);
    return seconds[seconds.size() / 2];
  }

  Problem problem_;
  std::shared_ptr<gpu::Device> device_;
  Graph graph_;
  std::vector<std::vector<std::byte>> values_;
  std::vector<float> expected_;
  std::unique_ptr<Program> first_, best_;
  std::uint32_t best_choice_ = 0;
  double best_seconds_ = 0, gain_ = 1;
};

// The plan's problems of which nothing is known, the largest first.
std::vector<Problem> unknown(const Plan& plan, const Choices& choices) {
  std::vector<std::pair<double, Problem>> found;
  std::set<std::string> seen;
  for (const PlannedUnit& unit : plan.units) {
    const Problem problem = problem_of(plan.graph, plan.graph[unit.nodes.front()]);
    if (problem.op->choices == nullptr || choices.find(problem)) continue;
    if (seen.insert(Choices::key_of(problem)).second)
      found.emplace_back(flops_of(problem), problem);
  }
  std::ranges::stable_sort(found, std::greater{}, [](const auto& each) { return each.first; });
  std::vector<Problem> problems;
  for (auto& [flops, problem] : found) problems.push_back(std::move(problem));
  return problems;
}

// Whether anything was found.
bool tune(const Plan& plan, const std::shared_ptr<gpu::Device>& device, Tune how,
          Choices& choices) {
  const std::vector<Problem> problems = unknown(plan, choices);
  if (problems.empty()) return false;
  if (device->caps().timestamp_period == 0) {
    log::warn("{} has no timestamps: nothing is tuned", device->caps().name);
    return false;
  }
  const double start = os::seconds();
  std::size_t done = 0, changed = 0;
  for (const Problem& problem : problems) {
    if (how == Tune::fast && os::seconds() - start > fast_seconds) break;
    ++done;
    try {
      Race race(problem, device);
      const auto choice = race.run();
      choices.set(problem, choice.value_or(0));
      if (!choice || *choice == 0) continue;
      ++changed;
      log::info("tuning: {} is {:.2f} times as fast with choice {}", Choices::key_of(problem),
                race.gain(), *choice);
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::device_lost) throw;
      log::warn("tuning: {} stays as it is: {}", Choices::key_of(problem), error.what());
    }
  }
  log::info("tuning: {} of {} problems timed in {:.1f} s, {} faster than as they were", done,
            problems.size(), os::seconds() - start, changed);
  choices.save(device->caps());
  return changed > 0;
}

}  // namespace

Choices& choices_of(const gpu::Caps& caps) {
  static std::map<std::string, Choices> all;
  const auto file = device_file("tuning", caps);
  const auto [at, is_new] = all.try_emplace(file ? file->string() : caps.uuid);
  if (is_new) at->second = Choices::load(caps);
  return at->second;
}

Plan tuned_plan(const Graph& graph, const std::shared_ptr<gpu::Device>& device,
                ExecOptions& options) {
  if (options.tune == Tune::off) return make_plan(graph, device->caps(), options);
  Choices& choices = choices_of(device->caps());
  options.choices = &choices;
  Plan plan = make_plan(graph, device->caps(), options);
  if (options.tune == Tune::cached || !tune(plan, device, options.tune, choices)) return plan;
  return make_plan(graph, device->caps(), options);
}

}  // namespace lemnos
