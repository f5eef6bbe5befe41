// SPDX-License-Identifier: Apache-2.0
#include "ops/matmul/matmul.h"

#include <algorithm>

#include "ops/matmul/lower.h"
#include "ops/reduce/axes.h"
#include "ops/shape/shape.h"
#include "runtime/graph/trace.h"

namespace lemnos {
namespace {

TensorType matmul_shape(const Problem& p) {
  const Shape &a = p.in(0), &b = p.in(1);
  for (const TensorType& type : p.inputs)
    if (!is_real(type.dtype))
      p.fail("operands must be f32, f16 or bf16, not {}", name_of(type.dtype));
  if (a.rank() < 2 || b.rank() < 2)
    p.fail("operands need two axes or more: a is {}, b is {}", a, b);
  const auto attrs = p.attrs.as<MatmulOptions>();
  const std::int64_t k_of_a = a[attrs.transpose_a ? -2 : -1];
  const std::int64_t k_of_b = b[attrs.transpose_b ? -1 : -2];
  if (k_of_a != k_of_b) {
    const bool other = k_of_a == b[attrs.transpose_b ? -2 : -1];
    p.fail("inner sizes differ: a is {}{}, b is {}{}  ({} vs {}){}", a,
           attrs.transpose_a ? " transposed" : "", b, attrs.transpose_b ? " transposed" : "",
           k_of_a, k_of_b,
           other ? "\n  help: b fits the other way round; is transpose_b meant?" : "");
  }
  Shape result = a.rank() > 2 ? a : b;
  if (a.rank() > 2 && b.rank() > 2 && !(a.with(-1, 1).with(-2, 1) == b.with(-1, 1).with(-2, 1)))
    p.fail("batches differ: a is {}, b is {}\n  help: broadcast_to makes them equal", a, b);
  return {result.with(-2, a[attrs.transpose_a ? -1 : -2]).with(-1, b[attrs.transpose_b ? -2 : -1])};
}

Tensor product(const Tensor& a, bool ta, const Tensor& b, bool tb) {
  return matmul(a, b, {.transpose_a = ta, .transpose_b = tb});
}

// With C = op(A) op(B): dop(A) = dC op(B)^T and dop(B) = op(A)^T dC, each written so that the
// result comes out in the operand's own orientation.
std::vector<Tensor> matmul_gradient(const Adjoint& d) {
  const auto attrs = d.attrs.as<MatmulOptions>();
  const bool ta = attrs.transpose_a, tb = attrs.transpose_b;
  const Tensor &a = d.in(0), &b = d.in(1), &dc = d.dresult;
  Tensor da = ta ? product(b, tb, dc, true) : product(dc, false, b, !tb);
  Tensor db = tb ? product(dc, true, a, ta) : product(a, !ta, dc, false);
  // An operand that served every batch gets the sum over batches.
  return {sum_to(da, a.shape()), sum_to(db, b.shape())};
}

void matmul_reference(const Problem& p, std::span<const Values> in, Values& out) {
  const MatmulSizes s = matmul_sizes(p);
  for (std::int64_t i = 0; i < s.batch; ++i)
    for (std::int64_t m = 0; m < s.m; ++m)
      for (std::int64_t n = 0; n < s.n; ++n) {
        double sum = 0;
        for (std::int64_t k = 0; k < s.k; ++k) {
          const std::int64_t a = i * s.a_stride + (s.transpose_a ? k * s.m + m : m * s.k + k);
          const std::int64_t b = i * s.b_stride + (s.transpose_b ? n * s.k + k : k * s.n + n);
          sum += in[0][static_cast<std::size_t>(a)] * in[1][static_cast<std::size_t>(b)];
        }
        out[static_cast<std::size_t>((i * s.m + m) * s.n + n)] = sum;
      }
}

// The sums of A over K: with dW = dY^T X, the gradient of the bias.
bool gives_sums_of_a(const Problem& own, const Problem& other) {
  return own.attrs.as<MatmulOptions>().transpose_a && own.out().rank() == 2 &&
         own.in(0).rank() == 2 && sums_to_last_axis(other);
}

const char* matmul_fits(const Problem& p, const gpu::Caps& caps) {
  const MatmulSizes s = matmul_sizes(p);
  const std::int64_t largest =
      std::max({p.in(0).elements(), p.in(1).elements(), p.out().elements()});
  if (largest >= std::int64_t{1} << 31) return "an operand has 2^31 elements or more";
  if (s.batch > caps.max_groups[2] / 16) return "more matrices in the batch than one grid holds";
  return nullptr;
}

double matmul_flops(const Problem& p) {
  return 2.0 * static_cast<double>(p.out().elements() * matmul_sizes(p).k);
}

double matmul_terms(const Problem& p) { return static_cast<double>(matmul_sizes(p).k); }

std::vector<Sample> matmul_samples() {
  const auto sample = [](Shape a, Shape b, bool ta, bool tb, bool gradient = true) {
    return Sample{.inputs = {{.shape = a}, {.shape = b}},
                  .attrs = MatmulOptions{ta, tb},
                  .gradient = gradient};
  };
  std::vector<Sample> all{
      sample({1, 1}, {1, 1}, false, false),
      sample({3, 5}, {5, 7}, false, false),
      sample({3, 5}, {7, 5}, false, true),
      sample({5, 3}, {5, 7}, true, false),
      sample({5, 3}, {7, 5}, true, true),
      sample({2, 3, 4}, {2, 4, 8}, false, false),
      sample({2, 3, 4}, {4, 8}, false, false),
      sample({4, 3}, {2, 4, 8}, true, false),
      sample({2, 2, 3, 4}, {2, 2, 5, 4}, false, true),
      sample({16, 8}, {8, 64}, false, false, false),
      sample({17, 8}, {8, 65}, false, false, false),
      sample({15, 7}, {7, 63}, false, false, false),
      sample({127, 33}, {33, 129}, false, false, false),
      sample({128, 784}, {512, 784}, false, true, false),
      sample({128, 10}, {10, 512}, false, false, false),
      sample({128, 10}, {128, 512}, true, false, false),
      sample({37, 1001}, {1001, 29}, false, false, false),
      sample({2, 258, 130}, {2, 130, 518}, false, false, false),
      sample({2, 802, 30}, {2, 30, 1570}, false, false, false),  // packed, see TileOperand
      sample({580, 36}, {36, 68}, false, false, false),
      sample({131, 257}, {517, 131}, true, true, false),
      sample({256, 524}, {524, 512}, false, false, false),
      sample({524, 512}, {524, 1024}, true, false, false),
      sample({1, 1028}, {260, 1028}, false, true, false),  // few rows
      sample({4, 130}, {3, 130, 516}, false, false, false),
      sample({8, 67}, {9, 67}, false, true, false),
      sample({66, 8}, {66, 45}, true, false, false),
      sample({9, 64}, {64, 40}, false, false, false),
      sample({3, 70001}, {70001, 2}, false, false, false),
      sample({100000, 4}, {100000, 8}, true, false, false),
      sample({4, 100000}, {8, 100000}, false, true, false)};
  for (const DType type : {DType::f16, DType::bf16})
    for (const Sample& each :
         {sample({37, 1001}, {1001, 29}, false, false), sample({128, 784}, {512, 784}, false, true),
          sample({128, 24}, {128, 512}, true, false),
          sample({2, 258, 130}, {2, 130, 518}, false, false),
          sample({131, 257}, {517, 131}, true, true), sample({40, 8208}, {8208, 24}, false, false),
          sample({2, 264}, {40, 264}, false, true), sample({7, 70}, {70, 132}, false, false)})
      all.push_back(each.stored_as(type));
  return all;
}

}  // namespace

extern const OpDef matmul_op;
const OpDef matmul_op{.name = "matmul",
                      .shape = matmul_shape,
                      .gradient = matmul_gradient,
                      .lower = lower_matmul,
                      .choices = matmul_choices,
                      .fits = matmul_fits,
                      .reference = matmul_reference,
                      .samples = matmul_samples,
                      .flops = matmul_flops,
                      .scale = Scale::inputs,
                      .terms = matmul_terms,
                      .epilogues = Epilogues::all,
                      .half = HalfOperands::wants,
                      .narrows = [](const Problem& p) { return p.out()[-1] % 4 == 0; },
                      .gives = gives_sums_of_a};

Tensor matmul(const Operand& a, const Operand& b, MatmulOptions options) {
  const Tensor x = a.tensor();
  // One weight for many batches is one tall product.
  if (x.rank() > 2 && b.tensor().rank() == 2 && !options.transpose_a) {
    const Tensor tall = reshape({x, a.at()}, Shape{x.elements() / x.size(-1), x.size(-1)});
    const Tensor c = record(matmul_op, {{tall, a.at()}, b}, options);
    return reshape(c, x.shape().with(-1, c.size(-1)));
  }
  return record(matmul_op, {a, b}, options);
}

}  // namespace lemnos
