// SPDX-License-Identifier: Apache-2.0
#include "viewer/report.h"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <string>
#include <thread>

#include "data/formats/image.h"
#include "runtime/base/error.h"
#include "runtime/base/os.h"
#include "tests/runtime/gpu/fixture.h"
#include "tests/viewer/ui.h"
#include "viewer/print.h"
#include "viewer/report_page.h"

namespace lemnos::viewer {
namespace {
namespace fs = std::filesystem;

// A run folder that is gone at the end.
class Folder {
 public:
  Folder() : path_(fs::temp_directory_path() / fmt::format("lemnos-report-{}", ::getpid())) {
    fs::remove_all(path_);
    fs::create_directories(path_);
  }
  ~Folder() { fs::remove_all(path_); }
  const fs::path& path() const { return path_; }
  void write(const char* name, std::string_view text) const { os::write_file(path_ / name, text); }
  void line(std::uint64_t step, std::string_view kind, std::string_view rest) const {
    os::append_text(path_ / "metrics.jsonl",
                    fmt::format(R"({{"kind":"{}","step":{},"epoch":{},"time":{},{}}})"
                                "\n",
                                kind, step, static_cast<double>(step) / 10,
                                static_cast<double>(step) * 2, rest));
  }
  void event(std::uint64_t step, const char* name, const char* detail) const {
    line(step, "event", fmt::format(R"("event":"{}","detail":"{}")", name, detail));
  }
  void image(const char* name) const {
    fs::create_directories(path_ / "samples");
    data::Array pixels = data::Array::zeros(DType::u8, Shape{16, 24, 1});
    std::ranges::fill(pixels.as<std::uint8_t>(), std::uint8_t{200});
    data::write_png(path_ / "samples" / name, pixels);
  }

