// SPDX-License-Identifier: Apache-2.0
#include "nn/bench/result.h"

#include <doctest/doctest.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "runtime/base/error.h"
#include "tests/nn/bench/sample.h"

namespace lemnos::bench {
namespace {

using Json = nlohmann::ordered_json;

// The message of reading it after a change.
std::string error_after(void (*change)(Json& json)) {
  Json json = Json::parse(to_json(sample_result()));
  change(json);
  try {
    from_json(json.dump(), "a.json");
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

bool says(const std::string& message, std::string_view part) {
  CAPTURE(message);
  return message.find(part) != std::string::npos;
}

TEST_CASE("bench result: JSON that was written is read as the same result") {
  const Result result = sample_result("GPU \"1\", it's, 100 % µ");
  const std::string text = to_json(result);
  const Result again = from_json(text, "a.json");
  CHECK(to_json(again) == text);
  CHECK(again.header.device == result.header.device);
  CHECK(again.header.cooperative == result.header.cooperative);
  CHECK(again.header.memory_bytes == result.header.memory_bytes);
  REQUIRE(again.rows.size() == result.rows.size());
  const Row& model = *again.find("mlp training f32");
  CHECK(model.gpu_ms == result.find("mlp training f32")->gpu_ms);
  CHECK(model.use == Use::train);
  CHECK(model.part == Part::model);
  CHECK_FALSE(model.stable);
  REQUIRE(model.extras.size() == 3);
  CHECK(model.extras[0].value == 812);
  CHECK(model.extras[2].note == "not readable");
  CHECK_FALSE(again.find("conv 3x3 8x32x32x64 f32")->pass);
  CHECK(again.find("no such row") == nullptr);
}

TEST_CASE("bench result: each row of the JSON has the numbers that its times give") {
  Row row{.name = "copy", .flops = 6e9, .bytes = 3e9, .roofline_ms = 2};
  row.gpu_ms = {5, 1, 3, 2, 4};
  row.wall_ms = {50, 10, 30, 20, 40};
  const Json json = Json::parse(to_json(Result{.rows = {row}})).at("rows").at(0);
  CHECK(json.at("ms_median") == 3.0);
  CHECK(json.at("ms_p5").get<double>() == doctest::Approx(1.2));
  CHECK(json.at("ms_p95").get<double>() == doctest::Approx(4.8));
  CHECK(json.at("gflops").get<double>() == doctest::Approx(2000));  // 6e9 in 3 ms
  CHECK(json.at("gbps").get<double>() == doctest::Approx(1000));
  CHECK(json.at("roofline").get<double>() == doctest::Approx(2.0 / 3));
  CHECK(json.at("error") == 0.0);
  CHECK(json.at("pass") == true);
}

TEST_CASE("bench result: without the device's timestamps a row's times are the host's") {
  Row row{.name = "copy", .wall_ms = {4, 6}};
  CHECK(row.ms_median() == 5);
  row.gpu_ms = {1, 2};
  CHECK(row.ms_median() == 1.5);
}

TEST_CASE("bench result: what is not known is null, and so is what is not finite") {
  Row row{.name = "wrong", .error = std::numeric_limits<double>::infinity(), .pass = false};
  const std::string text = to_json(Result{.rows = {row}});
  const Json json = Json::parse(text).at("rows").at(0);
  for (const char* key : {"ms_median", "ms_p5", "ms_p95", "gflops", "gbps", "roofline", "error"})
    CHECK_MESSAGE(json.at(key).is_null(), key);
  const Result again = from_json(text, "a.json");
  CHECK(std::isnan(again.rows[0].error));
  CHECK_FALSE(again.rows[0].pass);
}

TEST_CASE("bench result: what is no result is refused by name, with what to do") {
  CHECK_THROWS_WITH(from_json("{\"format\": ", "a.json"),
                    "a.json is not JSON: write a result with lemnos bench --json FILE");
  for (const char* other : {"{}", "[]", "3", "null", "[3]", R"({"loss": 1})"})
    CHECK_THROWS_WITH(
        from_json(other, "a.json"),
        "a.json is no result of lemnos bench: write one with lemnos bench --json FILE");
  CHECK_THROWS_WITH(read_result("no/such/file.json"), doctest::Contains("no/such/file.json"));
  CHECK(says(error_after([](Json& json) { json["format"] = "other"; }), "format is \"other\""));
}

TEST_CASE("bench result: another schema version is refused before anything else") {
  const std::string message = error_after([](Json& json) {
    json["schema"] = 3;
    json["rows"] = "elsewhere";
  });
  CHECK(message ==
        "a.json has schema 3, this lemnos reads 2: measure again, or use the lemnos that wrote it");
}

TEST_CASE("bench result: an error of reading names the place") {
  CHECK(says(error_after([](Json& json) { json["rows"][3]["gpu_ms"][1] = "fast"; }),
             "a.json: rows[3].gpu_ms[1] is \"fast\", not a number"));
  CHECK(says(error_after([](Json& json) { json["rows"][3]["gpu_ms"][1] = -1; }),
             "rows[3].gpu_ms[1] is -1, not a number of at least 0"));
  CHECK(says(error_after([](Json& json) { json["rows"][3]["gpu_ms"][1] = nullptr; }),
             "rows[3].gpu_ms[1] is null, not a number"));
  CHECK(says(error_after([](Json& json) { json["rows"][0].erase("pass"); }),
             "rows[0].pass is missing"));
  CHECK(says(error_after([](Json& json) { json["rows"][0]["passed"] = true; }),
             "rows[0].passed is not known here"));
  CHECK(says(error_after([](Json& json) { json["rows"][0]["part"] = "engine"; }),
             "rows[0].part is \"engine\", not one of those known, such as \"ceiling\""));
  CHECK(says(error_after([](Json& json) { json["header"]["vendor_id"] = 1ll << 32; }),
             "header.vendor_id is 4294967296, not a whole number that fits"));
  CHECK(says(error_after([](Json& json) { json["header"] = Json::array(); }),
             "header is an array, not an object"));
  CHECK(says(error_after([](Json& json) { json["rows"] = 3; }), "rows is 3, not an array"));
  CHECK(says(error_after([](Json& json) { json["rows"][1]["name"] = json["rows"][0]["name"]; }),
             "rows[1].name is \"ceiling f32 arithmetic\", not a name of its own"));
}

TEST_CASE("bench result: a derived number that the times do not give is refused") {
  CHECK(says(error_after([](Json& json) { json["rows"][4]["ms_median"] = 0.001; }),
             "rows[4].ms_median is 0.001, but the times give 0."));
  CHECK(says(error_after([](Json& json) { json["rows"][4]["gflops"] = nullptr; }),
             "rows[4].gflops is 0, but the times give"));
}

TEST_CASE("bench result: several devices are an array, and one file where one is needed") {
  const std::vector<Result> both{sample_result("one"), sample_result("two")};
  const std::string text = to_json(both);
  CHECK(Json::parse(text).size() == 2);
  CHECK_THROWS_WITH(from_json(text, "a.json"), doctest::Contains("the results of 2 devices"));
  CHECK(to_json(std::span(both).first(1)) == to_json(both[0]));
}

TEST_CASE("bench result: CSV has a line for each row, quoted where it must be") {
  Result result;
  Row row{.name = "say \"hi\", twice", .device = "Test GPU", .flops = 2e6, .checked = true};
  row.gpu_ms = {2};
  row.error = 0.5;
  result.rows = {row, Row{.name = "large", .device = "Test GPU", .note = "does not fit"}};
  CHECK(to_csv(std::span(&result, 1)) ==
        "name,device,part,use,precision,ms_median,ms_p5,ms_p95,gflops,gbps,roofline,error,checked,"
        "pass,stable,note\n"
        "\"say \"\"hi\"\", twice\",Test GPU,kernel,run,f32,2,2,2,1,,,0.5,true,true,true,\n"
        "large,Test GPU,kernel,run,f32,,,,,,,,false,true,true,does not fit\n");
}

TEST_CASE("bench result: the medians of a result are a result with the same medians") {
  const Result all = sample_result();
  const Result few = from_json(to_json(medians(all)), "a.json");
  for (const Row& row : all.rows) {
    const Row& median = *few.find(row.name);
    CHECK(median.ms_median() == row.ms_median());
    CHECK(median.gpu_ms.size() <= 1);
    CHECK(median.wall_ms.size() <= 1);
  }
}

}  // namespace
}  // namespace lemnos::bench
