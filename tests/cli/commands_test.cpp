// SPDX-License-Identifier: Apache-2.0
// What the commands print and write.
#include "data/formats/image.h"
#include "data/formats/jsonl.h"
#include "tests/cli/binary.h"

using namespace lemnos;
using namespace lemnos::test;

namespace {

bool has_keys(const nlohmann::json& object, std::initializer_list<const char*> keys) {
  for (const char* key : keys) {
    CAPTURE(key);
    CHECK(object.contains(key));
  }
  return object.is_object();
}

bool succeeds(const Output& output) {
  CAPTURE(output.err);
  CHECK(output.code == 0);
  return output.code == 0;
}

}  // namespace

TEST_CASE("cli: info lists devices, kernels and switches, for people and as JSON") {
  const Workplace place;
  if (!have_device(place)) return;
  const Output text = place.lemnos("info");
  REQUIRE(succeeds(text));
  for (const char* part : {"score", "chosen", "matmul", "LEMNOS_OFF", "LEMNOS_VALIDATION"})
    CHECK_MESSAGE(text.out.find(part) != std::string::npos, part);
  const auto json = place.lemnos("info --json").json();
  REQUIRE(has_keys(json, {"devices", "chosen", "kernels", "environment"}));
  CHECK(has_keys(json["devices"][0], {"index", "name", "uuid", "type", "score", "reason"}));
  CHECK(has_keys(json["environment"], {"LEMNOS_DEVICE", "LEMNOS_PROFILE", "LEMNOS_CACHE",
                                       "LEMNOS_OFF", "LEMNOS_TRACE", "LEMNOS_VALIDATION"}));
}

TEST_CASE("cli: train writes a run folder and the documented JSON, eval agrees with it") {
  const Workplace place;
  if (!have_device(place)) return;
  const Output trained =
      place.lemnos("train mlp --data blobs --epochs 3 --hidden 8 --out r --json --quiet");
  REQUIRE(succeeds(trained));
  CHECK(trained.err.empty());
  const auto json = trained.json();
  REQUIRE(has_keys(json, {"steps", "loss", "ms_per_step", "dispatches", "barriers", "submissions",
                          "allocations", "fallbacks", "arena_bytes", "arena_lower_bound"}));
  CHECK(json["steps"] == 39);  // 400 rows in batches of 32
  CHECK(json["allocations"] == 0);
  CHECK(json["fallbacks"] == 0);
  for (const char* file : {"config.json", "device.json", "metrics.jsonl", "checkpoint.safetensors"})
    CHECK_MESSAGE(std::filesystem::exists(place / "r" / file), file);
  const auto config = nlohmann::json::parse(os::read_text(place / "r/config.json"));
  CHECK(config["model"] == "mlp");
  CHECK(config["config"]["hidden"] == nlohmann::json({8}));

  const auto eval = place.lemnos("eval r --json").json();
  REQUIRE(has_keys(eval, {"split", "accuracy", "precision", "recall", "f1", "precision_micro",
                          "recall_micro", "f1_micro", "roc_auc", "loss", "confusion"}));
  CHECK(eval["split"] == "test");
  CHECK(eval["accuracy"] == json["test"]["accuracy"]);
  CHECK(eval["loss"] == json["test"]["loss"]);
  const auto on_train = place.lemnos("eval r --split train --json").json();
  CHECK(on_train["split"] == "train");
  CHECK(on_train["loss"] != eval["loss"]);
}

TEST_CASE("cli: metrics.jsonl has a line for every step, in order, and for every evaluation") {
  const Workplace place;
  if (!have_device(place)) return;
  REQUIRE(succeeds(place.lemnos("train mlp --data blobs --epochs 9 --out r --quiet")));
  std::uint64_t step = 0, evals = 0;
  double time = 0;
  for (const auto& line : data::read_jsonl(place / "r/metrics.jsonl")) {
    REQUIRE(has_keys(line, {"kind", "step", "epoch", "time"}));
    CHECK(line["time"] >= time);
    time = line["time"];
    if (line["kind"] == "eval") ++evals;
    if (line["kind"] != "train") continue;
    CHECK(line["step"] == ++step);
    CHECK(line["epoch"] == doctest::Approx(static_cast<double>(step) / 13));
    CHECK(has_keys(line, {"loss", "ms"}));
  }
  CHECK(step == 9 * 13);
  CHECK(evals == 3);  // after 4 and 8 epochs, which have 50 steps, and at the end
}

