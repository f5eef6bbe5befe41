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

// Cross-validation: cuts the training split into `folds` parts by the seed; part `fold`, from 0,
// becomes the test split and the others train. What the data set itself holds out is left out of
// both. Rows are dealt out one after the other in the order of shuffled(rows, seed, 0), where there
// are classes one class after the other, so that parts, and classes in them, differ in size by one
// row at most; within a split they stay in order. Wrong usage: fewer than two parts, no such part,
// or more of them than rows, or than a class that occurs has.
void hold_out_fold(Dataset& dataset, std::int64_t folds, std::int64_t fold, std::uint64_t seed);

// Leaves `count` training examples of each class: the first ones of shuffled(rows, seed, 0). All of
// a class that has fewer, and says so. Fails when a class has none.
void keep_per_class(Dataset& dataset, std::int64_t count, std::uint64_t seed);

}  // namespace lemnos::data
