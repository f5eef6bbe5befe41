// SPDX-License-Identifier: Apache-2.0
#include "cli/tensors.h"

#include "data/formats/safetensors.h"
#include "nn/train/generator.h"

namespace lemnos::cli {
namespace {

// Held-out rows, or those of training where nothing is held out.
struct Rows {
  explicit Rows(data::Dataset opened)
      : dataset(std::move(opened)), held_out(dataset.test.rows() > 0) {}
  const data::Split& split() const { return held_out ? dataset.test : dataset.train; }
  std::string_view name() const { return held_out ? "test" : "train"; }

  data::Dataset dataset;
  bool held_out;
};

data::TensorFile file_of(const Run& run, const Rows& rows) {
  return {.metadata = {{"model", run.config.model},
                       {"step", fmt::format("{}", run.checkpoint->step())},
                       {"data", rows.dataset.name},
                       {"split", std::string(rows.name())}},
          .tensors = {}};
}

int wrote(const std::string& path, std::string_view what, const Shape& shape, const Rows& rows,
          bool json) {
  if (json) {
    print_json({{"file", path},
                {std::string(what), std::vector<std::int64_t>(shape.begin(), shape.end())},
                {"data", rows.dataset.name},
                {"split", rows.name()}});
  } else {
    fmt::print("{}: {} {} of the {} split of {}{}\n", path, what, shape, rows.name(),
               rows.dataset.name, rows.held_out ? "" : ", of which nothing is held out");
  }
  return 0;
}

}  // namespace

void TensorFlags::add_to(CLI::App& command) {
  command.add_option("--features", features,
                     "writes what the last layer is given for held-out data, or the mean of the "
                     "code, with the labels: a .safetensors file");
  command.add_option("--data", data, "of --features: other data than the run's");
}

void TensorFlags::verify() const {
  if (!data.empty() && asked() == 0) fail_usage("--data goes with --features");
}

int TensorFlags::run(const Run& run, const CommonFlags& common) const {
  if (!run.task->has_features()) refuse(run, "has no features");
  const Rows rows(open_inputs(run, data));
  const auto ask = [&](const Tensor& x) { return std::vector{run.task->features(x)}; };
  data::TensorFile file = file_of(run, rows);
  const data::Array& made = file.tensors["features"] = answers(rows.split().inputs, ask)[0];
  if (const data::Array& labels = rows.split().targets; !labels.empty()) {
    file.tensors["labels"] = labels.reshaped({labels.rows()});
    if (!rows.dataset.class_names.empty())
      file.metadata["classes"] = nlohmann::json(rows.dataset.class_names).dump();
  }
  data::write_safetensors(features, file);
  return wrote(features, "features", made.shape, rows, common.json);
}

}  // namespace lemnos::cli