TEST_CASE("cli: a numeric target selects regression: RMSE, MAE, R2 in the target's own unit") {
  const Workplace place;
  if (!have_device(place)) return;
  std::string table = "a,b,price\n";
  for (int i = 0; i < 200; ++i)
    table += fmt::format("{},{},{}\n", i % 17, i % 23, 1000.5 + 20 * (i % 17) - 7 * (i % 23));
  os::write_file(place / "prices.csv", table);
  REQUIRE(
      succeeds(place.lemnos("train mlp --data prices.csv --steps 600 --lr 0.01 --out r --quiet")));
  const auto eval = place.lemnos("eval r --json").json();
  REQUIRE(has_keys(eval, {"rmse", "mae", "r2"}));
  CHECK(eval["r2"] > 0.95);
  CHECK(eval["rmse"] > eval["mae"]);

  os::write_file(place / "new.csv", "b,a\n3,10\n");  // columns are found by name
  const Output answer = place.lemnos("run r --predict new.csv");
  REQUIRE(succeeds(answer));
  CHECK(answer.json()["value"].get<double>() == doctest::Approx(1000.5 + 200 - 21).epsilon(0.05));
}

TEST_CASE("cli: predict answers PNG, .npy, CSV and standard input with a line for each item") {
  const Workplace place;
  if (!have_device(place)) return;
  REQUIRE(succeeds(place.lemnos("train mlp --data tiny_images --epochs 20 --out r --quiet")));
  data::Array image = data::Array::zeros(DType::u8, Shape{8, 8, 1});
  for (std::size_t row = 0; row < 8; ++row) image.as<std::uint8_t>()[row * 8 + 6] = 220;
  data::write_png(place / "bar.png", image);
  const Output png = place.lemnos("run r --predict bar.png");
  REQUIRE(succeeds(png));
  CHECK(png.json()["class"] == "right");
  CHECK(png.json()["probability"] > 0.5);

  std::string line;
  for (int i = 0; i < 64; ++i) line += fmt::format("{}{}", i == 0 ? "" : ",", i % 8 == 6 ? 220 : 0);
  os::write_file(place / "lines", line + "\n\n" + line + "\n");
  const Output lines = place.shell("$lemnos run r --predict - < lines");
  REQUIRE(succeeds(lines));
  CHECK(std::ranges::count(lines.out, '\n') == 2);
  CHECK(lines.json()["item"] == 1);
  CHECK(lines.json()["class"] == "right");
  CHECK(lines.json()["probability"] == png.json()["probability"]);
}

TEST_CASE("cli: conv_vae samples and reconstructs, the same seed gives the same samples") {
  const Workplace place;
  if (!have_device(place)) return;
  REQUIRE(succeeds(place.lemnos("train conv_vae --data tiny_images --steps 6 --out r --quiet")));
  CHECK(std::filesystem::exists(place / "r/samples/step-000006.png"));
  const auto eval = place.lemnos("eval r --json").json();
  REQUIRE(has_keys(eval, {"elbo", "bce", "kl"}));
  CHECK(eval["elbo"].get<double>() ==
        doctest::Approx(-(eval["bce"].get<double>() + eval["kl"].get<double>())));

  REQUIRE(succeeds(place.lemnos("run r --sample 70 --png a.png")));
  REQUIRE(succeeds(place.lemnos("run r --sample 70 --png b.png")));
  REQUIRE(succeeds(place.lemnos("run r --sample 70 --seed 1 --png c.png")));
  CHECK(os::read_file(place / "a.png") == os::read_file(place / "b.png"));
  CHECK(os::read_file(place / "a.png") != os::read_file(place / "c.png"));
  CHECK(data::read_png(place / "a.png").shape == Shape{8 * 8 + 7 * 2, 9 * 8 + 8 * 2, 1});
  REQUIRE(succeeds(place.lemnos("run r --reconstruct 4 --png d.png")));
  CHECK(data::read_png(place / "d.png").shape == Shape{8, 8 * 8 + 7 * 2, 1});
}