 private:
  fs::path path_;
};

constexpr const char* config =
    R"({"model":"mlp","data":"spirals","optimizer":"adam","lr":null,"batch":32,"epochs":7,)"
    R"("steps":20,"seed":4,"precision":"f32","clip_norm":0.5,"keep":0,"planned_steps":20,)"
    R"("config":{"hidden":[64,32],"activation":"relu","dropout":0.0},)"
    R"("technique":{"schedule":"cosine","warmup":0},"of a later version":[true,{"a":1}]})";

void fill(const Folder& folder) {
  folder.write("config.json", config);
  folder.write("device.json", R"({"name":"GPU","driver":"radv","driver_version":"1","uuid":"x"})");
  for (std::uint64_t step = 1; step <= 20; ++step) {
    folder.line(step, "train",
                fmt::format(R"("loss":{},"ms":{},"grad_norm":1)", 1.0 / static_cast<double>(step),
                            step == 1 ? 900 : 4));
    if (step % 10 == 0) folder.line(step, "eval", R"("split":"test","accuracy":0.75,"loss":0.5)");
  }
}

std::string value_of(const std::vector<Fact>& facts, std::string_view name) {
  const auto found = std::ranges::find(facts, name, &Fact::name);
  return found == facts.end() ? "none" : found->value;
}

// Two frames without a window; whether something was drawn, and nothing beside the page.
bool draws(const Report& report, ImVec2 size = {1240, 1754}, float scale = 1.5f) {
  test::Ui ui(size);
  use_theme(Look::light, scale);
  ReportPage page(report);
  for (int i = 0; i < 2; ++i) {
    ImGui::NewFrame();
    page.draw();
    ImGui::Render();
  }
  const ImDrawData& drawn = *ImGui::GetDrawData();
  for (int i = 0; i < drawn.CmdListsCount; ++i)
    for (const ImDrawVert& vertex : drawn.CmdLists[i]->VtxBuffer)
      if (vertex.pos.x < -1 || vertex.pos.x > size.x + 1 || vertex.pos.y < -1 ||
          vertex.pos.y > size.y + 1)
        return false;
  return drawn.TotalVtxCount > 200;
}

TEST_CASE("report: what a run folder holds is read as facts") {
  const Folder folder;
  fill(folder);
  folder.image("step-000005.png");
  folder.image("step-000020.png");
  folder.image("step-000400.png");  // from before a rollback
  folder.image("augmented.png");
  const Report report = read_report(folder.path());
  CHECK(report.title == "mlp on spirals");
  CHECK(report.name == folder.path().filename());
  CHECK(report.complete);
  CHECK(report.state == "complete");
  CHECK(value_of(report.figures, "steps") == "20");
  CHECK(value_of(report.figures, "epochs") == "2");
  CHECK(value_of(report.figures, "trained for") == "40s");
  CHECK(value_of(report.figures, "a step takes") == "4 ms");
  CHECK(value_of(report.figures, "test accuracy") == "0.75");
  CHECK(report.quantities == std::vector<std::string>{"loss", "accuracy", "grad_norm"});
  CHECK(report.metrics.columns == std::vector<std::string>{"metric", "train", "test"});
  REQUIRE(report.metrics.rows.size() == 3);
  CHECK(report.metrics.rows[0] == std::vector<std::string>{"loss", "0.05", "0.5"});
  CHECK(report.metrics.rows[1] == std::vector<std::string>{"accuracy", "", "0.75"});
  REQUIRE(report.samples != nullptr);
  CHECK(report.samples_step == 20);
  CHECK(report.samples->width == 24);
  CHECK(value_of(report.device, "device") == "GPU");
  CHECK(report.events.empty());
  CHECK(report.problems.empty());
  CHECK(report.written.ends_with(" UTC"));
  CHECK(draws(report));
  CHECK(draws(report, {620, 877}, 0.75f));
}

TEST_CASE("report: settings that matter come first, then those that are not the usual ones") {
  const Folder folder;
  fill(folder);
  const std::vector<Fact> settings = read_report(folder.path()).settings;
  CHECK(settings[0].name == "model");
  CHECK(settings[2].value == "adam");
  CHECK(value_of(settings, "learning rate") == "the optimizer's own");
  CHECK(value_of(settings, "batch size") == "32");
  CHECK(value_of(settings, "seed") == "4");
  CHECK(value_of(settings, "hidden") == "64, 32");
  CHECK(value_of(settings, "activation") == "none");  // as usual
  CHECK(value_of(settings, "clip norm") == "0.5");
  CHECK(value_of(settings, "schedule") == "cosine");
  CHECK(value_of(settings, "warmup") == "none");
  CHECK(value_of(settings, "keep") == "none");
  CHECK(value_of(settings, "of a later version") == R"(yes, {"a":1})");
}

TEST_CASE("report: rare events are told one by one, many of a kind are counted") {
  const Folder folder;
  folder.line(1, "train", R"("loss":1)");
  for (std::uint64_t step = 2; step < 30; ++step) {
    folder.event(step, "checkpoint", "checkpoint.safetensors");
    folder.event(step, "skipped", "not finite");
  }
  folder.event(30, "edit", "learning_rate 0.1 -> 0.05");
  folder.event(31, "early_stop", "");
  const Report report = read_report(folder.path());
  REQUIRE(report.events.size() == 4);
  CHECK(report.events[0].name == "skipped");
  CHECK(report.events[0].step == 2);
  CHECK(report.events[0].what == "28 times, the last at 29");
  CHECK(report.events[1].what == "learning_rate 0.1 -> 0.05");
  CHECK(report.events[3].what == "the last of 28");
  CHECK(report.state == "stopped early");
  CHECK(report.problems.size() == 1);  // no config.json
  CHECK(report.title == folder.path().filename());
  CHECK(report.settings.empty());
  CHECK(draws(report));
}

TEST_CASE("report: a single step, not a number, makes a page too") {
  const Folder folder;
  folder.write("config.json", R"({"model":3,"steps":100,"config":[1]})");
  folder.line(1, "train", R"("loss":null)");
  const Report report = read_report(folder.path());
  CHECK(report.state == "1 of 100 steps");
  CHECK_FALSE(report.complete);
  CHECK(value_of(report.figures, "steps") == "1 / 100");
  CHECK(value_of(report.figures, "training loss") == "not finite");
  CHECK(report.quantities == std::vector<std::string>{"loss"});
  CHECK(draws(report));
}

TEST_CASE("report: of many metrics, splits and settings with long names what fits is drawn") {
  const Folder folder;
  const std::string endless(500, 'w');
  std::string settings = R"({"model":")" + endless + R"(","data":"/)" + endless + "\"";
  for (int i = 0; i < 60; ++i) settings += fmt::format(R"(,"{}{}":"{}")", endless, i, endless);
  folder.write("config.json", settings + "}");
  folder.write("device.json", R"({"name":")" + endless + "\"}");
  for (std::uint64_t step = 1; step <= 100; ++step) {
    folder.line(step, "train", R"("loss":2)");
    folder.event(step, endless.c_str(), endless.c_str());
    for (const char* split : {"test", "valid", "other", "more", "most"}) {
      std::string values = fmt::format(R"("split":"{}")", split);
      for (int i = 0; i < 40; ++i)
        values += fmt::format(R"(,"metric {} {}":{})", i, endless, 1e300);
      folder.line(step, "eval", values);
    }
  }
  folder.image("step-000007.png");
  const Report report = read_report(folder.path());
  CHECK(report.metrics.rows.size() == 41);
  CHECK(report.metrics.columns.size() == 7);
  CHECK(draws(report));
}

TEST_CASE("report: samples, device and settings that are damaged are said, the rest is told") {
  const Folder folder;
  folder.write("config.json", "{");
  folder.write("device.json", "[");
  folder.line(3, "train", R"("loss":1)");
  fs::create_directories(folder.path() / "samples");
  folder.write("samples/step-000003.png", "no image");
  const Report report = read_report(folder.path());
  CHECK(report.samples == nullptr);
  CHECK(report.problems.size() == 3);
  CHECK(draws(report));
}

