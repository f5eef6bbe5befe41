// SPDX-License-Identifier: Apache-2.0
#include "cli/inputs.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <sstream>

#include "data/datasets/folder.h"
#include "data/datasets/image_reader.h"
#include "data/formats/csv.h"
#include "data/formats/image.h"
#include "data/formats/npy.h"
#include "data/resize.h"
#include "runtime/base/os.h"

namespace lemnos::cli {
namespace {

namespace fs = std::filesystem;

Shape rows_of(const Preprocessing& preprocessing, std::int64_t rows) {
  return preprocessing.input.inserted(0, rows);
}

// Numbers as the model stores them: pixels become f32 in [0, 1].
data::Array from_numbers(std::vector<float> numbers, std::int64_t rows,
                         const Preprocessing& preprocessing, std::string_view name) {
  if (preprocessing.images()) {
    for (float& number : numbers) {
      if (!(number >= 0 && number <= 255))
        fail("{}: {} is no pixel: the model takes numbers from 0 to 255", name, number);
      number /= 255;
    }
  }
  return preprocessing.apply(
      data::Array::of<float>(rows_of(preprocessing, rows), std::span<const float>(numbers)), name);
}

data::Array from_image(const std::string& path, const Preprocessing& preprocessing, bool resize) {
  const Shape& input = preprocessing.input;
  data::Array image = data::read_image(path, static_cast<data::Channels>(input[2]));
  if (resize) image = data::resized(image, input[0], input[1]);
  if (!(image.shape == input))
    fail("{}: the image has {} x {} pixels, the model takes {} x {}", path, image.shape[1],
         image.shape[0], input[1], input[0]);
  return preprocessing.apply(image.reshaped(rows_of(preprocessing, 1)), path);
}

Inputs from_images(const std::vector<fs::path>& paths, const Preprocessing& preprocessing,
                   bool resize) {
  if (!preprocessing.images() || preprocessing.input.rank() != 3)
    fail_usage("{}: the model takes {} numbers, not images", paths.front().string(),
               preprocessing.features());
  Inputs inputs{{.dtype = DType::u8}};
  for (const fs::path& path : paths) {
    const data::Array image = from_image(path.string(), preprocessing, resize);
    inputs.rows.bytes.insert(inputs.rows.bytes.end(), image.bytes.begin(), image.bytes.end());
    inputs.files.push_back(path.filename().string());
  }
  inputs.rows.shape = rows_of(preprocessing, std::ssize(paths));
  return inputs;
}

// One item or several; a last axis of one channel may be left out.
data::Array from_npy(const std::string& path, const Preprocessing& preprocessing) {
  const data::Array array = data::read_npy(path);
  const std::int64_t features = preprocessing.features();
  const std::int64_t rows = array.shape.elements() / features;
  const Shape full = rows_of(preprocessing, std::max<std::int64_t>(rows, 1));
  const auto without_ones = [](const Shape& shape) {
    std::vector<std::int64_t> sizes(shape.begin(), shape.end());
    std::erase(sizes, 1);
    return sizes;
  };
  if (rows * features != array.shape.elements() || without_ones(full) != without_ones(array.shape))
    fail("{}: its shape is {}, but a row for the model is {}", path, array.shape,
         preprocessing.input);
  return preprocessing.apply(array.reshaped(full), path);
}

// Columns by name where the table has the names of the features; else all, which must be as many.
std::vector<const data::CsvColumn*> feature_columns(const data::CsvTable& table,
                                                    const Preprocessing& preprocessing,
                                                    const std::string& path) {
  std::vector<const data::CsvColumn*> columns;
  if (table.header)
    for (const std::string& name : preprocessing.input_names) {
      const auto found = std::ranges::find(table.columns, name, &data::CsvColumn::name);
      if (found == table.columns.end())
        fail("{}: there is no column '{}', which the model needs", path, name);
      columns.push_back(&*found);
    }
  if (!columns.empty()) return columns;
  if (static_cast<std::int64_t>(table.columns.size()) != preprocessing.features())
    fail("{}: it has {} columns, the model takes {}", path, table.columns.size(),
         preprocessing.features());
  for (const data::CsvColumn& column : table.columns) columns.push_back(&column);
  return columns;
}

data::Array from_csv(const std::string& path, const Preprocessing& preprocessing) {
  const data::CsvTable table = data::read_csv(path);
  const auto columns = feature_columns(table, preprocessing, path);
  std::vector<float> numbers;
  for (std::size_t row = 0; row < table.rows; ++row)
    for (const data::CsvColumn* column : columns) {
      const auto value = static_cast<float>(column->numeric ? column->numbers[row] : INFINITY);
      if (std::isinf(value) || (std::isnan(value) && !preprocessing.fills()))
        fail("{}: row {}, column '{}': this is not a number", path, row + 1, column->name);
      numbers.push_back(value);
    }
  return from_numbers(std::move(numbers), static_cast<std::int64_t>(table.rows), preprocessing,
                      path);
}

// One text in each line.
data::Array from_texts(std::istream& lines, const Preprocessing& preprocessing,
                       std::string_view name) {
  std::vector<std::string> texts;
  for (std::string line; std::getline(lines, line);)
    if (line.find_first_not_of(" \t\r") != std::string::npos) texts.push_back(std::move(line));
  if (texts.empty()) fail("{}: there is no text", name);
  return preprocessing.text->rows(texts, preprocessing.task, name);
}

}  // namespace

Inputs read_inputs(const std::string& path, const Preprocessing& preprocessing, bool resize) {
  if (preprocessing.text) {
    std::istringstream lines(os::read_text(path));
    return {from_texts(lines, preprocessing, path)};
  }
  if (data::is_folder(path)) {
    const std::vector<fs::path> images = data::image_files(path);
    if (images.empty()) fail("{}: there are no images in it", path);
    return from_images(images, preprocessing, resize);
  }
  if (data::has_image_name(path)) return {from_images({path}, preprocessing, resize).rows};
  const std::string extension = fs::path(path).extension();
  if (extension == ".npy") return {from_npy(path, preprocessing)};
  if (extension == ".csv") return {from_csv(path, preprocessing)};
  fail_usage(
      "--predict takes a .png, .jpg, .npy or .csv file, a folder of images, or - for lines of "
      "standard input, not {}",
      path);
}

Inputs read_lines(std::istream& lines, const Preprocessing& preprocessing) {
  constexpr std::string_view name = "standard input";
  if (preprocessing.text) return {from_texts(lines, preprocessing, name)};
  const auto width = static_cast<std::size_t>(preprocessing.features());
  std::vector<float> numbers;
  std::int64_t rows = 0;
  std::size_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    const std::vector<float> row =
        data::parse_csv_line(line, width, name, number, preprocessing.fills());
    numbers.insert(numbers.end(), row.begin(), row.end());
    ++rows;
  }
  if (rows == 0) fail("{}: there is no line of numbers", name);
  return {from_numbers(std::move(numbers), rows, preprocessing, name)};
}

}  // namespace lemnos::cli
