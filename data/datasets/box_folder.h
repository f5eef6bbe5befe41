// SPDX-License-Identifier: Apache-2.0
// Folders of images with boxes of what is in them.
#pragma once

#include <filesystem>

#include "data/datasets/image_folder.h"

namespace lemnos::data {

// DIR/images/A.png (or .jpg) and DIR/labels/A.txt, as YOLO and most labelling tools write them: a
// line for each thing, "class x y width height", the class a number from 0 on, the box's centre and
// size as parts of the image. A file that is empty, or not there: nothing is in the image.
// DIR/images/train and DIR/images/val (or test), the same below labels: held out as it says, else a
// fifth by the seed. DIR/classes.txt, or DIR/labels/classes.txt, has the classes' names, a line
// each; without it they are called by their numbers.
//
// Images are read as those of image_folder. Fails naming file and line where a line is not as
// above, where no image has a box, and where a name or an image is missing.
Dataset box_folder(const std::filesystem::path& folder, const ImageOptions& options = {});

// Whether there are images and labels in it.
bool is_box_folder(const std::filesystem::path& folder);

}  // namespace lemnos::data
