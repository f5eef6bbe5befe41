// SPDX-License-Identifier: Apache-2.0
// What `lemnos run --predict` reads.
#pragma once

#include <istream>
#include <string>
#include <vector>

#include "nn/train/preprocessing.h"

namespace lemnos::cli {

struct Inputs {
  data::Array rows;
  std::vector<std::string> files = {};  // names, one for each row, where they were a folder
};

// Rows for a model from a .png, .jpg, .npy or .csv file or a folder of images, ready for it.
// Images: their pixels, 0 to 255 (a .npy of f32: 0 to 1). Tables: the features, by the names in the
// first line where it has them. Models of texts take any text file, each line of which is one.
// resize: an image of another size is made to fit, as those that the model was trained on were.
Inputs read_inputs(const std::string& path, const Preprocessing& preprocessing, bool resize);

// Lines of comma-separated numbers, or texts, one row each, as from standard input.
Inputs read_lines(std::istream& lines, const Preprocessing& preprocessing);

}  // namespace lemnos::cli
