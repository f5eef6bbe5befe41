// SPDX-License-Identifier: Apache-2.0
#include "ops/matmul/matmul.h"

#include <algorithm>

#include "ops/matmul/split.h"
#include "ops/reduce/axes.h"
#include "ops/shape/shape.h"
#include "runtime/graph/trace.h"
#include "shaders/kernels.h"
#include "shaders/matmul/pack_params.h"
#include "shaders/matmul/params.h"

namespace lemnos {
namespace {

// The sizes of one product: batches of [M, K] x [K, N]. An operand without batches has stride 0.
struct Sizes {
  std::int64_t batch, m, n, k;
  std::int64_t a_stride, b_stride;
  bool transpose_a, transpose_b;
};

Sizes sizes_of(const Problem& p) {
  const auto attrs = p.attrs.as<MatmulOptions>();
  const Shape &a = p.in(0), &b = p.in(1);
  Sizes s{.batch = 1,
          .m = a[attrs.transpose_a ? -1 : -2],
          .n = b[attrs.transpose_b ? -2 : -1],
          .k = a[attrs.transpose_a ? -2 : -1],
          .a_stride = a.rank() > 2 ? a[-1] * a[-2] : 0,
          .b_stride = b.rank() > 2 ? b[-1] * b[-2] : 0,
          .transpose_a = attrs.transpose_a,
          .transpose_b = attrs.transpose_b};
  const Shape& batches = a.rank() > 2 ? a : b;
  s.batch = batches.elements() / (batches[-1] * batches[-2]);
  return s;
}

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
  const Sizes s = sizes_of(p);
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

// ---- lowering ----------------------------------------------------------------------------------

std::uint32_t narrow(std::int64_t value) { return static_cast<std::uint32_t>(value); }

struct Tile {
  const gpu::Shader* shader;
  std::vector<std::uint32_t> specialization;  // with bias and activation still to be set
  std::size_t bias_constant;  // which one says that there is a bias; then ACTIVATION
  std::int64_t rows, columns, depth;
  bool a_scalars = false, b_scalars = false, extra_scalars = false;  // texel views of floats
  bool a_packed = false, b_packed = false;                           // by pack.comp
};

std::int64_t blocks(std::int64_t size, std::int64_t block) { return (size + block - 1) / block; }

// An operand of a register tile: `lines` rows of A or columns of B, of which a tile has `block`.
struct TileOperand {
  std::int64_t lines, block, depth, batch;
  bool whole;         // memory has no vector across two rows
  bool across;        // neighbours in memory are lines, not k's
  std::int64_t uses;  // how often it is read

