// SPDX-License-Identifier: Apache-2.0
// MNIST and every data set in its layout: four IDX files in one folder.
#pragma once

#include <filesystem>

#include "data/datasets/dataset.h"

namespace lemnos::data {

// train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte, t10k-labels-idx1-ubyte,
// also spelt train-images.idx3-ubyte, plain or with .gz. Images u8 [N, H, W, 1], 28 x 28 in the
// originals; labels u32 [N] below 10. A folder whose name holds "fashion" gets Fashion-MNIST's
// class names, any other the ten digits.
Dataset mnist_folder(const std::filesystem::path& folder);

// Fashion-MNIST (Xiao, Rasul, Vollgraf 2017). No folder: the one of Debian's package
// dataset-fashion-mnist.
Dataset fashion_mnist(const std::filesystem::path& folder = {});

}  // namespace lemnos::data
