// SPDX-License-Identifier: Apache-2.0
#include "cli/tensors.h"

#include <algorithm>
#include <numeric>

#include "cli/abilities.h"
#include "data/formats/safetensors.h"
#include "nn/insight.h"
#include "nn/text/writer.h"
#include "nn/train/generator.h"
#include "ops/pointwise/pointwise.h"
#include "ops/reduce/reduce.h"
#include "ops/shape/shape.h"

namespace lemnos::cli {
namespace {

constexpr std::int64_t usual_rows = 16;

// What a model is asked about, and where it comes from.
struct Given {
  data::Array inputs, targets;  // of seq2seq what is read, and written from its begin to its end
  std::vector<std::string> classes;
  std::string data, split;  // of a text: "--prompt" and nothing
  bool held_out = true;

  std::string origin() const {
    if (split.empty()) return data;
    return fmt::format("the {} split of {}{}", split, data,
                       held_out ? "" : ", of which nothing is held out");
  }
};

// Held-out rows, or those of training where nothing is held out.
Given all_rows(data::Dataset dataset) {
  const bool held_out = dataset.test.rows() > 0;
  data::Split& split = held_out ? dataset.test : dataset.train;
  return {.inputs = std::move(split.inputs),
          .targets = std::move(split.targets),
          .classes = std::move(dataset.class_names),
          .data = dataset.name,
          .split = held_out ? "test" : "train",
          .held_out = held_out};
}

Given first_rows(Given all, std::optional<std::int64_t> count) {
  if (count && *count > all.inputs.rows())
    fail_usage("--rows {}: there are {} in {}", *count, all.inputs.rows(), all.origin());
  std::vector<std::uint32_t> rows(
      static_cast<std::size_t>(count.value_or(std::min(usual_rows, all.inputs.rows()))));
  std::iota(rows.begin(), rows.end(), 0u);
  all.inputs = all.inputs.take(rows);
  if (!all.targets.empty()) all.targets = all.targets.take(rows);
  return all;
}

// One row, as long as the text is.
Given text_row(const Run& run, const std::string& prompt) {
  Given given{.data = "--prompt"};
  const auto& text = run.preprocessing.text;
  if (!text) refuse(run, "reads no --prompt");
  if (text->tfidf) {
    given.inputs = text->rows({&prompt, 1}, data::Task::classes, given.data);
    return given;
  }
  std::vector<data::Token> ids = text->tokens->encode(prompt);
  const SequenceNetwork* rewrites = run.task->rewrites();
  if (rewrites) ids.push_back(data::token::end);
  if (ids.empty() || std::ssize(ids) > text->length)
    fail_usage("--prompt: the text has {} tokens, the model sees 1 to {}", ids.size(),
               text->length);
  const auto row = [](std::span<const data::Token> tokens) {
    return data::Array::of<data::Token>({1, std::ssize(tokens)}, tokens);
  };
  given.inputs = row(ids);
  if (rewrites) {
    std::vector<data::Token> written = rewritten(*rewrites, ids);
    written.insert(written.begin(), data::token::begin);
    written.push_back(data::token::end);
    given.targets = row(written);
  }
  return given;
}

// The first tokens of each row.
data::Array first_tokens(const data::Array& ids, std::int64_t length) {
  data::Array cut = data::Array::zeros(DType::i32, {ids.rows(), length});
  for (std::int64_t row = 0; row < ids.rows(); ++row)
    std::ranges::copy(ids.row(row).first(cut.row_bytes()),
                      cut.bytes.begin() + row * static_cast<std::ptrdiff_t>(cut.row_bytes()));
  return cut;
}

// Rows of two arrays of tokens side by side.
data::Array beside(const data::Array& left, const data::Array& right) {
  data::Array both = data::Array::zeros(DType::i32, {left.rows(), left.shape[1] + right.shape[1]});
  auto to = both.bytes.begin();
  for (std::int64_t row = 0; row < left.rows(); ++row)
    for (const data::Array* part : {&left, &right}) to = std::ranges::copy(part->row(row), to).out;
  return both;
}

std::string text_of(const nlohmann::json& json) {
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

// The names of each row's tokens, without its padding.
std::string names_of(const data::Array& ids, const data::Tokenizer& tokens) {
  nlohmann::json rows = nlohmann::json::array();
  const auto length = static_cast<std::size_t>(ids.shape[1]);
  for (std::size_t at = 0; at < ids.as<data::Token>().size(); at += length) {
    nlohmann::json row = nlohmann::json::array();
    for (const data::Token id : ids.as<data::Token>().subspan(at, length))
      if (id != data::token::padding) row.push_back(tokens.name(id));
    rows.push_back(std::move(row));
  }
  return text_of(rows);
}

// The file that is written.
class Answer {
 public:
  Answer(const Run& run, const Given& given) : given_(given) {
    file_.metadata = {{"model", run.config.model},
                      {"step", fmt::format("{}", run.checkpoint->step())}};
    if (!given.split.empty()) {
      file_.metadata["data"] = given.data;
      file_.metadata["split"] = given.split;
    }
    if (!given.classes.empty()) file_.metadata["classes"] = text_of(given.classes);
    if (!given.targets.empty() && run.preprocessing.task != data::Task::sequence)
      file_.tensors["labels"] = given.targets.reshaped({given.targets.rows()});
  }
  void add(const std::string& name, const data::Array& array) { file_.tensors[name] = array; }
  // What was asked about, of texts as many tokens as were seen: windows have one more.
  void add_inputs(const Run& run, std::int64_t length) {
    if (given_.inputs.dtype == DType::i32)
      add_tokens(run, "tokens", "inputs", first_tokens(given_.inputs, length));
    else
      add("inputs", given_.inputs);
  }
  void add_tokens(const Run& run, const std::string& names, const std::string& name,
                  const data::Array& ids) {
    file_.metadata[names] = names_of(ids, *run.preprocessing.text->tokens);
    add(name, ids);
  }
  // what: is told of the file.
  int write(const std::string& path, const std::string& what, bool json) const {
    data::write_safetensors(path, file_);
    if (!json) {
      fmt::print("{}: {} of {}\n", path, what, given_.origin());
      return 0;
    }
    nlohmann::ordered_json said{{"file", path}};
    if (!given_.split.empty()) said.update({{"data", given_.data}, {"split", given_.split}});
    for (const auto& [name, array] : file_.tensors)
      said["tensors"][name] = std::vector<std::int64_t>(array.shape.begin(), array.shape.end());
    print_json(said);
    return 0;
  }

 private:
  const Given& given_;
  data::TensorFile file_;
};

int write_features(const Run& run, const Given& given, const std::string& path, bool json) {
  const auto ask = [&](const Tensor& x) { return std::vector{run.task->features(x)}; };
  Answer answer(run, given);
  const data::Array made = answers(given.inputs, ask)[0];
  answer.add("features", made);
  return answer.write(path, fmt::format("features {}", made.shape), json);
}

// One row at a time: the maps are the square of its length.
int write_attention(const Run& run, const Given& given, const std::string& path, bool json) {
  const SequenceNetwork* rewrites = run.task->rewrites();
  // The end that it writes last is not looked from.
  const data::Array written =
      rewrites ? first_tokens(given.targets, given.targets.shape[1] - 1) : data::Array();
  const auto ask = [&](const Tensor& x) {
    if (!rewrites) return attention_maps(*run.task, x);
    const std::int64_t read = given.inputs.shape[1];
    return attention_maps(
        [&] { rewrites->logits(slice(x, 1, 0, read), slice(x, 1, read, x.size(1))); });
  };
  const std::vector<data::Array> maps =
      answers(rewrites ? beside(given.inputs, written) : given.inputs, ask, 1);
  const Shape& shape = maps.back().shape;
  Answer answer(run, given);
  answer.add_inputs(run, shape[-1]);
  if (rewrites) answer.add_tokens(run, "written", "written", written);
  for (std::size_t i = 0; i < maps.size(); ++i) answer.add(fmt::format("layers.{}", i), maps[i]);
  return answer.write(path, fmt::format("maps {} of {} layers", shape, maps.size()), json);
}

int write_saliency(const Run& run, const Given& given, const std::string& path, bool json) {
  const auto ask = [&](const Tensor& x) {
    return std::vector{saliency(*run.task, x), cast(argmax(run.task->scores(x)), DType::f32)};
  };
  const std::vector<data::Array> made = answers(given.inputs, ask, usual_rows);
  Answer answer(run, given);
  answer.add_inputs(run, made[0].shape[1]);
  std::vector<std::uint32_t> chosen;
  for (const float choice : made[1].as<float>())
    chosen.push_back(static_cast<std::uint32_t>(choice));
  if (run.preprocessing.task != data::Task::regression)
    answer.add("chosen", data::Array::of<std::uint32_t>(made[1].shape, chosen));
  answer.add("saliency", made[0]);
  return answer.write(path, fmt::format("saliency {}", made[0].shape), json);
}

}  // namespace

void TensorFlags::add_to(CLI::App& command) {
  const std::string group = "Tensors (written to a .safetensors file)";
  command
      .add_option("--features", features,
                  "of held-out data: what the last layer is given (conv_vae: the mean of the code, "
                  "seq2seq: of the encoder's states); with the labels there are")
      ->group(group);
  command
      .add_option("--attention", attention,
                  "maps of each attention layer and head, of held-out data or of --prompt")
      ->group(group);
  command
      .add_option("--saliency", saliency,
                  "gradient of the likeliest class's score by each input, or its norm for each "
                  "token, of held-out data or of --prompt")
      ->group(group);
  command.add_option("--data", data, "other data than the run's")->group(group);
  command
      .add_option("--rows", rows,
                  fmt::format("of --attention and --saliency: the first so many [{}]", usual_rows))
      ->group(group);
}

int TensorFlags::asked() const {
  return (features.empty() ? 0 : 1) + (attention.empty() ? 0 : 1) + (saliency.empty() ? 0 : 1);
}

void TensorFlags::verify(bool prompted) const {
  if (!data.empty() && asked() == 0)
    fail_usage("--data goes with --features, --attention and --saliency");
  if (rows && !takes_prompt()) fail_usage("--rows goes with --attention and --saliency");
  if (prompted && takes_prompt() && (rows || !data.empty()))
    fail_usage("--prompt is asked about instead of data: neither --rows nor --data go with it");
  if (rows && *rows < 1) fail_usage("--rows must be at least 1, not {}", *rows);
}

int TensorFlags::run(const Run& run, const std::optional<std::string>& prompt, bool json) const {
  if (!features.empty()) {
    if (!run.task->has_features()) refuse(run, "has no features");
    return write_features(run, all_rows(open_inputs(run, data)), features, json);
  }
  if (!attention.empty() && !attends(run)) refuse(run, "has no attention maps to show");
  if (!saliency.empty() && !run.task->decides())
    refuse(run, "decides nothing that --saliency could explain");
  const Given given =
      prompt ? text_row(run, *prompt) : first_rows(all_rows(open_inputs(run, data)), rows);
  return !attention.empty() ? write_attention(run, given, attention, json)
                            : write_saliency(run, given, saliency, json);
}

}  // namespace lemnos::cli