  std::int64_t packed_elements() const {
    return batch * blocks(lines, block) * block * blocks(depth, 8) * 8;
  }
  // Whether a copy in the order of tiles is worth its time: it is read by scalars else, often
  // enough for a dispatch more, or across long rows of which fewer stay in a core's cache than a
  // tile needs.
  bool packed(const gpu::Caps& caps) const {
    constexpr std::int64_t cached = 1 << 18, many_loads = 1 << 18;
    const bool pays = whole ? across && uses >= 16 && lines * depth > cached
                            : uses >= 4 && uses * lines * depth >= many_loads;
    return pays && block % 4 == 0 && blocks(lines, block) <= caps.max_groups[0] &&
           static_cast<std::uint64_t>(packed_elements()) * 4 <= caps.max_storage_buffer_range;
  }
  std::int64_t texels(const gpu::Caps& caps) const {
    const std::int64_t own = batch * lines * depth / (whole ? 4 : 1);
    return packed(caps) ? std::max(own, packed_elements() / 4) : own;
  }
};

// The recipe for CPU drivers; see common/tile.glsl.
Tile register_tile(const Sizes& s, bool masked, bool narrow, const gpu::Caps& caps) {
  const std::uint32_t lanes = caps.subgroup_size;
  const std::uint32_t wanted = s.n <= lanes ? 1 : s.n <= 2 * lanes ? 2 : s.n <= 4 * lanes ? 4 : 8;
  const std::uint32_t columns = narrow ? std::max(wanted, 4u) : wanted;  // stored four at a time
  const bool gathers = caps.texel_loads_preferred;
  const std::uint32_t rows = gathers ? std::max(16u, lanes) : 32, depth = gathers ? 8 : 4;
  const std::int64_t panel = static_cast<std::int64_t>(lanes) * columns;
  const TileOperand a{.lines = s.m,
                      .block = rows,
                      .depth = s.k,
                      .batch = s.a_stride ? s.batch : 1,
                      .whole = (s.transpose_a ? s.m : s.k) % 4 == 0,
                      .across = s.transpose_a,
                      .uses = blocks(s.n, panel)};
  const TileOperand b{.lines = s.n,
                      .block = panel,
                      .depth = s.k,
                      .batch = s.b_stride ? s.batch : 1,
                      .whole = s.transpose_b ? s.k % 4 == 0 : s.n % 4 == 0 && columns % 4 == 0,
                      .across = !s.transpose_b || !gathers,
                      .uses = blocks(s.m, rows)};
  const bool a_packed = a.packed(caps), b_packed = columns % 4 == 0 && b.packed(caps);
  const bool a_vectors = a_packed || a.whole, b_vectors = b_packed || b.whole;
  const bool d_vectors = s.n % 4 == 0 && columns % 4 == 0;
  const bool extra_vectors = masked && d_vectors;
  const std::int64_t extra = masked ? s.batch * s.m * s.n / (d_vectors ? 4 : 1) : s.n;
  const bool texel = caps.texel_loads_preferred &&
                     std::max({a.texels(caps), b.texels(caps), extra}) <= caps.max_texel_elements;
  const auto kernel = texel ? Kernel::matmul_registers_texel : Kernel::matmul_registers;
  const bool tail = s.k % depth != 0 && !(a_packed && b_packed);
  return {.shader = &shader(kernel),
          .specialization = {lanes, rows, columns,
                             // on Mesa shuffles become loops at 16 lanes, broadcasts at 8
                             lanes == 16 ? 1u : 0u, 0, 0, depth, s.transpose_a && !a_packed,
                             s.transpose_b && !b_packed, a_vectors, b_vectors, d_vectors, tail,
                             a_packed, b_packed},
          .bias_constant = 4,
          .rows = rows,
          .columns = panel,
          .depth = depth,
          .a_scalars = texel && !a_vectors,
          .b_scalars = texel && !b_vectors,
          .extra_scalars = texel && !extra_vectors,
          .a_packed = a_packed,
          .b_packed = b_packed};
}

Tile shared_tile(const Sizes& s, const gpu::Caps& caps) {
  const std::uint32_t lanes = caps.max_group_invocations >= 256 ? 256 : 128;
  const std::uint32_t rows = 4, columns = 4;
  return {
      .shader = &shader(Kernel::matmul_tile),
      .specialization = {lanes, rows, columns, 0, 0, s.transpose_a, s.transpose_b, s.n % 4 == 0},
      .bias_constant = 3,
      .rows = 16 * rows,
      .columns = lanes / 16 * columns,
      .depth = 16};
}

Tile tile_for(const Sizes& s, bool masked, bool narrow, const gpu::Caps& caps) {
  const bool registers = caps.register_tiling_preferred && caps.subgroup_shuffle &&
                         caps.subgroup_ballot && caps.subgroup_size >= 4 &&
                         caps.subgroup_size <= 16;
  return registers ? register_tile(s, masked, narrow, caps) : shared_tile(s, caps);
}

// The dispatch that makes it: of A by rows, of B by columns.
Dispatch pack(const Sizes& s, const Tile& tile, bool b, std::uint32_t to, const gpu::Caps& caps) {
  const std::int64_t lines = b ? s.n : s.m, stored = b ? s.n : s.m;
  const bool along_lines = b ? !s.transpose_b : s.transpose_a;  // neighbours are of one k
  const bool vectors = b == along_lines && (along_lines ? lines : s.k) % 4 == 0;
  const std::int64_t width = b ? tile.columns / 4 : tile.rows;
  const std::int64_t steps = blocks(s.k, tile.depth) * tile.depth / (b ? 1 : 4), turns = 64;
  const bool texel = tile.shader == &shader(Kernel::matmul_registers_texel);
  const std::int64_t stride = b ? s.b_stride : s.a_stride;
  Dispatch dispatch{
      .shader = &shader(texel ? Kernel::matmul_pack_texel : Kernel::matmul_pack),
      .specialization = {caps.subgroup_size, static_cast<std::uint32_t>(width), b, vectors},
      .bindings = {input(b ? 1 : 0), scratch(to)},
      .push = kernels::MatmulPackParams{.lines = narrow(lines),
                                        .depth = narrow(s.k),
                                        .line_stride = narrow(along_lines ? 1 : s.k),
                                        .k_stride = narrow(along_lines ? stored : 1),
                                        .batch_stride = narrow(stride),
                                        .steps = narrow(steps),
                                        .turns = narrow(turns)},
      .groups = {narrow(blocks(lines, b ? tile.columns : tile.rows)), narrow(blocks(steps, turns)),
                 narrow(stride == 0 ? 1 : s.batch)},
      .loop_turns = static_cast<std::uint64_t>(turns * (blocks(width, caps.subgroup_size) + 2))};
  dispatch.bindings[0].scalars = texel && !vectors;
  return dispatch;
}

Lowering matmul_lower(const Problem& p, const gpu::Caps& caps) {
  const Sizes s = sizes_of(p);
  Tile tile = tile_for(s, p.activation == Activation::mask, is_half(p.result.dtype), caps);
  const std::int64_t row_blocks = blocks(s.m, tile.rows), panels = blocks(s.n, tile.columns);
  const std::int64_t turns = blocks(s.k, tile.depth);
  std::int64_t splits = splits_for(turns, row_blocks * panels * s.batch, 64, caps);
  if (p.companion) splits = splits_with_sums(splits, s.k, caps);
  const std::int64_t split_depth = blocks(turns, splits) * tile.depth;
  splits = blocks(s.k, split_depth);

  const bool whole = splits == 1;
  tile.specialization[tile.bias_constant] = whole && p.bias;
  if (whole) tile.specialization[tile.bias_constant + 1] = static_cast<std::uint32_t>(p.activation);
  tile.specialization.push_back(p.companion);  // GIVES_SUMS
  const SplitSum parts{.count = s.batch * s.m * s.n,
                       .sums = p.companion ? s.m : 0,
                       .splits = splits,
                       .columns = s.n,
                       .extra_input = 2};

  Lowering lowering;
  if (!whole) lowering.scratch_bytes = {static_cast<std::uint64_t>(parts.stride() * splits) * 4};
  const std::int64_t packed_depth = turns * tile.depth;
  const auto operand = [&](bool b, bool packed, std::int64_t stride, std::int64_t lines) {
    if (!packed) return std::pair(input(b ? 1 : 0), stride);
    const auto to = static_cast<std::uint32_t>(lowering.scratch_bytes.size());
    const std::int64_t elements = lines * packed_depth;
    lowering.scratch_bytes.push_back(
        static_cast<std::uint64_t>(elements * (stride == 0 ? 1 : s.batch)) * 4);
    lowering.dispatches.push_back(pack(s, tile, b, to, caps));
    return std::pair(scratch(to), stride == 0 ? 0 : elements);
  };
  const auto [a, a_stride] = operand(false, tile.a_packed, s.a_stride, row_blocks * tile.rows);
  const auto [b, b_stride] = operand(true, tile.b_packed, s.b_stride, panels * tile.columns);
  // More rows than one grid holds take several dispatches.
  const std::int64_t most = caps.max_groups[0];
  for (std::int64_t first = 0; first < row_blocks; first += most) {
    Dispatch dispatch{.shader = tile.shader, .specialization = tile.specialization};
    dispatch.bindings = {a, b, whole && p.has_extra() ? input(2) : a, whole ? result() : scratch(0),
                         whole ? result(p.companion ? 1 : 0) : scratch(0)};
    dispatch.bindings[0].scalars = tile.a_scalars;
    dispatch.bindings[1].scalars = tile.b_scalars;
    dispatch.bindings[2].scalars = whole && p.has_extra() ? tile.extra_scalars : tile.a_scalars;
    dispatch.push =
        kernels::MatmulParams{.rows = narrow(s.m),
                              .columns = narrow(s.n),
                              .depth = narrow(tile.a_packed && tile.b_packed ? packed_depth : s.k),
                              .splits = narrow(splits),
                              .split_depth = narrow(split_depth),
                              .a_batch_stride = narrow(a_stride),
                              .b_batch_stride = narrow(b_stride),
                              .d_batch_stride = narrow(s.m * s.n),
                              .d_split_stride = narrow(parts.stride()),
                              .sums_offset = narrow(whole ? 0 : parts.count),
                              .first_row = narrow(first * tile.rows),
                              .packed_depth = narrow(packed_depth)};
    dispatch.groups = {narrow(std::min(row_blocks - first, most)), narrow(panels + p.companion),
                       narrow(s.batch * splits)};
    dispatch.loop_turns = static_cast<std::uint64_t>(split_depth / tile.depth);
    if (p.companion)
      dispatch.loop_turns = std::max(dispatch.loop_turns, turns_of_sums(split_depth));
    lowering.dispatches.push_back(std::move(dispatch));
  }
  if (!whole) lowering.dispatches.push_back(sum_splits(parts, p, caps));
  return lowering;
}

// The sums of A over K: with dW = dY^T X, the gradient of the bias.
bool gives_sums_of_a(const Problem& own, const Problem& other) {
  return own.attrs.as<MatmulOptions>().transpose_a && own.out().rank() == 2 &&
         own.in(0).rank() == 2 && sums_to_last_axis(other);
}

const char* matmul_fits(const Problem& p, const gpu::Caps& caps) {
  const Sizes s = sizes_of(p);
  const std::int64_t largest =
      std::max({p.in(0).elements(), p.in(1).elements(), p.out().elements()});
  if (largest >= std::int64_t{1} << 31) return "an operand has 2^31 elements or more";
  if (s.batch > caps.max_groups[2] / 16) return "more matrices in the batch than one grid holds";
  return nullptr;
}

double matmul_flops(const Problem& p) {
  return 2.0 * static_cast<double>(p.out().elements() * sizes_of(p).k);
}

double matmul_terms(const Problem& p) { return static_cast<double>(sizes_of(p).k); }

std::vector<Sample> matmul_samples() {
  const auto sample = [](Shape a, Shape b, bool ta, bool tb, bool gradient = true) {
    return Sample{.inputs = {{.shape = a}, {.shape = b}},
                  .attrs = MatmulOptions{ta, tb},
                  .gradient = gradient};
  };
  return {sample({1, 1}, {1, 1}, false, false),
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
          sample({2, 258, 130}, {2, 130, 518}, false, false, false),  // packed, see TileOperand
          sample({131, 257}, {517, 131}, true, true, false),
          sample({256, 524}, {524, 512}, false, false, false),
          sample({524, 512}, {524, 1024}, true, false, false),
          sample({3, 70001}, {70001, 2}, false, false, false),
          sample({100000, 4}, {100000, 8}, true, false, false),
          sample({4, 100000}, {8, 100000}, false, true, false)};
}

}  // namespace

extern const OpDef matmul_op;
const OpDef matmul_op{.name = "matmul",
                      .shape = matmul_shape,
                      .gradient = matmul_gradient,
                      .lower = matmul_lower,
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
