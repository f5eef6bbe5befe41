// SPDX-License-Identifier: Apache-2.0
// Configurations, preprocessing and folders of runs: all that needs no device.
#include "nn/train/run.h"

#include "data/datasets/synthetic.h"
#include "runtime/base/os.h"
#include "tests/nn/train/fixture.h"

using namespace lemnos;
using namespace lemnos::test;

TEST_CASE("config.json: what is written is read back") {
  const RunConfig config{.model = "mlp",
                         .config = {{"hidden", {5}}},
                         .data = "blobs",
                         .target = "y",
                         .text_column = "x",
                         .folds = 5,
                         .fold = 4,
                         .epochs = 7,
                         .steps = 11,
                         .batch = 13,
                         .optimizer = "sgd",
                         .lr = 0.1,
                         .seed = (std::uint64_t{1} << 63) + 1,
                         .data_seed = 3,
                         .clip_norm = 2.5,
                         .checkpoint_every = 17,
                         .keep = 2};
  const auto text = config.to_json().dump();
  CHECK(RunConfig::from_json(nlohmann::json::parse(text), "c").to_json().dump() == text);
}

TEST_CASE("config.json: unknown keys, wrong types and numbers out of range name the file") {
  const auto error = [](const char* text) {
    return error_text([&] { RunConfig::from_json(nlohmann::json::parse(text), "a/config.json"); });
  };
  CHECK(error(R"({"model": "mlp"})").empty());
  for (const char* text :
       {R"({})", R"({"model": 3})", R"({"model": "mlp", "colour": 1})",
        R"({"model": "mlp", "steps": -1})", R"({"model": "mlp", "lr": "fast"})",
        R"({"model": "mlp", "lr": -1})", R"({"model": "mlp", "folds": 3})",
        R"({"model": "mlp", "data_seed": -1})", R"({"model": "mlp", "batch": 0})"})
    CHECK_MESSAGE(says(error(text), "a/config.json is damaged"), text);
  CHECK(says(error(R"({"model": "mlp", "colour": 1})"), "colour"));
}

TEST_CASE("run folder: runs/MODEL-N takes the next free number") {
  const TemporaryFolder folder;
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(folder.path());
  const std::string first = RunFolder::create("", "mlp").path().string();
  const std::string second = RunFolder::create("", "mlp").path().string();
  const std::string other = RunFolder::create("", "conv_vae").path().string();
  std::filesystem::current_path(before);
  CHECK(first == "runs/mlp-1");
  CHECK(second == "runs/mlp-2");
  CHECK(other == "runs/conv_vae-1");
}

TEST_CASE("run folder: one that holds anything is never written to") {
  const TemporaryFolder folder;
  RunFolder::create(folder / "empty", "mlp");
  RunFolder::create(folder / "empty", "mlp");  // still empty
  os::write_file(folder / "empty" / "config.json", "{}");
  int code = 0;
  const std::string text = error_text([&] { RunFolder::create(folder / "empty", "mlp"); }, &code);
  CHECK(says(text, "is not empty"));
  CHECK(code == 2);
}

TEST_CASE("preprocessing: fitted on the training split, and the same after a checkpoint") {
  data::Dataset dataset = data::linear(64, 3);
  for (float& value : dataset.test.inputs.as<float>()) value += 100;
  const Preprocessing fitted = Preprocessing::fit(dataset);
  const Preprocessing stored = Preprocessing::from_json(fitted.to_json());
  const data::Dataset once = fitted.apply(dataset), again = stored.apply(dataset);
  CHECK(once.train.inputs.bytes == again.train.inputs.bytes);
  CHECK(once.test.targets.bytes == again.test.targets.bytes);

  double sum = 0;
  for (const float value : once.train.inputs.as<float>()) sum += value;
  CHECK(std::abs(sum / 128) < 1e-4);
  CHECK(once.test.inputs.as<float>()[0] > 50);  // far from the training split, and stays so
  const float target = dataset.test.targets.as<float>()[0];
  CHECK(fitted.target(once.test.targets.as<float>()[0]) == doctest::Approx(target));
}

TEST_CASE("preprocessing: rows of texts are as long as the longest of both splits, up to 128") {
  data::Dataset dataset;
  dataset.task = data::Task::classes;
  dataset.train.texts = {"one", "one two three"};
  dataset.test.texts = {"one two three four five"};
  dataset.train.targets = data::Array::of<std::uint32_t>({2}, std::vector<std::uint32_t>{0, 1});
  dataset.test.targets = data::Array::of<std::uint32_t>({1}, std::vector<std::uint32_t>{1});
  dataset.class_names = {"a", "b"};
  CHECK(Preprocessing::fit(dataset).text->length == 5);
  CHECK(Preprocessing::fit(dataset, {.length = 3}).text->length == 3);
  for (int i = 0; i < 200; ++i) dataset.train.texts[0] += " one";
  CHECK(Preprocessing::fit(dataset).text->length == 128);
  // Its texts are of 12 letters at most, and an end.
  CHECK(Preprocessing::fit(data::reversal(64)).text->length == 13);
}

