// SPDX-License-Identifier: Apache-2.0
// Folders of .png, .jpg and .jpeg files as data sets.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>

namespace lemnos::data {

struct Array;
struct Dataset;

struct ImageSize {
  std::int64_t width = 0, height = 0;
};

// "64" (64 x 64) or "64x48", width first. Wrong usage otherwise, and beyond 16384.
ImageSize parse_size(std::string_view text);

struct ImageOptions {
  std::optional<ImageSize> size;  // that all images are made to have; else they must agree
  double held_out = 0.2;          // part that is the test split, where the folder has none
  std::uint64_t seed = 0;         // of the shuffle that chooses it
};

// DIR/CLASS/*: labelled images; held out by class.
// DIR/train/CLASS/* and DIR/test/CLASS/*, or val for test: the same, held out as it says.
// DIR/*, DIR/train/* and DIR/test/*: images without labels.
// Classes are sorted by name. Hidden files and folders are passed over; so are other files, which
// is said. Images are u8 [N, H, W, C]: gray where all are, else RGB; alpha is laid on black, 16
// bits become 8, an orientation in a JPEG's EXIF data is not applied (formats/image.h).
//
// Fails naming the file where an image cannot be read; naming two where sizes differ, unless a size
// is given (data/resize.h); where a class has no images to train on, where there is but one class,
// where the test split has a class of its own, and on images beside folders.
Dataset image_folder(const std::filesystem::path& folder, const ImageOptions& options = {});

// Images [N, H, W, 1|3] as 00001.png and so on, in a folder that is made where it is not there.
void write_images(const std::filesystem::path& folder, const Array& images);

}  // namespace lemnos::data
