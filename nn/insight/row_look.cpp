// SPDX-License-Identifier: Apache-2.0
#include "nn/insight/row_look.h"

#include <algorithm>

#include "nn/insight.h"
#include "nn/tap.h"

namespace lemnos {
namespace {

// The same without its first axis, of size 1.
data::Array only_row(data::Array rows) {
  const Shape shape = rows.shape.without(0);
  return std::move(rows).reshaped(shape);
}

const TokenNetwork& checked(const Task& task, const Preprocessing& preprocessing) {
  if (!Continuation::possible(task, preprocessing)) fail_usage("this model does not write text");
  return *task.writes();
}

// Whatever of it looks at inputs.
void record_forward(const Task& task, const Tensor& x) {
  if (task.has_features()) {
    task.features(x);
  } else if (task.predicts()) {
    task.predict(x);
  } else if (task.detects()) {
    task.detect(x);
  }
}

}  // namespace

RowLooks::RowLooks(const Task& task)
    : decides_(task.decides()), answers_([&task](const Tensor& x) {
        std::vector<Tensor> results = attention_maps([&] { record_forward(task, x); });
        if (!task.decides()) return results;
        results.push_back(saliency(task, x));
        results.push_back(task.scores(x));
        return results;
      }) {}

RowLook RowLooks::at(const data::Array& row) {
  check(row.rows() == 1, "a look at one row was given {} of them", row.rows());
  std::vector<data::Array> all = answers_.of(row);
  RowLook look;
  const std::size_t maps = decides_ ? all.size() - 2 : all.size();
  for (std::size_t i = 0; i < maps; ++i) look.attention.push_back(only_row(std::move(all[i])));
  if (!decides_) return look;
  look.saliency = only_row(std::move(all[maps]));
  const auto scores = all[maps + 1].as<float>();
  look.scores.assign(scores.begin(), scores.end());
  return look;
}

FirstFilters::FirstFilters(const Task& task, const data::Array& rows) {
  if (rows.shape.rank() != 4) return;
  Trace trace(false);
  const nn::Tap tap(nn::Tapped::activations);
  record_forward(task, trace.input("images", {rows.shape.with(0, 1), rows.dtype}));
  if (tap.offerings().empty() || tap.offerings()[0].kind != "conv2d") return;
  const Tensor& weight = tap.offerings()[0].parameter;
  if (weight.size(3) == rows.shape[3] && weight.state()) weight_ = weight;
}

data::Array FirstFilters::look() const {
  if (!any()) return {};
  const std::vector<float> values = weight_.state()->values();
  return data::Array::of<float>(weight_.shape(), values);
}

bool Continuation::possible(const Task& task, const Preprocessing& preprocessing) {
  return task.writes() != nullptr && preprocessing.text && preprocessing.text->tokens;
}

Continuation::Continuation(const Task& task, const Preprocessing& preprocessing)
    : writer_(checked(task, preprocessing)), tokens_(preprocessing.text->tokens) {}

std::string Continuation::write(const std::string& prompt, std::int64_t tokens,
                                const Sampling& sampling) {
  const std::vector<data::Token> begun = tokens_->encode(prompt);
  data::StreamDecoder decoder(tokens_);
  std::string text;
  writer_.write(begun, tokens, sampling, [&](data::Token token) { text += decoder.push(token); });
  return text + decoder.finish();
}

}  // namespace lemnos
