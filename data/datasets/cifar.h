// SPDX-License-Identifier: Apache-2.0
// CIFAR-10 and CIFAR-100 (Krizhevsky 2009), in their binary version.
#pragma once

#include <filesystem>

#include "data/datasets/dataset.h"

namespace lemnos::data {

// CIFAR-10: data_batch_1.bin to data_batch_5.bin, test_batch.bin, batches.meta.txt (the names of
// the classes). CIFAR-100: train.bin, test.bin, fine_label_names.txt; its classes are the 100 fine
// ones. Images u8 [N, 32, 32, 3], labels u32 [N]. A file may hold any number of images, but only
// whole ones.
Dataset cifar_folder(const std::filesystem::path& folder);

bool is_cifar_folder(const std::filesystem::path& folder);

}  // namespace lemnos::data
