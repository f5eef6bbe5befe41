// SPDX-License-Identifier: Apache-2.0
#include "nn/train/run.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <sstream>

#include "data/datasets/split.h"
#include "data/formats/image.h"
#include "nn/init.h"
#include "nn/layers/linear.h"
#include "nn/optim/make.h"
#include "runtime/base/log.h"
#include "runtime/base/os.h"
#include "runtime/doctor/session.h"
#include "runtime/exec/choices.h"
#include "runtime/exec/device_file.h"
#include "runtime/exec/tuner.h"

namespace lemnos {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t image_epochs = 5, image_batch = 128;
// Tables are small: an epoch is a few steps, and epochs are counted by what there is to learn.
constexpr std::int64_t table_steps = 2000, small_batch = 32;

// Models of tokens read texts; others do so as tables of word weights.
bool reads_texts(const RunConfig& config) {
  return !model_kind(config.model).texts.empty() || config.text.tfidf();
}

bool is_table(const data::Dataset& dataset) {
  const data::Array& inputs = dataset.train.inputs;
  return !inputs.empty() && inputs.dtype == DType::f32;
}

// task: what texts are wanted for.
data::Dataset open_as(const RunConfig& config, data::Task task) {
  const std::uint64_t seed = config.seed_of_data();
  const data::TableOptions table{
      .target = config.target, .seed = seed, .missing = config.features.missing};
  data::ImageOptions images{.seed = seed};
  if (!config.size.empty()) images.size = data::parse_size(config.size);
  data::Dataset dataset = reads_texts(config)
                              ? data::open_text(config.data, task,
                                                {.any_bytes = config.text.tokens == "bytes",
                                                 .text = config.text_column,
                                                 .target = config.target,
                                                 .seed = seed})
                              : data::open_dataset(config.data, table, images);
  if (config.folds) data::hold_out_fold(dataset, *config.folds, config.fold.value(), seed);
  return dataset;
}

// With another data set: what it holds out is its own matter, and columns are those of the run's
// own table, and of others like it.
void change_data(RunConfig& config, const std::string& data) {
  if (data.empty()) return;
  config.data = data;
  config.folds = config.fold = {};
  if (!data::has_columns(data)) config.target = config.text_column = "";
  if (!data::is_image_folder(data)) config.size = "";
}

// What the model learns from.
data::Dataset open_data(const RunConfig& config, std::span<const Setting> settings = {}) {
  const ModelKind& kind = model_kind(config.model);
  if (!kind.texts.empty() && config.text.tfidf())
    fail_usage("--features tfidf makes a table; {} takes tokens", config.model);
  if (!reads_texts(config) && (config.text.chosen() || !config.text_column.empty()))
    fail_usage(
        "--text, --tokens, --vocabulary, --length and --stop-words are for texts; {} reads none",
        config.model);
  const auto task =
      kind.texts.empty() ? data::Task::classes : text_task(kind, config.config, settings);
  if (task == data::Task::next_token && !config.target.empty())
    fail_usage("--target {}: {} learns from the texts alone", config.target, config.model);
  data::Dataset dataset = open_as(config, task);
  if (!config.size.empty() && !data::is_image_folder(config.data))
    fail_usage("--size {}: {} is no folder of images", config.size, config.data);
  if (!(config.features == data::FeatureSettings{}) && !is_table(dataset))
    fail_usage("--missing, --outliers, --outlier-rule and --scaling are for tables; {} is none",
               config.data);
  if (kind.targets && dataset.task == data::Task::none)
    fail_usage("{} learns from labels, and {} has none; of images, folders of classes are labels",
               config.model, config.data);
  for (const auto& [flag, column] :
       {std::pair("--text", config.text_column), std::pair("--target", config.target)})
    if (!column.empty() && !data::has_columns(config.data))
      fail_usage("{} {}: {} has no columns; a .csv or .tsv file has", flag, column, config.data);
  if (config.examples_per_class > 0)
    data::keep_per_class(dataset, config.examples_per_class, config.seed_of_data());
  return kind.targets ? dataset : without_targets(std::move(dataset));
}

void choose_defaults(RunConfig& config, const data::Dataset& dataset) {
  const bool images = dataset.train.inputs.dtype == DType::u8;
  const Usual& usual = model_kind(config.model).usual;
  if (!config.batch)
    config.batch = std::min(usual.batch > 0 ? usual.batch
                            : images        ? image_batch
                                            : small_batch,
                            dataset.train.rows());
  if (config.optimizer == "adam") {
    if (!config.lr) config.lr = usual.optimizer.lr;
    if (!config.beta1) config.beta1 = usual.optimizer.beta1;
  }
  const std::int64_t rows = *config.batch * config.technique.accumulate;
  const std::int64_t steps = (dataset.train.rows() + rows - 1) / rows;
  if (!config.epochs)
    config.epochs = images ? image_epochs : std::max(image_epochs, table_steps / steps);
  config.planned_steps =
      config.steps > 0 ? config.steps : static_cast<std::uint64_t>(*config.epochs * steps);
}

std::unique_ptr<Task> made_task(const RunConfig& config, const nlohmann::json& model,
                                const Preprocessing& preprocessing) {
  auto task = model_kind(config.model).make(model, preprocessing);
  task->smooth_labels(config.technique.label_smoothing);
  config.technique.augmentation().verify(preprocessing);
  if (config.technique.mixup > 0 && preprocessing.dtype == DType::i32)
    fail_usage("--mixup blends images or numbers; {} reads tokens", config.model);
  task->mix_up(config.technique.mixup);
  return task;
}

std::optional<optim::WeightDecay> weight_decay_of(const RunConfig& config) {
  if (!config.weight_decay) return std::nullopt;
  if (config.technique.decay == "all") return *config.weight_decay;
  return optim::WeightDecay::of_matrices(*config.weight_decay);
}

// All parameters but the frozen ones. With LoRA only what it adds is trained, and the head.
std::vector<Parameter> trained_of(const Task& task, const RunConfig& config) {
  std::vector<Parameter> trained = optim::Parameters(task.parameters()).list;
  const bool lora =
      std::ranges::any_of(trained, [](const Parameter& p) { return nn::is_lora(p.name); });
  if (lora && config.init.empty())
    fail_usage("--lora-rank changes weights that were trained before: it needs --init RUN");
  if (lora)
    std::erase_if(trained, [](const Parameter& p) {
      return !nn::is_lora(p.name) && !p.name.starts_with("head.");
    });
  std::istringstream parts(config.freeze);
  for (std::string part; std::getline(parts, part, ',');) {
    const auto frozen = [&](const Parameter& p) {
      return p.name == part || p.name.starts_with(part + ".");
    };
    if (std::erase_if(trained, frozen) == 0)
      fail_usage("--freeze: no parameter that is left begins with '{}'; the first is {}", part,
                 task.parameters().front().name);
  }
  if (trained.empty()) fail_usage("--freeze {}: nothing is left to train", config.freeze);
  return trained;
}

void load_init(const Checkpoint& from, const Task& task) {
  const std::vector<Parameter> states = checkpoint_states(task.parameters());
  const auto fresh = from.load_matching(states);
  for (const std::string& name : from.names("model/"))
    if (nn::is_lora(name) && (std::ranges::find(states, name, &Parameter::name) == states.end() ||
                              std::ranges::find(fresh, name) != fresh.end()))
      fail_usage(
          "--init {}: its low-rank changes would be lost, as this model has no place for them; "
          "lemnos run --merge makes them part of the weights",
          from.path().parent_path().string());
  log::info("{}: {} of {} tensors taken; new ones: {}", from.path().string(),
            states.size() - fresh.size(), states.size(), fmt::join(fresh, ", "));
}

DType precision_of(const std::string& name) {
  return name == "f16" ? DType::f16 : name == "bf16" ? DType::bf16 : DType::f32;
}

// With the kernels that tuning chose, for a run that is resumed: see reuse_choices(). They are not
// settled, and then left out, while the run itself still looks for them.
nlohmann::ordered_json device_json(Tune tune, bool settled) {
  const gpu::Caps& caps = device()->caps();
  nlohmann::ordered_json json{{"name", caps.name},
                              {"uuid", caps.uuid},
                              {"type", gpu::name_of(caps.type)},
                              {"driver", caps.driver},
                              {"driver_version", caps.driver_version},
                              {"vulkan", gpu::api_version_text(caps)}};
  if (!settled) return json;
  json["build"] = build_checksum();
  json["choices"] = nlohmann::ordered_json::object();
  if (tune == Tune::off) return json;
  for (const auto& [problem, choice] : choices_of(caps).all()) json["choices"][problem] = choice;
  return json;
}

// The sums of a resumed run are added up as before, whatever was tuned meanwhile.
void reuse_choices(const std::filesystem::path& file) try {
  std::error_code error;
  if (!std::filesystem::exists(file, error)) return;
  const nlohmann::json stored = read_json(file);
  if (!stored.contains("choices") || stored.value("uuid", "") != device()->caps().uuid) return;
  if (stored.value("build", "") != build_checksum())
    return log::info(
        "the run's kernels were chosen by another build of Lemnos; results may differ "
        "in the last bits");
  Choices before;
  for (const auto& [problem, choice] : stored["choices"].items())
    before.set(problem, choice.get<std::uint32_t>());
  choices_of(device()->caps()) = before;
} catch (const nlohmann::json::exception& damage) {
  log::warn("{} is damaged, kernels are as in a new run: {}", file.string(), damage.what());
}

}  // namespace

