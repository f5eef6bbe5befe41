// SPDX-License-Identifier: Apache-2.0
#include "nn/train/technique.h"

#include "runtime/base/error.h"

namespace lemnos {

void Technique::verify() const {
  if (schedule != "constant" && schedule != "step" && !ends())
    fail_usage("--schedule: there is no '{}'; there are constant, step, cosine and one-cycle",
               schedule);
  if (schedule == "step" && step_every < 1)
    fail_usage("--schedule step needs --step-every, a number of steps");
  if (schedule != "step" && step_every != 0) fail_usage("--step-every is for --schedule step");
  if (schedule != "cosine" && lr_floor != 0) fail_usage("--lr-floor is for --schedule cosine");
  if (!ends() && schedule_steps != 0)
    fail_usage("--schedule-steps is for --schedule cosine and one-cycle");
  if (schedule == "one-cycle" && warmup != 0)
    fail_usage("--warmup: one-cycle rises by itself, for 30 % of its steps");
  if (schedule_steps < 0) fail_usage("--schedule-steps must be at least 1, not {}", schedule_steps);
  made_schedule(1 << 20);
  if (accumulate < 1) fail_usage("--accumulate must be at least 1, not {}", accumulate);
  if (decay != "matrices" && decay != "all")
    fail_usage("--decay: there is no '{}'; there are matrices and all", decay);
  if (!(ema >= 0 && ema < 1)) fail_usage("--ema must be at least 0 and below 1, not {}", ema);
  if (patience < 0) fail_usage("--patience must be at least 1, not {}", patience);
  if (!(label_smoothing >= 0 && label_smoothing < 1))
    fail_usage("--label-smoothing must be at least 0 and below 1, not {}", label_smoothing);
  augmentation();
  if (mixup != 0 && !(mixup >= 0.001 && mixup <= 1))
    fail_usage("--mixup must be from 0.001 to 1, not {}", mixup);
}

optim::Schedule Technique::made_schedule(std::uint64_t planned) const {
  const std::int64_t total =
      schedule_steps > 0 ? schedule_steps : static_cast<std::int64_t>(planned);
  if (schedule == "step") return optim::step_decay(step_every, step_factor, {.warmup = warmup});
  if (schedule == "cosine") return optim::cosine(total, {.floor = lr_floor, .warmup = warmup});
  if (schedule == "one-cycle") return optim::one_cycle(total);
  return optim::constant({.warmup = warmup});
}

}  // namespace lemnos