TEST_CASE("preprocessing: data of another kind are refused") {
  const Preprocessing plane = Preprocessing::fit(data::blobs());
  CHECK(says(error_text([&] { plane.apply(data::linear()); }), "'regression'"));
  CHECK(says(error_text([&] { plane.apply(data::tiny_images()); }), "4 classes"));
  const data::Array wide = data::Array::zeros(DType::f32, Shape{5, 3});
  CHECK(says(error_text([&] { plane.apply(wide, "x.csv"); }), "x.csv"));
}

TEST_CASE("preprocessing: damage in a checkpoint is an error, not a crash") {
  const nlohmann::json good = Preprocessing::fit(data::blobs()).to_json();
  for (const char* change :
       {R"({"task": "magic"})", R"({"input": [3]})", R"({"input": []})", R"({"input": [-1]})",
        R"({"dtype": "f64"})", R"({"classes": []})", R"({"inputs": {"mean": [0, 0]}})",
        R"({"inputs": {"mean": [0, 0], "scale": [0, 1]}})", R"({"features": 3})"}) {
    nlohmann::json bad = good;
    bad.update(nlohmann::json::parse(change));
    CHECK_MESSAGE(says(error_text([&] { Preprocessing::from_json(bad); }), "damaged"), change);
  }
  CHECK(says(error_text([] { Preprocessing::from_json(nlohmann::json::object()); }), "damaged"));
}

TEST_CASE("models: sizes follow from the data, and a setting that does not fit is refused") {
  const Preprocessing plane = Preprocessing::fit(data::blobs());
  const ModelKind& mlp = model_kind("mlp");
  const auto configured = [&](std::string_view preset, std::vector<Setting> settings) {
    return mlp.configure(plane, preset, nullptr, settings);
  };
  CHECK(configured("", {})["inputs"] == 2);
  CHECK(configured("", {})["outputs"] == 2);
  CHECK(configured("2-5-1", {})["outputs"] == 1);
  CHECK(configured("", {{"hidden", "8,4"}})["hidden"] == nlohmann::json({8, 4}));
  CHECK(says(error_text([&] { configured("", {{"inputs", "3"}}); }), "--inputs 3"));
  CHECK(says(error_text([&] { configured("", {{"outputs", "3"}}); }), "--outputs 3"));
  CHECK(says(error_text([&] { configured("", {{"loss", "mse"}}); }), "--loss mse"));
  CHECK(says(error_text([&] { configured("9-9-9", {}); }), "2-3-1"));
  const Preprocessing line = Preprocessing::fit(data::linear());
  CHECK(mlp.configure(line, "", nullptr, {})["loss"] == "mse");
  CHECK(says(error_text([&] {
               mlp.configure(line, "", nullptr, {{{"loss", "cross_entropy"}}});
             }),
             "--loss cross_entropy does not fit the data, which need mse"));
  CHECK(says(error_text([&] { model_kind("resnet9000"); }), "conv_vae"));
  CHECK(says(error_text([&] { model_kind("conv_vae").configure(plane, "", nullptr, {}); }),
             "learns images"));
}

TEST_CASE(
    "models: vocabulary, length and classes follow from texts, and two classes can have one "
    "logit") {
  data::Dataset texts{.name = "texts", .task = data::Task::classes, .class_names = {"a", "b"}};
  texts.train.texts = {"one", "two three"};
  texts.train.targets = data::Array::of<std::uint32_t>(Shape{2}, {0u, 1u});
  const Preprocessing read = Preprocessing::fit(texts, {.length = 7});
  const auto configured = [&](const char* model, std::vector<Setting> settings) {
    return model_kind(model).configure(read, "", nullptr, settings);
  };
  const auto bert = configured("bert", {});
  CHECK(bert["vocabulary"] == read.vocabulary());
  CHECK(bert["length"] == 7);
  CHECK(bert["classes"] == 2);
  CHECK(bert["head"] == "classes");
  CHECK(configured("lstm_classifier", {})["classes"] == 2);
  CHECK(configured("lstm_classifier", {{"classes", "1"}})["classes"] == 1);
  CHECK(says(error_text([&] {
               configured("lstm_classifier", {{"classes", "3"}});
             }),
             "--classes 3 does not fit the data, which need 2"));
  CHECK(says(error_text([&] { configured("bert", {{"length", "9"}}); }), "--length 9"));
}
