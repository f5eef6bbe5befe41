// SPDX-License-Identifier: Apache-2.0
// The families that are bound by memory: norms, losses, optimizers, element by element, reductions
// and tables.
#include "nn/bench/families.h"
#include "nn/optim/adam.h"
#include "nn/optim/sgd.h"
#include "ops/ops.h"
#include "runtime/autodiff/backward.h"

namespace lemnos::bench {
namespace {

using Tensors = std::span<const Tensor>;

SampleInput input_of(const Shape& shape, double low = -2, double high = 2) {
  return {.shape = shape, .dtype = DType::f32, .low = low, .high = high};
}
SampleInput indices(const Shape& shape, std::int64_t below) {
  return {.shape = shape,
          .dtype = DType::u32,
          .low = 0,
          .high = static_cast<double>(below - 1),
          .whole = true};
}

std::string_view name_of_pass(Use use) { return use == Use::run ? "forward" : "train"; }

std::string rows_name(std::string_view op, std::string_view pass, std::int64_t rows,
                      std::int64_t width) {
  return fmt::format("{} {} {}x{} f32", op, pass, rows, width);
}

std::vector<Tensor> one(Tensor result) { return {std::move(result)}; }

std::vector<Tensor> gradients(const Tensor& y, const Tensor& dy, const std::vector<Tensor>& of) {
  return grad(sum(y * dy), of);
}

std::string millions(std::int64_t count) {
  return count % (1 << 20) == 0 ? fmt::format("{}Mi", count >> 20) : fmt::format("{}", count);
}

}  // namespace

Case layer_norm_case(Use use, std::int64_t rows, std::int64_t width) {
  const SampleInput x = input_of({rows, width}), each = input_of({width}, 0.5, 1.5);
  Case made{.name = rows_name("layer norm", name_of_pass(use), rows, width),
            .use = use,
            .inputs = {x, each, each},
            .body = [](Tensors in) { return one(layer_norm(in[0], in[1], in[2])); }};
  if (use == Use::run) return made;
  made.inputs.push_back(x);
  made.body = [](Tensors in) {
    return gradients(layer_norm(in[0], in[1], in[2]), in[3], {in[0], in[1], in[2]});
  };
  return made;
}

Case softmax_case(Use use, std::int64_t rows, std::int64_t width) {
  const SampleInput x = input_of({rows, width});
  Case made{.name = rows_name("softmax", name_of_pass(use), rows, width),
            .use = use,
            .inputs = {x},
            .body = [](Tensors in) { return one(softmax(in[0])); }};
  if (use == Use::run) return made;
  made.inputs.push_back(x);
  made.body = [](Tensors in) { return gradients(softmax(in[0]), in[1], {in[0]}); };
  return made;
}

Case cross_entropy_case(Use use, std::int64_t rows, std::int64_t classes) {
  Case made{.name = rows_name("cross-entropy", name_of_pass(use), rows, classes),
            .use = use,
            .inputs = {input_of({rows, classes}), indices({rows}, classes)},
            .body = [](Tensors in) { return one(cross_entropy(in[0], in[1])); }};
  if (use == Use::train)
    made.body = [](Tensors in) {
      const Tensor loss = cross_entropy(in[0], in[1]);
      return std::vector<Tensor>{loss, grad(loss, std::span(&in[0], 1))[0]};
    };
  return made;
}

Case batch_norm_case(Use use, std::int64_t n, std::int64_t side, std::int64_t channels) {
  const SampleInput x = input_of({n, side, side, channels}), each = input_of({channels}, 0.5, 1.5);
  Case made{.name = fmt::format("batch norm {} {}x{}x{}x{} f32", name_of_pass(use), n, side, side,
                                channels),
            .use = use,
            .inputs = {x, each, each},
            .body = [](Tensors in) { return one(batch_norm(in[0], in[1], in[2]).y); }};
  if (use == Use::run) return made;
  made.inputs.push_back(x);
  made.body = [](Tensors in) {
    return gradients(batch_norm(in[0], in[1], in[2]).y, in[3], {in[0], in[1], in[2]});
  };
  return made;
}

Case adam_case(std::int64_t parameters) {
  const SampleInput x = input_of({parameters}, -1, 1);
  return {.name = fmt::format("adam {} f32", millions(parameters)),
          .use = Use::train,
          .inputs = {x, x},
          .body = [](Tensors in) -> std::vector<Tensor> {
            optim::Adam({{in[0]}}).step({in[1]});
            return {};
          }};
}

Case sgd_case(std::int64_t parameters) {
  const SampleInput x = input_of({parameters}, -1, 1);
  return {.name = fmt::format("sgd momentum {} f32", millions(parameters)),
          .use = Use::train,
          .inputs = {x, x},
          .body = [](Tensors in) -> std::vector<Tensor> {
            optim::Sgd({{in[0]}}, {.momentum = 0.9}).step({in[1]});
            return {};
          }};
}

Case add_case(std::int64_t elements) {
  const SampleInput x = input_of({elements});
  return {.name = fmt::format("add {} f32", millions(elements)),
          .use = Use::run,
          .inputs = {x, x},
          .body = [](Tensors in) { return one(in[0] + in[1]); }};
}

Case chain_case(std::int64_t elements) {
  const SampleInput x = input_of({elements});
  return {.name = fmt::format("chain of 10 {} f32", millions(elements)),
          .use = Use::run,
          .inputs = {x, x},
          .body =
              [](Tensors in) {
                Tensor y = in[0];
                for (const double factor : {0.5, 0.75, 1.25, 0.875, 1.5})
                  y = maximum(y * factor, in[1]);
                return one(y);
              },
          .op_by_op = true};
}

Case gelu_case(Use use, std::int64_t elements) {
  const SampleInput x = input_of({elements});
  Case made{.name = fmt::format("gelu {} {} f32", name_of_pass(use), millions(elements)),
            .use = use,
            .inputs = {x},
            .body = [](Tensors in) { return one(gelu(in[0])); }};
  if (use == Use::run) return made;
  made.inputs.push_back(x);
  made.body = [](Tensors in) { return gradients(gelu(in[0]), in[1], {in[0]}); };
  return made;
}

Case sum_case(std::int64_t elements) {
  return {.name = fmt::format("sum {} f32", millions(elements)),
          .use = Use::run,
          .inputs = {input_of({elements})},
          .body = [](Tensors in) { return one(sum(in[0])); }};
}

Case row_sum_case(std::int64_t rows, std::int64_t width) {
  return {.name = rows_name("sum", "of rows", rows, width),
          .use = Use::run,
          .inputs = {input_of({rows, width})},
          .body = [](Tensors in) { return one(sum(in[0], -1)); }};
}

Case column_sum_case(std::int64_t rows, std::int64_t width) {
  return {.name = rows_name("sum", "of columns", rows, width),
          .use = Use::train,
          .inputs = {input_of({rows, width})},
          .body = [](Tensors in) { return one(sum(in[0], 0)); }};
}

Case argmax_case(std::int64_t rows, std::int64_t width) {
  return {.name = rows_name("argmax", "of rows", rows, width),
          .use = Use::run,
          .inputs = {input_of({rows, width})},
          .body = [](Tensors in) { return one(argmax(in[0])); }};
}

Case embedding_case(Use use, EmbeddingSizes s) {
  Case made{.name = fmt::format("embedding {} {} of {}x{} f32", name_of_pass(use), s.tokens,
                                s.vocabulary, s.width),
            .use = use,
            .inputs = {input_of({s.vocabulary, s.width}), indices({s.tokens}, s.vocabulary)},
            .body = [](Tensors in) { return one(embedding(in[0], in[1])); },
            .bytes = 4.0 * static_cast<double>(s.tokens * (2 * s.width + 1))};
  if (use == Use::run) return made;
  made.bytes = 0;
  made.inputs.push_back(input_of({s.tokens, s.width}));
  made.body = [](Tensors in) { return gradients(embedding(in[0], in[1]), in[2], {in[0]}); };
  return made;
}

}  // namespace lemnos::bench
