// SPDX-License-Identifier: Apache-2.0
// Every op accepts its samples, and rejects nonsense with a message that names op and line.
#include <doctest/doctest.h>

#include "runtime/base/error.h"
#include "tests/sweeps/cases.h"

namespace lemnos::test {
namespace {

// Operands that make no sense for an op that accepts `sample`, one way each.
std::vector<std::vector<TensorType>> nonsense(const Sample& sample) {
  const std::vector<TensorType> good = types_of(sample);
  std::vector<std::vector<TensorType>> all;
  for (std::size_t i = 0; i < good.size(); ++i) {
    for (const DType dtype : {DType::f32, DType::i32, DType::u8}) {
      all.push_back(good);
      all.back()[i].dtype = dtype;
      for (const Shape& shape : {Shape{}, Shape{17}, Shape{2, 3, 4, 5, 6, 7}}) {
        all.push_back(good);
        all.back()[i] = {shape, dtype};
      }
    }
  }
  std::vector<TensorType> more = good;
  more.push_back({Shape{17}, DType::u8});
  all.push_back(std::move(more));
  return all;
}

// The message of the error, or nothing where the op accepts the operands.
std::string rejection(const OpDef& op, const std::vector<TensorType>& types, Attrs attrs) {
  Trace trace;
  std::vector<Operand> operands;
  for (const TensorType& type : types) operands.push_back(Operand(trace.input("in", type)));
  try {
    record(op, operands, attrs);
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

}  // namespace

TEST_CASE("shapes: every op accepts its own samples and its graph verifies") {
  for (const Case& test_case : all_cases()) {
    CAPTURE(test_case.name);
    Trace trace;
    const std::vector<Operand> inputs = declare_inputs(trace, test_case.sample);
    CHECK_NOTHROW(record(*test_case.op, inputs, test_case.sample.attrs));
    CHECK_NOTHROW(verify(trace.graph()));
  }
}

TEST_CASE("shapes: every op rejects nonsense, naming itself and the caller's line") {
  for (const OpDef* op : all_ops()) {
    if (op->kind == Kind::leaf || !is_swept(*op)) continue;
    const std::string name(op->name);
    CAPTURE(name);
    int rejected = 0;
    for (const Sample& sample : op->samples()) {
      for (const std::vector<TensorType>& types : nonsense(sample)) {
        const std::string message = rejection(*op, types, sample.attrs);
        if (message.empty()) continue;
        ++rejected;
        CAPTURE(message);
        CHECK(message.starts_with(name + ": "));
        CHECK(message.find("\n  at shapes_test.cpp:") != std::string::npos);
      }
    }
    CHECK(rejected > 0);
  }
}

}  // namespace lemnos::test