TEST_CASE(
    "cli: conv_vae that repairs shows the image, what is left of it, and what it makes of it") {
  const Workplace place;
  if (!have_device(place)) return;
  for (const std::string how : {"mask", "noise"}) {
    CAPTURE(how);
    REQUIRE(succeeds(place.lemnos(fmt::format(
        "train conv_vae --data tiny_images --corrupt {0} --steps 6 --out {0} --quiet", how))));
    REQUIRE(succeeds(place.lemnos(fmt::format("run {0} --reconstruct 5 --png {0}.png", how))));
    const data::Array all = data::read_png(place / (how + ".png"));
    REQUIRE(all.shape == Shape{8, 15 * 8 + 14 * 2, 1});
    int lost = 0, changed = 0;
    for (std::size_t row = 0; row < 8; ++row)
      for (std::size_t x = 0; x < 8; ++x) {
        const auto pixels = all.as<std::uint8_t>().subspan(row * 148);
        lost += pixels[x] > 0 && pixels[10 + x] == 0;
        changed += pixels[x] != pixels[10 + x];
      }
    CHECK(changed > 0);
    if (how == "mask") CHECK(changed == lost);
  }
  CHECK(place.lemnos("train conv_vae --data tiny_images --corrupt blur").code == 2);
}

TEST_CASE("cli: dcgan logs both losses, samples, and does not reconstruct") {
  const Workplace place;
  if (!have_device(place)) return;
  const std::string flags = "train dcgan --data tiny_images --filters 4 --latent 8 --batch 32 ";
  REQUIRE(succeeds(place.lemnos(flags + "--steps 5 --clip-norm 1 --out r --quiet")));
  const auto lines = data::read_jsonl(place / "r/metrics.jsonl");
  const auto step = std::ranges::find(lines, "train", [](const auto& l) { return l["kind"]; });
  REQUIRE(step != lines.end());
  CHECK((*step)["loss"].get<double>() ==
        doctest::Approx((*step)["discriminator"].get<double>() + (*step)["generator"].get<double>())
            .epsilon(1e-6));
  CHECK(step->contains("gradient_norm_generator"));
  CHECK(has_keys(place.lemnos("eval r --json").json(),
                 {"discriminator", "generator", "real_accuracy", "fake_accuracy", "diversity"}));
  REQUIRE(succeeds(place.lemnos("run r --sample 9 --png a.png")));
  const Output refused = place.lemnos("run r --reconstruct 4 --png b.png");
  CHECK(refused.code == 2);
  CHECK(refused.says("dcgan does not reconstruct; it takes --sample"));
  CHECK(place.lemnos(flags + "--freeze generator").says("nothing is left to train of generator"));
  const auto config = nlohmann::json::parse(os::read_text(place / "r/config.json"));
  CHECK(config["lr"] == 2e-4);
  CHECK(config["beta1"] == 0.5);
}

TEST_CASE("cli: a detector shows, judges and tells what it finds, in images of one's own too") {
  const Workplace place;
  if (!have_device(place)) return;
  for (int i = 0; i < 10; ++i) {  // a square, left or right
    const std::size_t left = i % 2 == 0 ? 1 : 9;
    data::Array image = data::Array::zeros(DType::u8, Shape{16, 16, 1});
    for (std::size_t y = 5; y < 11; ++y)
      for (std::size_t x = left; x < left + 6; ++x) image.as<std::uint8_t>()[y * 16 + x] = 255;
    os::make_folder(place / "d/images");
    os::make_folder(place / "d/labels");
    data::write_png(place / fmt::format("d/images/{}.png", i), image);
    os::write_file(place / fmt::format("d/labels/{}.txt", i),
                   fmt::format("{} {} 0.5 0.375 0.375\n", i % 2, i % 2 == 0 ? 0.25 : 0.75));
  }
  os::write_file(place / "d/classes.txt", "left\nright\n");
  REQUIRE(succeeds(
      place.lemnos("train detector --data d --halvings 8,8 --neck 16 --batch 8 --steps 150 "
                   "--lr 1e-2 --out r --quiet")));
  CHECK(place.lemnos("eval r --json").json()["map50"] == doctest::Approx(1));
  CHECK(data::read_png(place / "r/samples/step-000150.png").shape == Shape{48, 98, 3});
  const auto told = place.lemnos("run r --predict d/images/1.png --png p.png").json();
  REQUIRE(told["boxes"].size() == 1);
  CHECK(told["boxes"][0]["class"] == "right");
  const double pixels[] = {9, 5, 6, 6};
  for (std::size_t i = 0; i < 4; ++i)
    CHECK(std::abs(told["boxes"][0]["box"][i].get<double>() - pixels[i]) < 1.5);
  CHECK(data::read_png(place / "p.png").shape == Shape{48, 48, 3});
  const Output all = place.lemnos("run r --predict d/images");
  CHECK(std::ranges::count(all.out, '\n') == 10);
  CHECK(all.json()["file"] == "9.png");
  CHECK(all.json()["boxes"][0]["class"] == "right");
  const Output refused = place.lemnos("run r --sample 4 --png b.png");
  CHECK(refused.code == 2);
  CHECK(refused.says("detector does not generate; it takes --predict"));
  CHECK(place.lemnos("train cnn --data d").says("detector learns boxes in them"));
}

