// SPDX-License-Identifier: Apache-2.0
// Simplification, fusion, waves and the memory plan, on graphs small enough to count by hand.
#include <doctest/doctest.h>

#include <algorithm>
#include <functional>

#include "ops/ops.h"
#include "runtime/autodiff/backward.h"
#include "runtime/exec/reference.h"
#include "runtime/graph/trace.h"
#include "runtime/passes/plan_memory.h"
#include "runtime/passes/schedule.h"
#include "runtime/passes/simplify.h"
#include "runtime/passes/units.h"

namespace lemnos {
namespace {

Graph traced(const std::function<std::vector<Tensor>(Tensor)>& body, const Shape& shape = {8, 4}) {
  Trace trace;
  const auto results = body(trace.input("x", {shape, DType::f32}));
  for (const Tensor& result : results) trace.graph().outputs.push_back(trace.resolve(result));
  return trace.graph();
}

std::size_t computed(const Graph& graph) {
  std::size_t count = 0;
  for (const Node& node : graph.nodes)
    count += node.op->kind == Kind::pointwise || node.op->kind == Kind::other;
  return count;
}

TEST_CASE("simplify: equal expressions become one node, unused ones vanish") {
  const Graph graph = traced([](Tensor x) {
    const Tensor unused = exp(x);
    return std::vector{sin(x) * sin(x)};
  });
  const Graph simple = simplify(graph);
  CHECK(computed(graph) == 4);
  CHECK(computed(simple) == 2);
}

TEST_CASE("simplify: literals fold, x + 0 and x * 1 are x, x * 0 is not touched") {
  const Graph simple = simplify(traced([](Tensor x) {
    const Tensor two = fill({}, 4) / 2.0;
    return std::vector{(x + 0.0) * 1.0 * two, x * 0.0};
  }));
  // what is left: two literals and two products
  CHECK(computed(simple) == 4);
  const Values x{-1.5, 2};
  const auto out = evaluate(
      simplify(
          traced([](Tensor t) { return std::vector{(t + 0.0) * 1.0 * (fill({}, 4) / 2.0)}; }, {2})),
      std::vector<Values>{x});
  CHECK(out[0] == Values{-3, 4});
}

TEST_CASE("simplify: a reshape of a reshape looks through, one that changes nothing vanishes") {
  const Graph simple = simplify(traced([](Tensor x) {
    return std::vector{exp(reshape(reshape(x, {32}), {8, 4}))};
  }));
  CHECK(simple.nodes.size() == 2);
}

TEST_CASE("simplify: a pack of one value that fills it is that value") {
  const auto packed = [](const Shape& shape) {
    return simplify(traced(
        [](Tensor x) {
          const Operand operand(x);
          return std::vector{exp(record(pack_op, {&operand, 1}))};
        },
        shape));
  };
  CHECK(packed({64}).nodes.size() == 2);
  const auto has_pack = [](const Graph& graph) {
    return std::ranges::any_of(graph.nodes,
                               [](const Node& node) { return node.op->kind == Kind::pack; });
  };
  CHECK_FALSE(has_pack(packed({4, 16})));
  CHECK(has_pack(packed({63})));  // a zero follows
}

std::vector<Unit> units_of(const Graph& graph, FusionOptions options = {}) {
  return make_units(simplify(graph), options);
}

TEST_CASE("units: a chain of pointwise ops is one unit that stores only its result") {
  const auto units =
      units_of(traced([](Tensor x) { return std::vector{tanh(exp(x) * 2.0 + 1.0)}; }));
  REQUIRE(units.size() == 1);
  CHECK(units[0].nodes.size() == 4);
  CHECK(units[0].inputs.size() == 1);
  CHECK(units[0].results.size() == 1);
}

TEST_CASE("units: fusing never makes a cycle through a reduction") {
  // x - mean(x): the mean needs exp(x) whole, so exp cannot wait for the subtraction
  const auto units = units_of(traced([](Tensor x) {
    const Tensor y = exp(x);
    return std::vector{y - mean(y)};
  }));
  REQUIRE(units.size() == 3);
  CHECK(units[0].results.size() == 1);
}

TEST_CASE("units: bias and activation go into the matmul, but not past a second reader") {
  Trace trace;
  const Tensor x = trace.input("x", {{8, 4}, DType::f32});
  const Tensor w = trace.input("w", {{4, 4}, DType::f32});
  const Tensor b = trace.input("b", {{4}, DType::f32});
  const Tensor y = relu(matmul(x, w) + b);
  const Tensor z = matmul(y, w);
  trace.graph().outputs = {trace.resolve(z + b), trace.resolve(exp(z))};
  const auto units = make_units(trace.graph(), {});
  REQUIRE(units.size() == 4);
  CHECK(units[0].nodes.size() == 3);
  CHECK(units[1].nodes.size() == 1);  // z is read twice
}

TEST_CASE("units: the mask of a gradient goes into the product, through a reshape as well") {
  Trace trace;
  const Tensor x = trace.input("x", {{8, 4}, DType::f32});
  const Tensor w = trace.input("w", {{4, 4}, DType::f32});
  const Tensor y = trace.input("y", {{32}, DType::f32});
  const Tensor masked = relu_grad(reshape(matmul(x, w), {32}), y);
  const Tensor z = matmul(reshape(masked, {8, 4}), w);
  trace.graph().outputs = {trace.resolve(relu_grad(z, exp(z))),
                           trace.resolve(relu_grad(x, matmul(x, w + 1.0)))};
  std::vector<std::size_t> sizes;
  for (const Unit& unit : make_units(trace.graph(), {})) sizes.push_back(unit.nodes.size());
  // z is read twice; of the last, the product is the mask and not what is masked
  CHECK(sizes == std::vector<std::size_t>{2, 1, 2, 1, 1, 1});
}

TEST_CASE("units: what a kernel gives beside its result is nothing that it reads") {
  Trace trace;
  const Tensor dy = trace.input("dy", {{4, 8}, DType::f32});
  const Tensor sums = reshape(sum(dy, {0}), {4, 2});
  trace.graph().outputs = {trace.resolve(matmul(dy, sums, {.transpose_a = true}))};
  CHECK(make_units(trace.graph(), {}).size() == 2);
}

TEST_CASE("units: a chain does not gather from a table that it computes itself") {
  Trace trace;
  const Tensor weights = trace.input("w", {{6, 8}, DType::f32});
  const Tensor rows = trace.input("rows", {{6}, DType::u32});
  const Tensor table = exp(weights);
  trace.graph().outputs = {trace.resolve(gather_rows(table, rows) + table)};
  const auto units = make_units(trace.graph(), {});
  REQUIRE(units.size() == 2);
  CHECK(units[0].nodes.size() == 1);
}

TEST_CASE("units: a kernel never costs more than it may, so that drivers can compile it") {
  const Graph graph = simplify(traced([](Tensor x) {
    for (int i = 0; i < 100; ++i) x = sin(x);
    return std::vector{x};
  }));
  std::size_t most = 0, all = 0;
  for (const Unit& unit : make_units(graph, {.max_cost = 16})) {
    most = std::max(most, unit.nodes.size());
    all += unit.nodes.size();
  }
  CHECK(most == 4);  // a sin costs 4
  CHECK(all == 100);
}

TEST_CASE("units: a kernel never has more bindings than it may") {
  const Graph graph = simplify(traced([](Tensor x) {
    Tensor sum = x;
    Trace& trace = Trace::current();
    for (int i = 0; i < 10; ++i) sum = sum + trace.input("y", {x.shape(), DType::f32}) * 2.0;
    return std::vector{sum};
  }));
  const auto units = make_units(graph, {.max_bindings = 4});
  CHECK(units.size() > 1);
  for (const Unit& unit : units) CHECK(unit.inputs.size() + unit.results.size() <= 4);
}

TEST_CASE("waves: only conflicts part dispatches, and readers do not conflict") {
  const Access read_a{0, 0, 256, false}, write_b{1, 0, 256, true}, write_c{2, 0, 256, true};
  const Access read_b{1, 0, 256, false}, write_a{0, 0, 256, true};
  const Access write_b_end{1, 256, 256, true};
  const std::vector<std::vector<Access>> dispatches{
      {read_a, write_b}, {read_a, write_c}, {read_b, write_b_end}, {write_a}};
  CHECK(schedule_waves(dispatches) == std::vector<std::uint32_t>{0, 0, 1, 1});
}

TEST_CASE("waves: a phase waits for all of the one before, but nothing of an earlier one does") {
  const auto writes = [](std::uint32_t buffer) {
    return std::vector<Access>{{buffer, 0, 256, true}};
  };
  const std::vector<std::vector<Access>> dispatches{writes(0), writes(0), writes(1), writes(2),
                                                    writes(3)};
  CHECK(schedule_waves(dispatches, std::vector<std::uint32_t>{1, 1, 2, 1, 4}) ==
        std::vector<std::uint32_t>{0, 1, 2, 0, 3});
}

TEST_CASE("memory plan: blocks that are never alive together share bytes, others never do") {
  const std::vector<Block> blocks{{1000, 0, 1}, {1000, 2, 3}, {500, 1, 2}};
  const MemoryPlan plan = plan_memory(blocks, 1 << 20, true);
  CHECK(plan.places[0].offset == plan.places[1].offset);
  CHECK(plan.total() == 1024 + 512);
  CHECK(plan.lower_bound == 1024 + 512);
  CHECK(plan_memory(blocks, 1 << 20, false).total() == 1024 + 1024 + 512);
}

TEST_CASE("memory plan: random lifetimes never overlap in memory") {
  std::vector<Block> blocks;
  std::uint32_t random = 1;
  const auto next = [&](std::uint32_t below) {
    random = random * 1664525 + 1013904223;
    return (random >> 8) % below;
  };
  for (int i = 0; i < 300; ++i) {
    const std::uint32_t first = next(40);
    blocks.push_back({1 + next(5000), first, first + next(8)});
  }
  const MemoryPlan plan = plan_memory(blocks, 1 << 16, true);
  CHECK(plan.arena_bytes.size() > 1);
  for (const std::uint64_t bytes : plan.arena_bytes) CHECK(bytes <= 1 << 16);
  for (std::size_t a = 0; a < blocks.size(); ++a)
    for (std::size_t b = 0; b < a; ++b) {
      if (blocks[a].first_wave > blocks[b].last_wave || blocks[b].first_wave > blocks[a].last_wave)
        continue;
      const auto &pa = plan.places[a], &pb = plan.places[b];
      const bool apart = pa.arena != pb.arena || pa.offset + blocks[a].bytes <= pb.offset ||
                         pb.offset + blocks[b].bytes <= pa.offset;
      CHECK(apart);
    }
}

TEST_CASE("memory plan: a block larger than any allocation is an error that says so") {
  CHECK_THROWS_WITH_AS(plan_memory(std::vector<Block>{{1 << 20, 0, 0}}, 1 << 16, true),
                       doctest::Contains("1048576 bytes"), Error);
}

}  // namespace
}  // namespace lemnos
