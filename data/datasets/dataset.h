// SPDX-License-Identifier: Apache-2.0
// A data set: inputs and targets of a training and a test split, and what the targets mean.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "data/array.h"
#include "data/datasets/csv_table.h"
#include "data/datasets/image_folder.h"
#include "data/datasets/text.h"

namespace lemnos::data {

enum class Task {
  none,        // no targets: generative models
  classes,     // targets u32 [N], each below classes()
  regression,  // targets f32 [N, 1]
  next_token,  // texts without targets: every token is the target of those before it
  sequence,    // target_texts: what each text is to become
  // Things in images: targets f32 [N, most, 5]. Each is its class, then the x and y of its box's
  // centre, its width and its height, as parts of the image. The class is -1 where there are no
  // more.
  boxes,
};

struct Split {
  Array inputs;   // images u8 [N, H, W, C]; tables f32 [N, features]; ids i32 [N, L] of texts
  Array targets;  // no bytes when the task has none
  // Data sets of texts have these, and inputs only once a tokenizer has made them (data/text/).
  std::vector<std::string> texts;
  std::vector<std::string> target_texts;  // one for each text when the task is sequence
  double bytes_per_token = 0;             // of inputs that are windows of running text

  std::int64_t rows() const {
    return inputs.empty() ? static_cast<std::int64_t>(texts.size()) : inputs.rows();
  }
};

struct Dataset {
  std::string name;
  Task task = Task::none;
  std::vector<std::string> class_names;  // one for each class when the task is classes or boxes
  std::vector<std::string> input_names;  // one for each feature of a table, else none
  Split train;
  Split test;             // has no rows when nothing was held out
  std::string path = {};  // absolute, of the file or folder it was opened from; empty: by its name

  std::int64_t classes() const { return static_cast<std::int64_t>(class_names.size()); }
};

// What --data accepts: fashion_mnist, mnist, cifar10, cifar100, scenes (scenes.h), the name of a
// synthetic set, a folder with the files of one of these or with images, or a .csv file. Anything
// else is wrong usage, and the message lists what is known.
Dataset open_dataset(std::string_view name_or_path, const TableOptions& table = {},
                     const ImageOptions& images = {});

// Whether it is a folder whose images may be made to have a size (image_folder).
bool is_image_folder(std::string_view name_or_path);

// The same for texts, by what they are wanted for:
// classes: a folder (text_folder), a .csv or .tsv file (text_table), fortunes;
// next_token: any of these without its labels, or a file of running text;
// none: as for classes where there are labels, else as for next_token;
// sequence: a .csv or .tsv file (text_pairs), reversal.
// fortunes: Debian's package of that name; its files are the classes.
Dataset open_text(std::string_view name_or_path, Task task, const TextOptions& options = {});

// Whether columns can be named of it: a .csv or .tsv file.
bool has_columns(std::string_view name_or_path);

}  // namespace lemnos::data
