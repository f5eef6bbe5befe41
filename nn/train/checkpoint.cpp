// SPDX-License-Identifier: Apache-2.0
#include "nn/train/checkpoint.h"

#include <algorithm>

#include "runtime/graph/trace.h"

namespace lemnos {
namespace {

using nlohmann::json;

constexpr std::string_view format = "lemnos checkpoint 1";

data::Array array_of(const State& state) {
  data::Array array = data::Array::zeros(state.dtype, state.shape);
  state.storage->read(static_cast<std::uint64_t>(state.offset) * size_of(state.dtype), array.bytes);
  return array;
}

std::string describe(const Shape& shape, DType dtype) {
  return fmt::format("{} of {}", shape, name_of(dtype));
}

const std::string& text_of(const data::TensorFile& file, const std::string& key,
                           const std::string& path) {
  const auto found = file.metadata.find(key);
  if (found == file.metadata.end())
    fail("{} is not a checkpoint of Lemnos: its metadata lack '{}'", path, key);
  return found->second;
}

json json_of(const data::TensorFile& file, const std::string& key, const std::string& path) {
  const json value = json::parse(text_of(file, key, path), nullptr, false);
  if (value.is_discarded()) fail("{} is damaged: its metadata '{}' are not JSON", path, key);
  return value;
}

void give(const State& state, const data::Array& values) {
  state.storage->write(static_cast<std::uint64_t>(state.offset) * size_of(state.dtype),
                       values.bytes);
}

}  // namespace

std::vector<Parameter> checkpoint_states(std::span<const Parameter> parameters) {
  std::vector<Parameter> states(parameters.begin(), parameters.end());
  for (Parameter& state : states) state.name.insert(0, "model/");
  return states;
}

std::vector<Parameter> checkpoint_states(std::span<const optim::Optimizer* const> optimizers) {
  std::vector<Parameter> states;
  for (std::size_t n = 0; n < optimizers.size(); ++n)
    for (const optim::Slot& slot : optimizers[n]->state())
      states.push_back({fmt::format("optim/{}/{}{}{}", n, slot.slot,
                                    slot.parameter.empty() ? "" : "/", slot.parameter),
                        slot.state});
  return states;
}

void write_checkpoint(const std::filesystem::path& path, const CheckpointInfo& info,
                      std::span<const Parameter> states, const Storage& clock) {
  data::TensorFile file;
  file.metadata = {{"format", std::string(format)},
                   {"model", info.model},
                   {"config", info.config.dump()},
                   {"preprocessing", info.preprocessing.dump()},
                   {"seconds", json(info.seconds).dump()}};
  if (!info.best.is_null()) file.metadata["best"] = info.best.dump();
  for (const Parameter& state : states)
    file.tensors.emplace(state.name, array_of(*state.tensor.state()));
  data::Array words = data::Array::zeros(DType::u32, Shape{clock.elements()});
  clock.read(0, words.bytes);
  file.tensors.emplace("state", std::move(words));
  data::write_safetensors(path, file);
}

Checkpoint Checkpoint::read(const std::filesystem::path& path) {
  Checkpoint checkpoint;
  const std::string name = path.string();
  checkpoint.path_ = path;
  checkpoint.file_ = data::read_safetensors(path);
  const data::TensorFile& file = checkpoint.file_;
  if (const std::string& found = text_of(file, "format", name); found != format)
    fail("{} has the format '{}'; this build reads '{}'", name, found, format);
  checkpoint.info_ = {.model = text_of(file, "model", name),
                      .config = json_of(file, "config", name),
                      .preprocessing = json_of(file, "preprocessing", name)};
  const json seconds = json_of(file, "seconds", name);
  if (!seconds.is_number() || !(seconds.get<double>() >= 0))
    fail("{} is damaged: its seconds of training are {}", name, seconds.dump());
  checkpoint.info_.seconds = seconds.get<double>();
  if (file.metadata.contains("best")) checkpoint.info_.best = json_of(file, "best", name);

  const auto state = file.tensors.find("state");
  if (state == file.tensors.end()) fail("{} is damaged: the tensor 'state' is missing", name);
  if (state->second.dtype != DType::u32 || !(state->second.shape == Shape{clock_words}) ||
      (state->second.as<std::uint32_t>()[0] == 0 && state->second.as<std::uint32_t>()[1] == 0))
    fail("{} is damaged: the tensor 'state' is no clock", name);
  return checkpoint;
}

std::uint64_t Checkpoint::step() const {
  const auto words = file_.tensors.at("state").as<std::uint32_t>();
  return (std::uint64_t{words[1]} << 32 | words[0]) - 1;
}

std::vector<std::string> Checkpoint::names(std::string_view prefix) const {
  std::vector<std::string> found;
  for (const auto& [name, array] : file_.tensors)
    if (name.starts_with(prefix)) found.push_back(name);
  return found;
}

void Checkpoint::require(std::span<const Parameter> states, std::string_view prefix) const {
  std::size_t fitting = 0;
  for (const auto& [name, array] : file_.tensors) {
    if (!name.starts_with(prefix)) continue;
    const auto known = std::ranges::find(states, name, &Parameter::name);
    if (known == states.end())
      fail("{} does not fit {}: the tensor '{}' has no place in it", path_.string(), info_.model,
           name);
    const State& state = *known->tensor.state();
    if (!(array.shape == state.shape) || array.dtype != state.dtype)
      fail("{} does not fit {}: the tensor '{}' is {}, expected {}", path_.string(), info_.model,
           name, describe(array.shape, array.dtype), describe(state.shape, state.dtype));
    ++fitting;
  }
  for (const Parameter& state : states)
    if (!file_.tensors.contains(state.name))
      fail("{} does not fit {}: the tensor '{}' is missing", path_.string(), info_.model,
           state.name);
  check(fitting == states.size(), "{}: a state was named outside '{}'", path_.string(), prefix);
}

void Checkpoint::load(std::span<const Parameter> states, std::string_view prefix) const {
  require(states, prefix);
  for (const Parameter& parameter : states)
    give(*parameter.tensor.state(), file_.tensors.at(parameter.name));
}

std::vector<std::string> Checkpoint::load_matching(std::span<const Parameter> states) const {
  std::vector<std::string> missing;
  for (const Parameter& parameter : states) {
    const auto found = file_.tensors.find(parameter.name);
    const State& state = *parameter.tensor.state();
    if (found == file_.tensors.end() || !(found->second.shape == state.shape) ||
        found->second.dtype != state.dtype) {
      missing.push_back(parameter.name);
    } else {
      give(state, found->second);
    }
  }
  if (missing.size() == states.size())
    fail("{} has no tensor that fits: it is of {}", path_.string(), info_.model);
  return missing;
}

void Checkpoint::use_averages() {
  for (auto& [name, array] : file_.tensors) {
    constexpr std::string_view slot = "/average/";
    const std::size_t at = name.find(slot);
    if (!name.starts_with("optim/") || at == std::string::npos) continue;
    const auto weights = file_.tensors.find("model/" + name.substr(at + slot.size()));
    if (weights == file_.tensors.end() || !(weights->second.shape == array.shape))
      fail("{} is damaged: '{}' is the average of nothing", path_.string(), name);
    weights->second = array;
  }
}

void Checkpoint::load_clock(Storage& clock) const {
  clock.write(0, file_.tensors.at("state").bytes);
}

}  // namespace lemnos
