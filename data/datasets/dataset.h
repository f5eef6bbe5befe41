// SPDX-License-Identifier: Apache-2.0
// A data set: inputs and targets of a training and a test split, and what the targets mean.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "data/array.h"
#include "data/datasets/csv_table.h"

namespace lemnos::data {

enum class Task {
  none,        // no targets: generative models
  classes,     // targets u32 [N], each below classes()
  regression,  // targets f32 [N, 1]
};

struct Split {
  Array inputs;   // images u8 [N, H, W, C]; tables f32 [N, features]
  Array targets;  // no bytes when the task is none
  std::int64_t rows() const { return inputs.rows(); }
};

struct Dataset {
  std::string name;
  Task task = Task::none;
  std::vector<std::string> class_names;  // one for each class when the task is classes
  std::vector<std::string> input_names;  // one for each feature of a table, else none
  Split train;
  Split test;  // has no rows when nothing was held out

  std::int64_t classes() const { return static_cast<std::int64_t>(class_names.size()); }
};

// What --data accepts: fashion_mnist, mnist, the name of a synthetic set, a folder with IDX files,
// or a .csv file. Anything else is wrong usage, and the message lists what is known.
Dataset open_dataset(std::string_view name_or_path, const TableOptions& table = {});

}  // namespace lemnos::data