TEST_CASE("cli: samples in a folder are data, of another size if wanted, also to --predict") {
  const Workplace place;
  if (!have_device(place)) return;
  REQUIRE(succeeds(place.lemnos("train conv_vae --data tiny_images --steps 2 --out v --quiet")));
  const auto told = place.lemnos("run v --sample 12 --out a/images --json").json();
  CHECK(told == nlohmann::json({{"out", "a/images"}, {"images", 12}}));
  CHECK(data::read_png(place / "a/images/00012.png").shape == Shape{8, 8, 1});
  REQUIRE(succeeds(place.lemnos("train conv_vae --data a/images --steps 2 --out w --quiet")));

  REQUIRE(succeeds(place.lemnos("run v --sample 12 --seed 1 --out a/others")));
  REQUIRE(succeeds(place.lemnos("train mlp --data a --size 6x4 --steps 2 --out r --quiet")));
  const auto config = nlohmann::json::parse(os::read_text(place / "r/config.json"));
  CHECK(config["config"]["inputs"] == 24);
  const auto answer = place.lemnos("run r --predict a/images/00001.png").json();
  CHECK((answer["class"] == "images" || answer["class"] == "others"));
  const std::string predict = "run r --predict '" LEMNOS_SOURCE_DIR "/assets/fixtures/";
  CHECK(place.lemnos(predict + "rgb.jpg'").json() ==
        place.lemnos(predict + "progressive.jpg'").json());
  REQUIRE(succeeds(place.lemnos("train --resume r --steps 4 --quiet")));
  CHECK(place.lemnos("eval r --json").json().contains("accuracy"));
}

TEST_CASE("cli: a table's gaps are filled and its numbers bounded and scaled, later ones too") {
  const Workplace place;
  if (!have_device(place)) return;
  std::string text = "a,b,y\n";
  for (int i = 0; i < 40; ++i)
    text += fmt::format("{},{},{}\n", i % 10, i % 7 == 3 ? "" : std::to_string(i % 4), i % 2);
  os::write_file(place / "t.csv", text + "1000,1,0\n,NA,1\n");
  REQUIRE(
      succeeds(place.lemnos("train mlp --data t.csv --missing mean --outliers clip "
                            "--outlier-rule iqr --scaling minmax --steps 4 --out r --quiet")));
  const auto config = nlohmann::json::parse(os::read_text(place / "r/config.json"));
  CHECK(config["features"] ==
        nlohmann::json::parse(R"({"missing":"mean","outliers":"clip","outlier_rule":"iqr",)"
                              R"("scaling":"minmax"})"));
  CHECK(place.lemnos("eval r --json").json().contains("accuracy"));
  REQUIRE(succeeds(place.lemnos("train --resume r --steps 6 --quiet")));
  // Beyond the bound is at the bound, and a gap is answered.
  os::write_file(place / "far.csv", "a,b\n500,1\n70000,1\n500,\n");
  const Output far = place.lemnos("run r --predict far.csv");
  REQUIRE(succeeds(far));
  std::istringstream lines(far.out);
  std::vector<nlohmann::json> answers;
  for (std::string line; std::getline(lines, line);) answers.push_back(nlohmann::json::parse(line));
  REQUIRE(answers.size() == 3);
  CHECK(answers[0]["probability"] == answers[1]["probability"]);
  CHECK(place.shell("echo '500,' | $lemnos run r --predict -").json()["probability"] ==
        answers[2]["probability"]);
}

TEST_CASE("cli: rows with gaps and outliers are dropped aloud, those of the test split stay") {
  const Workplace place;
  if (!have_device(place)) return;
  std::string text = "a,b,y\n";
  for (int i = 0; i < 60; ++i)
    text += fmt::format("{},{},{}\n", i == 30 ? 1000 : i % 3, i % 20 == 3 ? "" : "1", i % 2);
  os::write_file(place / "t.csv", text);
  const Output told =
      place.lemnos("train mlp --data t.csv --missing drop --outliers drop --steps 2 --out r");
  REQUIRE(succeeds(told));
  CHECK(told.says("t.csv: 3 of 60 rows left out: a cell is missing"));
  CHECK(told.says("t: 1 of 46 rows to train on dropped: they have outliers"));
  for (const char* part : {"11 rows of the test split", "45 rows of the train split"}) {
    const std::string split =
        std::string(part).find("test") == std::string::npos ? "train" : "test";
    CHECK(place.lemnos("eval r --split " + split).out.find(part) != std::string::npos);
  }
  os::write_file(place / "gap.csv", "a,b\n1,\n");
  CHECK(place.lemnos("run r --predict gap.csv").code == 1);
}