Run new_run(RunConfig config, std::string_view preset, std::span<const Setting> settings) {
  const ModelKind& kind = model_kind(config.model);
  config.verify();
  if (config.data.empty()) config.data = kind.data;
  Run run{.dataset = open_data(config, settings)};
  // A run can be resumed from another folder than it was started in.
  if (!run.dataset.path.empty()) config.data = run.dataset.path;
  if (!config.text.stop_words.empty())
    config.text.stop_words = fs::absolute(config.text.stop_words).string();
  std::optional<Checkpoint> init;
  std::optional<TextEncoding> encoding;
  if (!config.init.empty()) {
    init = Checkpoint::read(RunFolder::open(config.init).checkpoint());
    init->use_averages();
    encoding = Preprocessing::from_json(init->info().preprocessing).text;
    if (encoding && config.text.chosen())
      fail_usage(
          "--init {}: its tokens, vocabulary and length go with its weights; "
          "nothing else can be said of the texts",
          config.init);
    config.init = fs::absolute(config.init).lexically_normal().string();
  }
  run.preprocessing =
      Preprocessing::fit(run.dataset, config.text, std::move(encoding), config.features);
  run.dataset = run.preprocessing.apply(std::move(run.dataset));
  config.config = kind.configure(run.preprocessing, preset, config.config, settings);
  choose_defaults(config, run.dataset);
  seed(config.seed);
  run.task = made_task(config, config.config, run.preprocessing);
  if (init) load_init(*init, *run.task);
  run.trained = trained_of(*run.task, config);
  run.config = std::move(config);
  return run;
}

