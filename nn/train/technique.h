// SPDX-License-Identifier: Apache-2.0
// How a run is trained besides its optimizer: flags of `train`, and what config.json keeps of them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "nn/optim/schedule.h"
#include "nn/train/augmentation.h"

namespace lemnos {

struct Technique {
  std::string schedule = "constant";
  std::int64_t schedule_steps = 0;
  std::int64_t warmup = 0;
  double lr_floor = 0;
  std::int64_t step_every = 0;
  double step_factor = 0.1;
  std::int64_t accumulate = 1;
  std::string decay = "matrices";
  double ema = 0;
  std::int64_t patience = 0;
  double label_smoothing = 0;
  std::string augment = "none";
  double mixup = 0;

  // A field is a flag too: nn/models/config.h.
  template <class Visitor>
  void fields(Visitor&& visit) {
    visit("schedule", schedule, "of the learning rate: constant, step, cosine, one-cycle");
    visit("schedule_steps", schedule_steps, "after which cosine and one-cycle end; 0: all");
    visit("warmup", warmup, "steps over which the learning rate first rises, evenly");
    visit("lr_floor", lr_floor, "where cosine ends, as a part of the learning rate");
    visit("step_every", step_every, "steps after which schedule step lowers the learning rate");
    visit("step_factor", step_factor, "what it then multiplies it with");
    visit("accumulate", accumulate, "batches whose gradients make one step");
    visit("decay", decay, "what --weight-decay is for: matrices, or all");
    visit("ema", ema, "decay of the average of the weights that is judged and kept; 0: none");
    visit("patience", patience, "evaluations without a better one that end the run; 0: any");
    visit("label_smoothing", label_smoothing, "part of each target that is spread over classes");
    visit("augment", augment,
          "training images, at random: flip,rotate=10,scale=0.1,crop=0.125, or some of these");
    visit("mixup", mixup, "blend rows, and their classes, by shares from Beta(a, a); 0: none");
  }

  void verify() const;  // wrong usage: a value out of range, named as its flag
  // planned: steps of the run, for a schedule whose length nobody said.
  optim::Schedule made_schedule(std::uint64_t planned) const;
  Augmentation augmentation() const { return Augmentation::parse(augment); }
  // Whether the learning rate depends on how long the run is to be.
  bool ends() const { return schedule == "cosine" || schedule == "one-cycle"; }
};

}  // namespace lemnos
