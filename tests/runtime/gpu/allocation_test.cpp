// SPDX-License-Identifier: Apache-2.0
// Once warm, a step takes no memory: not from the device, not from the C++ heap.
#include <doctest/doctest.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <new>
#include <utility>

#include "data/datasets/synthetic.h"
#include "nn/compile.h"
#include "nn/models/mlp.h"
#include "nn/module.h"
#include "nn/optim/adam.h"
#include "nn/train/models.h"
#include "nn/train/trainer.h"
#include "ops/ops.h"
#include "runtime/autodiff/backward.h"
#include "runtime/doctor/session.h"
#include "runtime/gpu/calls.h"
#include "tests/skip.h"

namespace {

thread_local bool counting = false;
thread_local std::uint64_t counted = 0;

void* take(std::size_t bytes, std::size_t alignment = alignof(std::max_align_t)) {
  if (counting) ++counted;
  const std::size_t rounded = (bytes + alignment - 1) / alignment * alignment;
  void* memory = std::aligned_alloc(alignment, rounded == 0 ? alignment : rounded);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

// Not inlined, or g++ 12 at -O1 takes this and an operator new that is not for different families.
[[gnu::noinline]] void give(void* memory) noexcept { std::free(memory); }

std::size_t of(std::align_val_t alignment) { return static_cast<std::size_t>(alignment); }

}  // namespace

// The program's own, for every test in it. All forms, or a sanitizer sees new and delete of
// different families.
void* operator new(std::size_t n) { return take(n); }
void* operator new[](std::size_t n) { return take(n); }
void* operator new(std::size_t n, std::align_val_t a) { return take(n, of(a)); }
void* operator new[](std::size_t n, std::align_val_t a) { return take(n, of(a)); }
void* operator new(std::size_t n, const std::nothrow_t&) noexcept { return take(n); }
void* operator new[](std::size_t n, const std::nothrow_t&) noexcept { return take(n); }
void operator delete(void* p) noexcept { give(p); }
void operator delete[](void* p) noexcept { give(p); }
void operator delete(void* p, std::size_t) noexcept { give(p); }
void operator delete[](void* p, std::size_t) noexcept { give(p); }
void operator delete(void* p, std::align_val_t) noexcept { give(p); }
void operator delete[](void* p, std::align_val_t) noexcept { give(p); }
void operator delete(void* p, std::size_t, std::align_val_t) noexcept { give(p); }
void operator delete[](void* p, std::size_t, std::align_val_t) noexcept { give(p); }
void operator delete(void* p, const std::nothrow_t&) noexcept { give(p); }
void operator delete[](void* p, const std::nothrow_t&) noexcept { give(p); }

namespace lemnos {
namespace {

// Counts this thread's allocations as long as it lives.
class Allocations {
 public:
  Allocations() {
    counted = 0;
    counting = true;
  }
  ~Allocations() { counting = false; }
  Allocations(const Allocations&) = delete;
  Allocations& operator=(const Allocations&) = delete;

  std::uint64_t stop() {
    counting = false;
    return counted;
  }
};

// A driver or validation layer written in C++ allocates by the same operator new. What it does in a
// call is its own business: the calls that a step makes do not count.
gpu::Calls real;

template <auto call, class... Arguments>
VkResult uncounted(Arguments... arguments) {
  const bool before = std::exchange(counting, false);
  const VkResult result = (real.*call)(arguments...);
  counting = before;
  return result;
}

class UncountedDriver {
 public:
  explicit UncountedDriver(gpu::Device& device) : device_(device) {
    real = device.calls();
    device.calls().vkQueueSubmit = uncounted<&gpu::Calls::vkQueueSubmit>;
    device.calls().vkWaitSemaphores = uncounted<&gpu::Calls::vkWaitSemaphores>;
    device.calls().vkGetSemaphoreCounterValue = uncounted<&gpu::Calls::vkGetSemaphoreCounterValue>;
  }
  ~UncountedDriver() { device_.calls() = real; }
  UncountedDriver(const UncountedDriver&) = delete;
  UncountedDriver& operator=(const UncountedDriver&) = delete;

