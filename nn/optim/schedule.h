// SPDX-License-Identifier: Apache-2.0
// Learning rates that change with the updates: a factor of the optimizer's own, computed on the
// device from the count of its updates, so that a recorded step never changes.
//
//   adam.schedule(optim::cosine(10000, {.warmup = 500}));
//
// Formulas are torch.optim.lr_scheduler's; an update that is skipped does not count.
#pragma once

#include <cstdint>

#include "runtime/tensor/tensor.h"

namespace lemnos::optim {

// Made by the functions below. Counts of updates are whole, and below 2^24: t is in f32.
struct Schedule {
  enum class Kind : std::uint8_t { constant, step, cosine, one_cycle };
  Kind kind = Kind::constant;
  std::int64_t warmup = 0;
  std::int64_t updates = 1;  // of a step; of the whole, warm-up included
  double factor = 1;         // of a step; at the end
};

struct Warmup {
  // Of the first so many updates, update t has the rate t / warmup of the learning rate; then the
  // schedule begins.
  std::int64_t warmup = 0;
};

// 1 (with a warm-up: LinearLR from 1 / warmup).
Schedule constant(Warmup options = {});

// gamma^k after k * every updates (StepLR).
Schedule step_decay(std::int64_t every, double gamma, Warmup options = {});

// Half a cosine from 1 down to `floor` at the end of `total` updates, those of the warm-up
// included, and `floor` from then on (Loshchilov and Hutter 2016; CosineAnnealingLR).
struct CosineOptions {
  double floor = 0;
  std::int64_t warmup = 0;
};
Schedule cosine(std::int64_t total, CosineOptions options = {});

// Half a cosine from 1 / 25 up to 1 over 30 % of `total` updates, and half a one down to 1 /
// 250,000 at the last (Smith and Topin 2018; OneCycleLR, but momentum is left as it is).
Schedule one_cycle(std::int64_t total);

// Recorded: the factor of the learning rate at update t (one element, from 1). Wrong usage where a
// number of the schedule is out of range.
Tensor factor_at(const Schedule& schedule, const Tensor& t);

}  // namespace lemnos::optim
