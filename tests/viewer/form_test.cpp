// SPDX-License-Identifier: Apache-2.0
#include "viewer/runs/form.h"

#include <doctest/doctest.h>

#include "runtime/base/os.h"
#include "tests/nn/train/fixture.h"

using namespace lemnos;
using namespace lemnos::viewer;
using lemnos::test::says;

namespace {

std::string error_of(Form& form, std::string_view name, std::string_view text) {
  form.set(name, text);
  return form.field(name).error;
}

}  // namespace

TEST_CASE("form: each model has its fields, with what they mean and what holds without them") {
  CHECK(Form::models().size() == models().size());
  for (const Form::Model& model : Form::models()) {
    const Form form(model.name);
    CAPTURE(model.name);
    CHECK(form.ready());
    CHECK(form.groups().size() == 5);
    for (const FormGroup& group : form.groups()) {
      CHECK(!group.title.empty());
      for (const FormField& field : group.fields) CHECK_MESSAGE(!field.help.empty(), field.name);
    }
  }
  const Form form("mlp");
  CHECK(form.field("hidden").usual == "512");
  CHECK(form.field("lr").label == "learning rate");
  CHECK(says(form.field("optimizer").choices.front(), "sgd"));
  CHECK_THROWS_WITH_AS(form.field("tokens"), doctest::Contains("tokens"), Error);
  CHECK(Form("gpt").field("tokens").choices.size() == 5);
  Form texts("mlp");
  texts.set("features", "tfidf");
  CHECK(texts.field("vocabulary").text.empty());
}

TEST_CASE("form: wrong text is said beside its field, as the command line says it") {
  Form form("mlp");
  CHECK(error_of(form, "batch", "many") == "--batch takes a whole number, not \"many\"");
  CHECK(error_of(form, "batch", "0") == "--batch must be at least 1, not 0");
  CHECK(error_of(form, "batch", "32").empty());
  CHECK(error_of(form, "lr", "-1") == "--lr must be greater than 0, not -1");
  CHECK(!form.ready());
  CHECK_THROWS_AS(form.request(), Error);
  CHECK(error_of(form, "lr", "").empty());
  CHECK(says(error_of(form, "optimizer", "magic"), "there is no 'magic'; known are"));
  CHECK(error_of(form, "optimizer", "sgd").empty());
  CHECK(says(error_of(form, "beta1", "0.5"), "--beta1 is for adam"));
  CHECK(error_of(form, "beta1", "").empty());
  CHECK(says(error_of(form, "schedule", "step"), "--step-every"));
  CHECK(error_of(form, "step_every", "10").empty());
  CHECK(form.field("schedule").error.empty());  // it was the other that was missing
  CHECK(says(error_of(form, "hidden", "5,x"), "takes whole numbers"));
  CHECK(error_of(form, "hidden", "5,6").empty());
  CHECK(says(error_of(form, "data", "nowhere.csv"), "there is no data set 'nowhere.csv'"));
  CHECK(error_of(form, "data", "blobs").empty());
  CHECK(error_of(form, "clip_norm", "0") == "--clip-norm must be greater than 0, not 0");
  CHECK(error_of(form, "clip_norm", "1").empty());
  CHECK(says(error_of(form, "loss_scale", "2"), "--loss-scale is for --precision f16"));
  form.set("loss_scale", "");
  CHECK(form.ready());
}

TEST_CASE("form: what is written becomes the request, and stays when the model is another") {
  const test::TemporaryFolder folder;
  Form form("mlp");
  form.choose_preset("2-3-1");
  form.set("data", "blobs");
  form.set("hidden", "5,6");
  form.set("batch", "16");
  form.set("mixup", "0.5");
  form.set("out", (folder / "run").string());
  form.offer("device", {"a GPU", "a CPU"});
  form.set("device", "a CPU");
  const StartRequest request = form.request();
  CHECK(request.config.model == "mlp");
  CHECK(request.config.data == "blobs");
  CHECK(request.config.batch == 16);
  CHECK(!request.config.lr);
  CHECK(request.config.technique.mixup == 0.5);
  CHECK(request.preset == "2-3-1");
  REQUIRE(request.settings.size() == 1);
  CHECK(request.settings.front().name == "hidden");
  CHECK(request.settings.front().value == "5,6");
  CHECK(request.out == folder / "run");
  CHECK(request.device == "a CPU");

  os::make_folder(folder / "run");
  os::write_file(folder / "run" / "x", "x");
  CHECK(says(error_of(form, "out", (folder / "run").string()), "is not empty"));

  form.choose_model("cnn");
  CHECK(form.field("batch").text == "16");
  CHECK(form.field("device").choices.size() == 2);
  CHECK(form.preset().empty());
  CHECK_THROWS_AS(form.choose_preset("2-3-1"), Error);
  CHECK_THROWS_AS(form.choose_model("magic"), Error);
  CHECK(form.model() == "cnn");
}

TEST_CASE("form: it can be filled in as an earlier run was") {
  const test::TemporaryFolder folder;
  RunConfig config;
  config.model = "mlp";
  config.data = "spirals";
  config.config = {{"hidden", {7, 8}}};
  config.epochs = 3;
  config.lr = 0.25;
  config.technique.ema = 0.5;
  config.planned_steps = 39;
  os::write_file(folder / "config.json", config.to_json().dump());
  Form form;
  form.take_from(folder.path());
  CHECK(form.model() == "mlp");
  CHECK(form.field("hidden").text == "7,8");
  CHECK(form.field("epochs").text == "3");
  CHECK(form.field("ema").text == "0.5");
  CHECK(form.field("schedule").text.empty());
  RunConfig again = form.request().config;
  again.config = config.config;
  again.planned_steps = 39;
  CHECK(again.to_json() == config.to_json());
  CHECK_THROWS_WITH_AS(form.take_from(folder / "none"), doctest::Contains("none"), Error);
}
