// SPDX-License-Identifier: Apache-2.0
#include "nn/train/checkpoint.h"

#include "nn/init.h"
#include "nn/train/batched.h"
#include "runtime/base/os.h"
#include "runtime/graph/trace.h"
#include "tests/nn/train/fixture.h"

using namespace lemnos;
using namespace lemnos::test;

namespace {

struct Trained {
  nn::Mlp model;
  optim::Adam adam;
  std::shared_ptr<Storage> clock = make_clock(5);

  explicit Trained(std::uint64_t from, std::int64_t hidden = 3)
      : model((seed(from), small_mlp(hidden))), adam(named_parameters(model)) {
    float value = static_cast<float>(from);  // moments that are not zero
    for (const optim::Slot& slot : adam.state()) {
      std::vector<float> values = slot.state.state()->values();
      for (float& each : values) each = value += 0.37f;
      slot.state.state()->set_values(values);
    }
  }
  std::vector<Parameter> weights() const {
    return checkpoint_states(std::span<const Parameter>(named_parameters(model)));
  }
  std::vector<Parameter> moments() const {
    const optim::Optimizer* const optimizers[] = {&adam};
    return checkpoint_states(optimizers);
  }
  std::vector<Parameter> states() const {
    std::vector<Parameter> all = weights();
    for (Parameter& each : moments()) all.push_back(std::move(each));
    return all;
  }
  std::vector<std::vector<float>> values() const {
    std::vector<std::vector<float>> all;
    for (const Parameter& each : states()) all.push_back(each.tensor.state()->values());
    return all;
  }
  void write(const std::filesystem::path& path) const {
    write_checkpoint(path,
                     {.model = "mlp",
                      .config = {{"hidden", {3}}},
                      .preprocessing = {{"task", "classes"}},
                      .seconds = 1.0 / 3},
                     states(), *clock);
  }
};

void edit(const std::filesystem::path& path, const std::function<void(data::TensorFile&)>& change) {
  data::TensorFile file = data::read_safetensors(path);
  change(file);
  data::write_safetensors(path, file);
}

}  // namespace

TEST_CASE("checkpoint: what is written is read back bit for bit, moments and clock included") {
  const TemporaryFolder folder;
  const auto path = folder / "checkpoint.safetensors";
  Trained written(1);
  set_clock_step(*written.clock, (std::uint64_t{3} << 32) + 8);
  written.write(path);

  Trained loaded(2);
  REQUIRE(loaded.values() != written.values());
  const Checkpoint checkpoint = Checkpoint::read(path);
  checkpoint.load(loaded.weights(), "model/");
  checkpoint.load(loaded.moments(), "optim/");
  checkpoint.load_clock(*loaded.clock);

  CHECK(loaded.values() == written.values());
  CHECK(clock_step(*loaded.clock) == (std::uint64_t{3} << 32) + 8);
  CHECK(checkpoint.step() == (std::uint64_t{3} << 32) + 7);
  CHECK(checkpoint.info().model == "mlp");
  CHECK(checkpoint.info().config.dump() == R"({"hidden":[3]})");
  CHECK(checkpoint.info().preprocessing.dump() == R"({"task":"classes"})");
  CHECK(checkpoint.info().seconds == 1.0 / 3);
}

TEST_CASE("checkpoint: tensors have the documented names") {
  const TemporaryFolder folder;
  Trained(1).write(folder / "c.safetensors");
  const data::TensorFile file = data::read_safetensors(folder / "c.safetensors");
  for (const char* name :
       {"model/layers.0.weight", "model/layers.1.bias", "optim/0/m/layers.0.weight",
        "optim/0/v/layers.1.bias", "optim/0/learning_rate", "optim/0/updates", "state"})
    CHECK_MESSAGE(file.tensors.contains(name), name);
  CHECK(file.tensors.size() == 4 + 2 * 4 + 2 + 1);
}

TEST_CASE("checkpoint: a truncated file is an error that names it") {
  const TemporaryFolder folder;
  const auto path = folder / "checkpoint.safetensors";
  Trained(1).write(path);
  const std::vector<std::byte> whole = os::read_file(path);
  for (const std::size_t length :
       {std::size_t{0}, std::size_t{7}, std::size_t{100}, whole.size() / 2, whole.size() - 1}) {
    os::write_file(path, std::span(whole).first(length));
    CHECK(says(error_text([&] { Checkpoint::read(path); }), path.string()));
  }
}

TEST_CASE("checkpoint: a missing tensor, one too many and one of another shape are named") {
  const TemporaryFolder folder;
  const auto path = folder / "checkpoint.safetensors";
  Trained model(1);
  const auto error_after = [&](const std::function<void(data::TensorFile&)>& change) {
    model.write(path);
    edit(path, change);
    return error_text([&] {
      const Checkpoint checkpoint = Checkpoint::read(path);
      checkpoint.load(model.weights(), "model/");
      checkpoint.load(model.moments(), "optim/");
    });
  };
  CHECK(error_after([](auto&) {}).empty());
  CHECK(says(error_after([](auto& f) { f.tensors.erase("model/layers.1.weight"); }),
             "'model/layers.1.weight' is missing"));
  CHECK(says(error_after([](auto& f) { f.tensors.erase("optim/0/v/layers.0.bias"); }),
             "'optim/0/v/layers.0.bias' is missing"));
  CHECK(says(error_after([](auto& f) { f.tensors.erase("state"); }), "'state' is missing"));
  CHECK(says(error_after([](auto& f) {
               f.tensors["model/extra"] = data::Array::of<float>(Shape{1}, {1.0f});
             }),
             "'model/extra' has no place"));
  CHECK(says(error_after([](auto& f) {
               f.tensors["model/layers.0.bias"] = data::Array::zeros(DType::f32, Shape{4});
             }),
             "'model/layers.0.bias' is [4] of f32, expected [3] of f32"));
  CHECK(says(error_after([](auto& f) {
               f.tensors["model/layers.0.bias"] = data::Array::zeros(DType::u32, Shape{3});
             }),
             "is [3] of u32"));
  CHECK(says(error_after([](auto& f) {
               f.tensors["state"] = data::Array::zeros(DType::u32, Shape{clock_words});
             }),
             "is no clock"));
}

TEST_CASE("checkpoint: one that does not fit changes nothing") {
  const TemporaryFolder folder;
  const auto path = folder / "checkpoint.safetensors";
  Trained(1, 4).write(path);
  Trained other(2, 3);
  const auto before = other.values();
  CHECK(!error_text([&] { Checkpoint::read(path).load(other.weights(), "model/"); }).empty());
  CHECK(other.values() == before);
}

TEST_CASE("checkpoint: another safetensors file, and damaged metadata, are told apart") {
  const TemporaryFolder folder;
  const auto path = folder / "checkpoint.safetensors";
  data::write_safetensors(path, {.tensors = {{"a", data::Array::of<float>(Shape{1}, {1.0f})}}});
  CHECK(says(error_text([&] { Checkpoint::read(path); }), "is not a checkpoint of Lemnos"));

  const auto error_with = [&](const char* key, const char* value) {
    Trained(1).write(path);
    edit(path, [&](auto& file) { file.metadata[key] = value; });
    return error_text([&] { Checkpoint::read(path); });
  };
  CHECK(says(error_with("format", "lemnos checkpoint 9"), "lemnos checkpoint 9"));
  CHECK(says(error_with("config", "{"), "'config' are not JSON"));
  CHECK(says(error_with("seconds", "-1"), "seconds of training are -1"));
  CHECK(says(error_with("seconds", "null"), "seconds of training are null"));
}