Run open_run(const RunFolder& folder, WithData with_data, const std::string& data,
             Weights weights) {
  RunConfig config = RunConfig::from_json(read_json(folder.config()), folder.config().string());
  Run run;
  run.checkpoint = Checkpoint::read(folder.checkpoint());
  if (weights == Weights::averaged) run.checkpoint->use_averages();
  const CheckpointInfo& info = run.checkpoint->info();
  if (info.model != config.model)
    fail("{} is of another model: {}, but {} says {}", folder.checkpoint().string(), info.model,
         folder.config().string(), config.model);
  run.preprocessing = Preprocessing::from_json(info.preprocessing);
  if (with_data == WithData::yes) {
    change_data(config, data);
    run.dataset = run.preprocessing.apply(open_data(config));
  }
  seed(config.seed);
  run.task = made_task(config, info.config, run.preprocessing);
  run.checkpoint->load(checkpoint_states(run.task->parameters()), "model/");
  run.trained = trained_of(*run.task, config);
  run.config = std::move(config);
  return run;
}

RunFolder merge_lora(const Run& run, const fs::path& folder) {
  const auto& checkpoint = run.checkpoint.value();
  const std::vector<Parameter> weights = nn::merge_lora(run.task->parameters());
  if (weights.size() == run.task->parameters().size())
    fail_usage("{}: there is nothing to merge: it was trained without --lora-rank",
               checkpoint.path().parent_path().string());
  RunConfig config = run.config;
  config.config = checkpoint.info().config;
  config.config["lora_rank"] = 0;
  config.init = config.freeze = "";
  const auto clock = make_clock(config.seed);
  checkpoint.load_clock(*clock);
  RunFolder merged = RunFolder::create(folder, config.model);
  CheckpointInfo info = checkpoint.info();
  info.config = config.config;
  write_checkpoint(merged.checkpoint(), info, checkpoint_states(weights), *clock);
  write_json(merged.config(), config.to_json());
  return merged;
}

data::Dataset open_unprocessed(const Run& run, const std::string& data) {
  RunConfig config = run.config;
  change_data(config, data);
  return open_data(config);
}

