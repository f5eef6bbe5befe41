// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "data/formats/image.h"
#include "data/formats/jsonl.h"
#include "nn/train/observer.h"
#include "runtime/base/os.h"
#include "tests/nn/train/fixture.h"

using namespace lemnos;
using namespace lemnos::test;

TEST_CASE("metrics.jsonl: train, eval and event lines hold the documented keys") {
  const TemporaryFolder folder;
  const auto path = folder / "metrics.jsonl";
  const auto observer = jsonl_observer(path);
  const std::vector<NamedValue> scalars{{"bce", 250.5}, {"kl", 12.25}};
  const std::vector<NamedValue> metrics{{"accuracy", 0.875}};
  observer->on_step({{3, 0.5, 1.25}, 9, 262.75, scalars, 8.5});
  observer->on_eval({6, 1, 2.5}, "test", metrics);
  observer->on_event({6, 1, 2.5}, "checkpoint", "checkpoint.safetensors");

  const std::string train =
      R"({"kind":"train","step":3,"epoch":0.5,"time":1.25,"loss":262.75,"ms":8.5,)"
      R"("bce":250.5,"kl":12.25})";
  const std::string eval =
      R"({"kind":"eval","step":6,"epoch":1,"time":2.5,"split":"test","accuracy":0.875})";
  const std::string event = R"({"kind":"event","step":6,"epoch":1,"time":2.5,"event":"checkpoint",)"
                            R"("detail":"checkpoint.safetensors"})";
  CHECK(os::read_text(path) == train + "\n" + eval + "\n" + event + "\n");
}

TEST_CASE("metrics.jsonl: numbers that are not finite are null") {
  const TemporaryFolder folder;
  const auto path = folder / "metrics.jsonl";
  const auto observer = jsonl_observer(path);
  const std::vector<NamedValue> scalars{{"kl", std::numeric_limits<double>::infinity()}};
  observer->on_step({{1, 0, 0}, 1, std::nan(""), scalars, 1});
  observer->on_end({1, 0, 0});
  const auto lines = data::read_jsonl(path);
  REQUIRE(lines.size() == 1);
  CHECK(lines[0]["loss"].is_null());
  CHECK(lines[0]["kl"].is_null());
}

TEST_CASE("metrics.jsonl: lines kept back are written when the observer goes") {
  const TemporaryFolder folder;
  const auto path = folder / "metrics.jsonl";
  auto observer = jsonl_observer(path);
  for (std::uint64_t step = 1; step <= 3; ++step) observer->on_step({{step, 0, 0}, 3, 1, {}, 1});
  observer.reset();
  CHECK(data::read_jsonl(path).size() == 3);
}

// A run killed just after its checkpoint lost the lines before it: --resume found a gap.
TEST_CASE("metrics.jsonl: flush writes what was kept back") {
  const TemporaryFolder folder;
  const auto path = folder / "metrics.jsonl";
  const auto observer = jsonl_observer(path);
  observer->on_step({{1, 0, 0}, 3, 1, {}, 1});
  observer->flush();
  CHECK(data::read_jsonl(path).size() == 1);
}

TEST_CASE("samples: each grid is a PNG named by its step") {
  const TemporaryFolder folder;
  const auto observer = png_observer(folder / "samples");
  observer->on_samples({469, 1, 0}, data::Array::zeros(DType::f32, Shape{10, 8, 8, 1}));
  const data::Array image = data::read_png(folder / "samples" / "step-000469.png");
  CHECK(image.shape == Shape{3 * 8 + 2 * 2, 4 * 8 + 3 * 2, 1});  // 10 images: 4 columns, 3 rows
}
