// SPDX-License-Identifier: Apache-2.0
// The references and gradient rules against PyTorch's in float64 (ops.json and training.json of
// tests/golden).
#include <doctest/doctest.h>

#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "ops/ops.h"
#include "runtime/autodiff/backward.h"
#include "runtime/exec/reference.h"
#include "runtime/graph/trace.h"
#include "tests/golden/golden.h"

namespace lemnos::test {
namespace {

using Json = nlohmann::json;
using Build = Tensor (*)(const std::vector<Tensor>&, const Json& attributes);

LossOptions reduce_of(const Json& a) {
  const std::string name = a.at("reduce");
  if (name == "sum") return {.reduce = LossReduce::sum};
  return {.reduce = name == "mean" ? LossReduce::mean : LossReduce::per_sample};
}

Tensor cross_entropy_case(const std::vector<Tensor>& x, const Json& a) {
  const std::vector<double> classes = a.at("target");
  std::vector<Operand> targets;
  for (const double c : classes) targets.push_back(fill({1}, c));
  return cross_entropy(x[0], cast(concat(targets, 0), DType::u32),
                       {.reduce = reduce_of(a).reduce, .smoothing = a.value("smoothing", 0.0)});
}

Tensor embedding_case(const std::vector<Tensor>& x, const Json& a) {
  const std::vector<double> ids = a.at("ids");
  std::vector<Operand> list;
  for (const double id : ids) list.push_back(fill({1}, id));
  std::optional<std::int64_t> padding;
  if (!a.at("padding").is_null()) padding = a.at("padding").get<std::int64_t>();
  return embedding(x[0], cast(concat(list, 0), DType::u32), {.padding = padding});
}

ImageSize size_of(const Json& pair) { return {.height = pair[0], .width = pair[1]}; }

const std::map<std::string, Build> builds = {
    {"softmax", [](const auto& x, const Json& a) { return softmax(x[0], a.at("axis")); }},
    {"log_softmax", [](const auto& x, const Json& a) { return log_softmax(x[0], a.at("axis")); }},
    {"conv2d",
     [](const auto& x, const Json& a) {
       return conv2d(x[0], x[1], {a.at("stride"), a.at("pad"), a.at("dilation"), a.at("groups")});
     }},
    {"conv_transpose2d",
     [](const auto& x, const Json& a) {
       return conv_transpose2d(
           x[0], x[1],
           {a.at("stride"), a.at("pad"), a.at("output_pad"), a.at("dilation"), a.at("groups")});
     }},
    {"max_pool",
     [](const auto& x, const Json& a) {
       return max_pool2d(x[0], {a.at("kernel"), a.at("stride"), a.at("pad")});
     }},
    {"avg_pool",
     [](const auto& x, const Json& a) {
       return avg_pool2d(x[0],
                         {a.at("kernel"), a.at("stride"), a.at("pad"), a.at("count_include_pad")});
     }},
    {"resize_nearest",
     [](const auto& x, const Json& a) { return resize_nearest(x[0], size_of(a.at("size"))); }},
    {"resize_bilinear",
     [](const auto& x, const Json& a) { return resize_bilinear(x[0], size_of(a.at("size"))); }},
    {"adaptive_max_pool",
     [](const auto& x, const Json& a) { return adaptive_max_pool2d(x[0], size_of(a.at("size"))); }},
    {"adaptive_avg_pool",
     [](const auto& x, const Json& a) { return adaptive_avg_pool2d(x[0], size_of(a.at("size"))); }},
    {"affine", [](const auto& x, const Json&) { return affine(x[0], x[1]); }},
    {"gelu", [](const auto& x, const Json&) { return gelu(x[0]); }},
    {"bce_with_logits",
     [](const auto& x, const Json& a) { return bce_with_logits(x[0], x[1], reduce_of(a)); }},
    {"cross_entropy", cross_entropy_case},
    {"layer_norm",
     [](const auto& x, const Json& a) { return layer_norm(x[0], x[1], x[2], a.at("epsilon")); }},
    {"batch_norm",
     [](const auto& x, const Json& a) { return batch_norm(x[0], x[1], x[2], a.at("epsilon")).y; }},
    {"group_norm",
     [](const auto& x, const Json& a) {
       return group_norm(x[0], x[1], x[2], a.at("groups"), a.at("epsilon"));
     }},
    {"instance_norm",
     [](const auto& x, const Json& a) { return instance_norm(x[0], x[1], x[2], a.at("epsilon")); }},
    {"rms_norm",
     [](const auto& x, const Json& a) { return rms_norm(x[0], x[1], a.at("epsilon")); }},
    {"embedding", embedding_case},
    {"top_k", [](const auto& x, const Json& a) { return top_k(x[0], a.at("k")).values; }},
    {"rotary",
     [](const auto& x, const Json& a) {
       return rotary(x[0], rotary_table(x[0].size(-2), x[0].size(-1), a.at("base")));
     }},
    {"kl_to_unit_normal",
     [](const auto& x, const Json& a) { return kl_to_unit_normal(x[0], x[1], reduce_of(a)); }},
};

Values symmetric(std::uint32_t stream, std::int64_t count, double scale = 1, double shift = 0) {
  Values values;
  for (std::int64_t i = 0; i < count; ++i)
    values.push_back(golden_symmetric(stream, static_cast<std::uint32_t>(i)) * scale + shift);
  return values;
}

Shape shape_of(const Json& sizes) {
  const std::vector<std::int64_t> list = sizes;
  return Shape(std::span(list));
}

void check_close(const Values& got, const std::vector<double>& expected) {
  REQUIRE(got.size() == expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    CAPTURE(i);
    CHECK(std::abs(got[i] - expected[i]) <= 1e-12 * std::max(1.0, std::abs(expected[i])));
  }
}

// The case's result, and the gradients of sum(result * w).
void check_case(const Json& golden, Build build) {
  Trace trace;
  std::vector<Tensor> inputs;
  std::vector<Values> values;
  for (const Json& input : golden.at("inputs")) {
    inputs.push_back(trace.input("x", {shape_of(input.at("shape")), DType::f32}));
    values.push_back(symmetric(input.at("stream"), inputs.back().elements(), input.at("scale"),
                               input.at("shift")));
  }
  const Tensor result = build(inputs, golden.at("attributes"));
  REQUIRE(result.shape() == shape_of(golden.at("output_shape")));
  if (!golden.contains("grads")) {
    trace.graph().outputs = {result.node()};
    return check_close(evaluate(trace.graph(), values)[0], golden.at("output"));
  }
  const Tensor weights = trace.input("w", {result.shape(), DType::f32});
  values.push_back(symmetric(golden.at("weight_stream"), result.elements()));
  trace.graph().outputs = {result.node()};
  for (const Tensor& gradient : grad(sum(result * weights), inputs))
    trace.graph().outputs.push_back(gradient.node());
  const std::vector<Values> outputs = evaluate(trace.graph(), values);
  check_close(outputs[0], golden.at("output"));
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const std::string name = golden.at("inputs")[i].at("name");
    CAPTURE(name);
    if (golden.at("grads").contains(name)) check_close(outputs[i + 1], golden.at("grads").at(name));
  }
}

}  // namespace

TEST_CASE("golden: references and gradients agree with PyTorch in float64") {
  std::map<std::string, int> compared;
  Json cases = golden_file("ops.json").at("cases");
  const Json training = golden_file("training.json");
  for (const Json& one : training.at("cases")) cases.push_back(one);
  for (const Json& one : cases) {
    const std::string op = one.at("op");
    if (!builds.contains(op)) continue;  // optimizers: beside their own tests
    const std::string attributes = one.at("attributes").dump();
    CAPTURE(op);
    CAPTURE(attributes);
    check_case(one, builds.at(op));
    ++compared[op];
  }
  CHECK(compared.size() == builds.size());
}

}  // namespace lemnos::test