TEST_CASE("report: no folder, and a run that has told nothing yet, are clear errors") {
  const Folder folder;
  ErrorKind kind{};
  CHECK(lemnos::test::contains(
      lemnos::test::error_of([&] { read_report(folder.path() / "none"); }, &kind),
      "name the folder of a run"));
  CHECK(kind == ErrorKind::usage);
  CHECK(lemnos::test::contains(lemnos::test::error_of([&] { read_report(folder.path()); }, &kind),
                               "a run writes it with its first step"));
  CHECK(kind == ErrorKind::failed);
  folder.write("config.json", config);
  folder.event(0, "checkpoint", "checkpoint.safetensors");
  CHECK(lemnos::test::contains(lemnos::test::error_of([&] { read_report(folder.path()); }, &kind),
                               "has no step"));
}

TEST_CASE("report: a line of text never ends beyond its room, nor within a letter") {
  const test::Ui ui;
  ImGui::NewFrame();
  const std::string text = "größte Änderung der Größe";
  TextStyle style{.size = 20};
  CHECK(fitted(text, style) == text);
  CHECK(fitted("a\nb", style) == "a b");
  for (float width = 0; width < 300; width += 7) {
    style.width = width;
    const std::string line = fitted(text, style);
    CAPTURE(line);
    if (line != "…") CHECK(text_width(line, style) <= width);
    if (line == text) continue;
    CHECK(line.ends_with("…"));
    const std::string begin = line.substr(0, line.size() - 3);
    CHECK(text.starts_with(begin));
    CHECK((static_cast<unsigned char>(text[begin.size()]) & 0xc0) != 0x80);
  }
  ImGui::EndFrame();
}

TEST_CASE("report: the page is drawn offscreen and written, or the error says where it cannot be") {
  const lemnos::test::OpenDevice device;
  if (!device) return;
  const Folder folder;
  fill(folder);
  folder.image("step-000020.png");
  const Report report = read_report(folder.path());
  const fs::path file = folder.path() / "page.png";
  write_report(report, device->shared_from_this(), file, {.scale = 0.5f});
  const data::Array page = data::read_png(file, data::Channels::rgb);
  CHECK(page.shape == Shape{877, 620, 3});
  const auto bytes = page.as<std::uint8_t>();
  CHECK(bytes[0] == 255);  // paper
  std::set<std::uint32_t> colors;
  std::size_t sample = 0;
  for (std::size_t i = 0; i + 2 < bytes.size(); i += 3) {
    colors.insert(bytes[i] | bytes[i + 1] << 8 | bytes[i + 2] << 16);
    sample += bytes[i] == 200 && bytes[i + 1] == 200 && bytes[i + 2] == 200 ? 1 : 0;
  }
  CHECK(colors.size() > 50);
  CHECK(sample > 1000);
  const std::string message = lemnos::test::error_of([&] {
    write_report(report, device->shared_from_this(), folder.path() / "none" / "page.png",
                 {.scale = 0.5f});
  });
  CHECK(lemnos::test::contains(message, "cannot write"));
}

// ---- programs -----------------------------------------------------------------------------------

int end_of(os::Program& program) {
  while (!program.exit_code()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  return *program.exit_code();
}

TEST_CASE("program: its exit code and what it said are known once it has ended") {
  const std::vector<std::string> words{"-c", "echo \"$0 $1\" >&2; exit 7", "a b", "c"};
  os::Program program = os::start_program("/bin/sh", words);
  CHECK(end_of(program) == 7);
  CHECK(program.said() == "a b c\n");
  os::Program moved = std::move(program);
  CHECK(moved.exit_code() == 7);
}

TEST_CASE("program: while it runs there is no exit code, and a signal's is 128 and more") {
  const std::vector<std::string> killed{"-c", "kill -9 $$"};
  {
    os::Program running = os::start_program("/bin/sh", std::vector<std::string>{"-c", "sleep 0.2"});
    CHECK_FALSE(running.exit_code());
  }
  os::Program program = os::start_program("/bin/sh", killed);
  CHECK(end_of(program) == 128 + 9);
}

TEST_CASE("program: one that was dropped is no zombie after another has started") {
  const std::vector<std::string> nothing;
  const std::vector<std::string> asks{"-c", "ps --no-headers -o stat --ppid $PPID | grep -c Z >&2"};
  { const os::Program dropped = os::start_program("/bin/true", nothing); }
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  os::Program program = os::start_program("/bin/sh", asks);
  end_of(program);
  CHECK(program.said() == "0\n");
}

TEST_CASE("program: one that is missing is an error, and this one knows where it is") {
  const std::vector<std::string> nothing;
  CHECK(lemnos::test::error_of([&] { os::start_program("/no/such/program", nothing); }) ==
        "cannot start /no/such/program: No such file or directory");
  CHECK(fs::is_regular_file(os::own_program()));
}

}  // namespace
}  // namespace lemnos::viewer