TEST_CASE("cli: --config takes another run's settings, and flags come before them") {
  const Workplace place;
  if (!have_device(place)) return;
  REQUIRE(succeeds(place.lemnos(
      "train mlp --data blobs --hidden 5 --lr 0.5 --steps 3 --optimizer sgd --out a --quiet")));
  REQUIRE(succeeds(place.lemnos("train --config a/config.json --lr 0.25 --out b --quiet")));
  const auto config = nlohmann::json::parse(os::read_text(place / "b/config.json"));
  CHECK(config["config"]["hidden"] == nlohmann::json({5}));
  CHECK(config["optimizer"] == "sgd");
  CHECK(config["lr"] == 0.25);
  CHECK(config["steps"] == 3);
}

TEST_CASE("cli: a run is resumed from another folder than it was started in") {
  const Workplace place;
  if (!have_device(place)) return;
  place.shell(fmt::format("mkdir elsewhere && cp -r '{}/assets/fixtures/tiny_mnist' digits",
                          LEMNOS_SOURCE_DIR));
  os::write_file(place / "notes", "one line of text\nand another one\nand a third\n");
  REQUIRE(succeeds(place.lemnos("train mlp --data digits --steps 1 --out a --quiet")));
  REQUIRE(succeeds(place.lemnos(
      "train gpt --data notes --length 4 --width 8 --layers 1 --steps 1 --out b --quiet")));
  for (const char* run : {"a", "b"})
    CHECK(succeeds(place.shell(
        fmt::format("cd elsewhere && $lemnos train --resume ../{} --steps 2 --quiet", run))));
}

TEST_CASE("cli: a tuned run is resumed with the kernels it was trained with") {
  const Workplace place;
  if (!have_device(place)) return;
  const std::string start = "LEMNOS_CACHE=cache LEMNOS_DOCTOR=off $lemnos train ";
  const auto choices = [&] {
    return nlohmann::json::parse(os::read_text(place / "r/device.json")).at("choices");
  };
  REQUIRE(succeeds(place.shell(start + "mlp --data blobs --epochs 1 --hidden 64 --out r "
                                       "--tune full --quiet")));
  const auto tuned = choices();
  CHECK(!tuned.empty());
  REQUIRE(succeeds(place.shell("rm -r cache && " + start + "--resume r --epochs 2 --quiet")));
  CHECK(choices() == tuned);
  const Output wrong = place.lemnos("train mlp --tune quick");
  CHECK(wrong.code == 2);
  CHECK(wrong.says("--tune must be off, cached, fast or full, not 'quick'"));
}

TEST_CASE("cli: Ctrl-C saves a checkpoint and exits cleanly, --resume goes on from it") {
  const Workplace place;
  if (!have_device(place)) return;
  const Output stopped = place.shell(
      "$lemnos train mlp --data blobs --steps 1000000 --out r & child=$!; "
      "until grep -q '\"step\":100,' r/metrics.jsonl 2>/dev/null; do sleep 0.05; done; "
      "kill -INT $child; wait $child");
  REQUIRE(succeeds(stopped));
  CHECK(stopped.says("--resume r"));
  const auto lines = data::read_jsonl(place / "r/metrics.jsonl");
  CHECK(lines.back()["event"] == "checkpoint");
  const std::uint64_t step = lines.back()["step"];
  const Output resumed =
      place.lemnos(fmt::format("train --resume r --steps {} --json --quiet", step + 5));
  REQUIRE(succeeds(resumed));
  CHECK(resumed.json()["steps"] == step + 5);
}

TEST_CASE("cli: --keep keeps that many older checkpoints") {
  const Workplace place;
  if (!have_device(place)) return;
  REQUIRE(succeeds(place.lemnos(
      "train mlp --data blobs --steps 10 --checkpoint-every 2 --keep 2 --out r --quiet")));
  for (const int step : {6, 8})
    CHECK(std::filesystem::exists(place / fmt::format("r/checkpoint-{}.safetensors", step)));
  for (const int step : {0, 2, 4})
    CHECK(!std::filesystem::exists(place / fmt::format("r/checkpoint-{}.safetensors", step)));
}