 private:
  gpu::Device& device_;
};

struct Counted {
  std::uint64_t buffers, pipelines, block_bytes;
  bool operator==(const Counted&) const = default;
};

Counted now() {
  const gpu::Counters counters = device()->counters();
  return {counters.allocations, counters.pipelines_created, device()->memory_use().block_bytes};
}

// Where both are inlined, g++ sees new and free() and warns.
[[gnu::noinline]] void release(void* p) { ::operator delete(p); }

}  // namespace

TEST_CASE("allocation: what the tests below count is counted") {
  Allocations heap;
  release(::operator new(8));
  ::operator delete[](::operator new[](8, std::align_val_t{64}), std::align_val_t{64});
  CHECK(heap.stop() == 2);
  release(::operator new(8));
  CHECK(heap.stop() == 2);

  if (!test::have_device()) return;
  const Counted before = now();
  const gpu::Buffer buffer = device()->allocate(16, gpu::Memory::device, "counted");
  CHECK(now().buffers == before.buffers + 1);
}

TEST_CASE("allocation: steps 3 to 50 of a training step take no memory and make no pipeline") {
  if (!test::have_device()) return;
  nn::Mlp model({.inputs = 12, .hidden = {16}, .outputs = 4});
  optim::Adam adam(parameters(model));
  adam.clip_norm(1);
  auto step = compile([&](Tensor x, Tensor classes) {
    const Tensor loss = model.loss(model(x), classes);
    adam.step(grad(loss, parameters(model)));
    return loss;
  });
  const std::array<float, 96> x{1, 2, 3};
  const std::array<std::uint32_t, 8> classes{0, 1, 2, 3};
  const auto program = step.program(Feed(Shape{8, 12}, std::span<const float>(x)),
                                    Feed(Shape{8}, std::span<const std::uint32_t>(classes)));
  const auto feed = [&] {
    program->set_input(0, std::as_bytes(std::span(x)));
    program->set_input(1, std::as_bytes(std::span(classes)));
  };
  float first = 0, last = 0;
  feed();
  for (int i = 1; i <= 2; ++i) program->submit();
  program->read_output(0, std::as_writable_bytes(std::span(&first, 1)));

  const UncountedDriver driver(*device());
  const Counted before = now();
  Allocations heap;
  for (int i = 3; i <= 50; ++i) {
    program->submit();
    program->wait();
    program->read_output(0, std::as_writable_bytes(std::span(&last, 1)));
  }
  const std::uint64_t allocations = heap.stop();
  CHECK(allocations == 0);
  CHECK(now() == before);
  CHECK(last < first);
}

namespace {

// Counts what the thread that trains takes from when it is told of step 2 until it is of step 50.
struct LoopCounter : Observer {
  void on_step(const StepInfo& step) override {
    if (step.moment.step == 2) {
      before = now();
      heap = std::make_unique<Allocations>();
    } else if (step.moment.step == 25) {
      metrics->flush();  // which otherwise comes by the clock
    } else if (step.moment.step == 50) {
      taken = heap->stop();
      after = now();
    }
  }
  std::shared_ptr<Observer> metrics;
  std::unique_ptr<Allocations> heap;
  std::uint64_t taken = ~std::uint64_t{0};
  Counted before{}, after{};
};

}  // namespace

TEST_CASE("allocation: steps 3 to 50 of the trainer's loop take no memory, metrics file included") {
  if (!test::have_device()) return;
  const auto file = std::filesystem::temp_directory_path() / "lemnos-allocation-test.jsonl";
  for (const bool resident : {true, false}) {
    CAPTURE(resident);
    data::Dataset dataset = data::blobs(635);  // 80 batches of 8, the last one short
    const Preprocessing preprocessing = Preprocessing::fit(dataset);
    dataset = preprocessing.apply(std::move(dataset));
    const ModelKind& kind = model_kind("mlp");
    const auto task = kind.make(kind.configure(preprocessing, "", nullptr, {}), preprocessing);
    optim::Adam adam(task->parameters());
    const auto counter = std::make_shared<LoopCounter>();
    counter->metrics = jsonl_observer(file);
    TrainOptions options{.epochs = 1, .batch = 8, .clip_norm = 1};
    options.exec.resident = resident;
    const UncountedDriver driver(*device());
    Trainer(*task, {&adam}, dataset, options, {counter, counter->metrics}).run({});
    CHECK(counter->taken == 0);
    CHECK(counter->after == counter->before);
  }
  std::filesystem::remove(file);
}

TEST_CASE("allocation: a line on the console takes no memory") {
  const auto console = console_observer();
  Allocations heap;
  console->on_step({{3, 0.5, 1.25}, 9000000, 2.5, {}, 8.5});
  console->on_end({3, 0.5, 1.25});
  CHECK(heap.stop() == 0);
}

}  // namespace lemnos
