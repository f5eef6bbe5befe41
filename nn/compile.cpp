// SPDX-License-Identifier: Apache-2.0
#include "nn/compile.h"

#include <algorithm>

#include "nn/init.h"
#include "runtime/doctor/session.h"

namespace lemnos {

Result::Result(std::shared_ptr<Program> program, std::uint32_t output)
    : program_(std::move(program)),
      output_(output),
      submission_(program_->submissions()),
      type_(program_->output_type(output)) {}

std::vector<float> Result::values() const {
  if (program_->submissions() != submission_)
    fail_usage("a result was read after the function had been called again; read it before");
  const auto elements = static_cast<std::size_t>(type_.shape.elements());
  if (type_.dtype == DType::f32) return program_->output(output_);
  std::vector<float> values(elements);
  const auto convert = [&]<class T>(T) {
    std::vector<T> raw(elements);
    program_->read_output(output_, std::as_writable_bytes(std::span(raw)));
    std::ranges::transform(raw, values.begin(), [](T x) { return static_cast<float>(x); });
  };
  if (type_.dtype == DType::i32) convert(std::int32_t{});
  if (type_.dtype == DType::u32) convert(std::uint32_t{});
  if (type_.dtype == DType::u8) convert(std::uint8_t{});
  return values;
}

float Result::item() const {
  if (type_.shape.elements() != 1)
    fail_usage("item() needs one element, the result has shape {}", type_.shape);
  return values()[0];
}

CompiledFunction::CompiledFunction(Body body, CompileOptions options)
    : body_(std::move(body)), options_(std::move(options)) {
  if (!options_.clock) options_.clock = make_clock(current_seed());
}

std::shared_ptr<Program> CompiledFunction::program(std::span<const Feed> feeds) {
  std::vector<TensorType> types;
  for (const Feed& feed : feeds) types.push_back(feed.type);
  const auto known = std::ranges::find(traced_, types, &Traced::types);
  if (known != traced_.end()) return known->program;

  Trace trace(options_.training, options_.clock);
  std::vector<Tensor> inputs;
  for (std::size_t i = 0; i < types.size(); ++i)
    inputs.push_back(trace.input(fmt::format("input {}", i), types[i]));
  for (const Tensor& output : body_(inputs)) trace.graph().outputs.push_back(trace.resolve(output));
  traced_.push_back({types, std::make_shared<Program>(options_.name, trace.graph(), device())});
  return traced_.back().program;
}

std::vector<Result> CompiledFunction::call(std::span<const Feed> feeds) {
  auto program = this->program(feeds);
  for (std::uint32_t i = 0; i < feeds.size(); ++i) program->set_input(i, feeds[i].bytes);
  program->submit();
  std::vector<Result> results;
  for (std::uint32_t i = 0; i < program->outputs(); ++i) results.emplace_back(program, i);
  return results;
}

std::vector<float> CompiledFunction::run(const data::Batches& batches) {
  check(batches.inputs != nullptr, "{}: there is no data in these batches", options_.name);
  auto pass = std::ranges::find_if(passes_, [&](const Pass& known) {
    return known.inputs == batches.inputs && known.batch == batches.batch;
  });
  if (pass == passes_.end()) {
    const auto body = [this](const Tensor& inputs, const Tensor& targets) {
      const std::vector<Tensor> both{inputs, targets};
      const auto results = body_(std::span(both).first(targets ? 2 : 1));
      if (results.empty()) fail_usage("{}: returns nothing; return the loss", options_.name);
      observe("result", results[0]);
      return Tensor();
    };
    static const data::Array no_targets;
    passes_.push_back(
        {batches.inputs, batches.batch,
         std::make_unique<BatchedFunction>(
             options_.name, *batches.inputs, batches.targets ? *batches.targets : no_targets,
             batches.batch, body, options_.training, options_.clock)});
    pass = passes_.end() - 1;
  }
  BatchedFunction& function = *pass->function;
  function.begin_epoch(batches.order);
  std::vector<float> results;
  while (results.size() < static_cast<std::size_t>(function.batches())) {
    const bool full = function.queue(Program::max_steps) == 0;
    for (const StepRecord& record : function.collect(full)) results.push_back(record.values[0]);
  }
  return results;
}

}  // namespace lemnos