data::Dataset open_inputs(const Run& run, const std::string& data) {
  const data::Task task = run.preprocessing.task;
  const bool as_trained = data.empty() || task == data::Task::sequence;  // pairs stay pairs
  RunConfig config = run.config;
  change_data(config, data);
  return run.preprocessing.apply_to_inputs(open_as(config, as_trained ? task : data::Task::none));
}

// One for each part of the task, of those of its parameters that are trained.
static std::vector<std::unique_ptr<optim::Optimizer>> optimizers_of(const Run& run) {
  std::vector<std::unique_ptr<optim::Optimizer>> made;
  for (const std::string& part : run.task->parts()) {
    std::vector<Parameter> parameters = run.trained;
    if (!part.empty())
      std::erase_if(parameters,
                    [&](const Parameter& p) { return !p.name.starts_with(part + "."); });
    if (parameters.empty())
      fail_usage("--freeze {}: nothing is left to train of {}", run.config.freeze, part);
    made.push_back(optim::make(run.config.optimizer, std::move(parameters),
                               {.lr = run.config.lr,
                                .beta1 = run.config.beta1,
                                .weight_decay = weight_decay_of(run.config)}));
    const Technique& technique = run.config.technique;
    made.back()->schedule(technique.made_schedule(run.config.planned_steps));
    if (technique.ema > 0) made.back()->average(technique.ema);
    if (run.config.precision == "f16")
      made.back()->use_loss_scale(optim::LossScale(run.config.loss_scale));
  }
  return made;
}

// What training sees, beside what there is.
static void write_augmented(const Run& run, const RunFolder& folder) {
  const Augmentation augmentation = run.config.technique.augmentation();
  if (!augmentation.any()) return;
  const fs::path path = folder.samples() / "augmented.png";
  os::make_folder(folder.samples());
  data::write_grid(path,
                   augmented_examples(augmentation, run.dataset.train.inputs, run.config.seed), 8);
  log::info("{}: images as they are, and as training sees them", path.string());
}

TrainResult train(Run& run, const RunFolder& folder, Observers observers, double seconds,
                  ExecOptions exec, Control* control) {
  const RunConfig& config = run.config;
  if (run.checkpoint && run.checkpoint->names("optim/").empty())
    fail_usage(
        "{} holds no state of an optimizer, as after run --merge: it cannot be resumed, but "
        "train --init {} begins with its weights",
        folder.path().string(), folder.path().string());
  exec.precision = precision_of(config.precision);
  if (run.checkpoint && exec.tune != Tune::off) reuse_choices(folder.device());
  const auto optimizers = optimizers_of(run);
  Trainer::Optimizers each;
  for (const auto& optimizer : optimizers) each.push_back(optimizer.get());
  Trainer trainer(*run.task, each, run.dataset,
                  {.epochs = config.epochs.value_or(image_epochs),
                   .steps = config.steps,
                   .batch = config.batch.value_or(image_batch),
                   .accumulate = config.technique.accumulate,
                   .seed = config.seed,
                   .clip_norm = config.clip_norm,
                   .augmentation = config.technique.augmentation(),
                   .recompute = config.gradient_checkpointing,
                   .patience = config.technique.patience,
                   .checkpoint_every = config.checkpoint_every,
                   .keep = config.keep,
                   .seconds = seconds,
                   .exec = exec,
                   .control = control},
                  [&] {
                    observers.push_back(jsonl_observer(folder.metrics()));
                    observers.push_back(png_observer(folder.samples()));
                    return observers;
                  }());
  if (run.checkpoint) {
    trainer.resume(*run.checkpoint);
    cut_metrics(folder.metrics(), run.checkpoint->step());
  }
  write_json(folder.config(), config.to_json());
  const bool settled = exec.tune == Tune::off || exec.tune == Tune::cached;
  write_json(folder.device(), device_json(exec.tune, settled));
  if (!run.checkpoint) write_augmented(run, folder);
  trainer.write_checkpoints(folder.checkpoint(), {.model = config.model,
                                                  .config = config.config,
                                                  .preprocessing = run.preprocessing.to_json()});
  TrainResult result = trainer.run({.model = config.model,
                                    .data = run.dataset.name,
                                    .device = device()->caps().name,
                                    .precision = config.precision});
  if (!settled) write_json(folder.device(), device_json(exec.tune, true));
  return result;
}

}  // namespace lemnos
