// SPDX-License-Identifier: Apache-2.0
// Which rows train, and which are held out.
#pragma once

#include <cstdint>
#include <span>

namespace lemnos::data {

struct Dataset;
struct Split;

// The rows of a split in the order asked for, texts and arrays alike.
Split take(const Split& split, std::span<const std::uint32_t> rows);

enum class Stratify { no, by_class };

// Moves round(fraction * rows), at least one, from the training to the test split: the first of
// shuffled(rows, seed, 0) (loader.h); the others train, in that order. by_class: so many of each
// class. A fraction of 0 holds nothing out. Fails when a row, or by_class a class, has no second.
void hold_out(Dataset& dataset, double fraction, std::uint64_t seed, Stratify stratify);

// Leaves `count` training examples of each class: the first ones of shuffled(rows, seed, 0). All of
// a class that has fewer, and says so. Fails when a class has none.
void keep_per_class(Dataset& dataset, std::int64_t count, std::uint64_t seed);

}  // namespace lemnos::data
