# SPDX-License-Identifier: Apache-2.0
"""What training adds to a loss and an optimizer, by PyTorch in float64. Writes training.json.

`cases` are as in ops.json: cross-entropies with label smoothing. README.md lists the other keys.
"""
import sys

sys.dont_write_bytecode = True
import numpy as np
import torch
import torch.nn.functional as F
from torch.optim import lr_scheduler
from torch.optim.swa_utils import AveragedModel

import ops
from integer_hash import write


def smoothed_losses():
    target = [3, 0, 4, 4]
    for reduce, smoothing in (("mean", 0.1), ("sum", 0.4)):
        ops.case("cross_entropy", {"reduce": reduce, "target": target, "smoothing": smoothing},
                 [ops.given("logits", [4, 5], 4.0)],
                 lambda x: F.cross_entropy(x, torch.tensor(target), reduction=reduce,
                                           label_smoothing=smoothing))


def factors(updates, make):
    """The learning rate of each update, where the optimizer's own is 1."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    scheduler, rates = make(optimizer), []
    for update in range(updates):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if update + 1 < updates:
            scheduler.step()
    return rates


def warmed(warmup, make):
    """`make` after a linear warm-up, whose update t has the rate t / warmup."""
    def both(optimizer):
        first = lr_scheduler.LinearLR(optimizer, 1 / warmup, total_iters=warmup - 1)
        return lr_scheduler.SequentialLR(optimizer, [first, make(optimizer)], [warmup])
    return both if warmup else make


def schedules():
    curves = []

    def add(kind, updates, make, **attributes):
        curves.append({"kind": kind, "attributes": attributes,
                       "factors": factors(updates, make)})

    for w in (0, 7):
        add("constant", 20, warmed(w, lambda o: lr_scheduler.ConstantLR(o, 1.0)), warmup=w)
        add("step", 60, warmed(w, lambda o: lr_scheduler.StepLR(o, 9, 0.3)), warmup=w, every=9,
            gamma=0.3)
        for floor in (0.0, 0.125):
            add("cosine", 50,
                warmed(w, lambda o: lr_scheduler.CosineAnnealingLR(o, 50 - w, floor)),
                warmup=w, total=50, floor=floor)
    for total in (2, 10, 101):
        add("one_cycle", total,
            lambda o: lr_scheduler.OneCycleLR(o, 1.0, total, cycle_momentum=False), total=total)
    return curves


def updates():
    """Six updates of a matrix [2, 3], which decays, and a bias [4], which does not.

    `after` is [6, 10], the elements of both; `average` is their exponential moving average. Update
    4 has no gradient: it is skipped.
    """
    results = []
    decay = 0.1
    for op, make in (("sgd", torch.optim.SGD), ("adamw", torch.optim.AdamW)):
        given = [ops.given("weight", [2, 3]), ops.given("bias", [4]),
                 ops.given("gradient", [6, 10])]
        model = torch.nn.ParameterList(torch.nn.Parameter(ops.value(g)) for g in given[:2])
        optimizer = make([{"params": [model[0]], "weight_decay": decay},
                          {"params": [model[1]], "weight_decay": 0.0}], lr=0.05)
        # torch counts the models averaged before this one; its first is a copy.
        average = AveragedModel(model, avg_fn=lambda a, p, t: a + (1 - min(
            0.5, (1 + t) / (10 + t))) * (p - a))
        average.update_parameters(model)
        after, averages = [], []
        for step, gradient in enumerate(ops.value(given[2])):
            if step != 3:
                model[0].grad, model[1].grad = gradient[:6].reshape(2, 3), gradient[6:]
                optimizer.step()
                average.update_parameters(model)
            flat = lambda m: torch.cat([p.detach().reshape(-1) for p in m]).numpy().copy()
            after.append(flat(model))
            averages.append(flat(average.module))
        results.append({"op": op, "inputs": given, "lr": 0.05, "weight_decay": decay,
                        "average_decay": 0.5, "after": np.stack(after),
                        "average": np.stack(averages)})
    return results


def main():
    smoothed_losses()
    write(ops.HERE / "training.json",
          {"pytorch": torch.__version__, "cases": ops.cases, "schedules": schedules(),
           "updates": updates()})


if __name__ == "__main__":
    main()
