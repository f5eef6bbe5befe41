# SPDX-License-Identifier: Apache-2.0
"""Losses of PyTorch over the first steps of a training, and how far a float32 run may be from them.

Update   Adam, lr 1e-3, betas 0.9 and 0.999, eps 1e-8.
Hash     integer_hash.py: hash(stream, index), u = (hash >> 8) / 2^24.
Weights  w = float32(2u - 1) * float32(1 / sqrt(fan_in)): 1 / sqrt(fan_in) in double, rounded once
         to float32; then one float32 product. The stream is the parameter's number in Lemnos'
         order, the index the flat index in Lemnos' layout. Where a parameter has a shift, it is
         added.
Bound    bound[s] = max(1e-5, 4 * the largest |float32 - float64| / |float64| of steps 0 to s, over
         all float32 runs).
Turns    Of a network with several losses in a step, these follow each other; s counts losses.
Runs     PyTorch's float32 losses depend on the order of its sums, so one run is not its distance.
         The runs sum in three orders (one thread, two threads, one without MKL-DNN), and NUDGED
         more start from weights within one ulp: w plus hash(2000 + 100 r + stream, i) mod 3 - 1
         ulps.

The float64 run starts from the same float32 values, cast up.
"""
from typing import Callable, NamedTuple

import numpy as np
import torch

from integer_hash import hash32, symmetric

NUDGED = 16
DISTANCE = "relative: |a - float64| / |float64|"


class Part(NamedTuple):
    """A parameter of Lemnos in a PyTorch network."""
    name: str             # PyTorch's
    values: torch.Tensor  # PyTorch's, or a part of it
    fan_in: int
    shift: float = 0.0
    shape: list = None    # in Lemnos' layout, where that is another
    to_pytorch: Callable = lambda w: w  # from Lemnos' layout


class Model(NamedTuple):
    name: str
    make: Callable      # () -> a network with loss(*batch); or with turns(), modules that have an
                        # optimizer each, and losses(*batch), which yields a loss for each in turn
    parts: Callable     # network -> its Parts in Lemnos' order
    batch_of: Callable  # step -> arrays; those of floats are cast to the run's type
    steps: int
    sums_after: tuple = ()  # numbers of steps after which the parameters' sums are kept


def settings(data_set, batch, steps):
    return {"data_set": data_set, "batch": batch, "steps": steps,
            "optimizer": "adam", "lr": 1e-3, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8,
            "pytorch": torch.__version__, "threads": torch.get_num_threads()}


def nudged(w, stream, nudge):
    """w with each element moved by -1, 0 or 1 ulp; w itself for nudge 0."""
    if not nudge:
        return w
    ulps = hash32(2000 + 100 * nudge + stream, np.arange(w.size)).reshape(w.shape) % np.uint32(3)
    return np.nextafter(w, w + (ulps.astype(np.float32) - np.float32(1)))


def initialise(parts, nudge):
    """Fills the parameters from the hash; returns their description for the JSON file."""
    assert len(parts) <= 100  # streams of the nudges
    described = []
    for stream, part in enumerate(parts):
        shape = part.shape or list(part.values.shape)
        w = symmetric(stream, shape) * np.float32(1 / np.sqrt(np.float64(part.fan_in)))
        shift = {"shift": part.shift} if part.shift else {}
        if shift:
            w = w + np.float32(part.shift)
        w = nudged(w, stream, nudge)
        assert w.dtype == np.float32
        with torch.no_grad():
            part.values.copy_(torch.from_numpy(np.ascontiguousarray(part.to_pytorch(w))))
        described.append({"name": part.name, "stream": stream, "shape": shape,
                          "fan_in": part.fan_in, **shift, "first": w.reshape(-1)[:4]})
    return described


def sums(parts):
    return [{"sum": float(p.values.detach().double().sum()),
             "sum_squares": float(p.values.detach().double().square().sum())} for p in parts]


def train(model, dtype, nudge=0):
    """(description of the parameters, losses)."""
    net = model.make()
    described = initialise(model.parts(net), nudge)
    net.to(dtype)
    turns = net.turns() if hasattr(net, "turns") else [net]
    opts = [torch.optim.Adam(turn.parameters(), lr=1e-3, betas=(0.9, 0.999), eps=1e-8)
            for turn in turns]
    losses = []
    for step in range(model.steps):
        batch = [torch.from_numpy(values) for values in model.batch_of(step)]
        batch = [b.to(dtype) if b.is_floating_point() else b for b in batch]
        step_losses = net.losses(*batch) if hasattr(net, "losses") else [net.loss(*batch)]
        for opt, loss in zip(opts, step_losses):
            opt.zero_grad(set_to_none=True)
            loss.backward()
            opt.step()
            losses.append(loss.detach().numpy()[()])
        if step + 1 in model.sums_after:
            for entry, after in zip(described, sums(model.parts(net))):
                entry[f"after_{step + 1}"] = after
    return described, losses


def float32_runs(model):
    """{name: losses}: PyTorch's float32 in several orders of summation, see Runs above."""
    def losses(nudge=0):
        return train(model, torch.float32, nudge)[1]

    runs = {"one thread": losses()}
    torch.set_num_threads(2)
    runs["two threads"] = losses()
    torch.set_num_threads(1)
    with torch.backends.mkldnn.flags(enabled=False):
        runs["without MKL-DNN"] = losses()
    for r in range(1, NUDGED + 1):
        runs[f"nudged {r}"] = losses(r)
    return runs


def curve(model):
    """What the JSON file says of the losses, and of the parameters."""
    torch.set_num_threads(1)  # one thread sums in one order, so float32 repeats itself on one CPU
    described, f64 = train(model, torch.float64)
    runs = float32_runs(model)
    f32 = runs["one thread"]
    distances = np.abs(np.array(list(runs.values()), np.float64) - f64) / np.abs(f64)
    bound = [max(1e-5, 4 * d) for d in np.maximum.accumulate(distances.max(axis=0))]
    reported = [n for n in (10, 20) if n < model.steps] + [model.steps]
    for run, distance in zip(runs, distances):
        print(f"{model.name} {run}: relative distance at most "
              + ", ".join(f"{distance[:n].max():.2e} in {n} steps" for n in reported))
    for step in (1, 10, model.steps):
        print(f"{model.name} step {step}: float64 {f64[step - 1]:.12f},"
              f" float32 {f32[step - 1]:.9g}, bound {bound[step - 1]:.2e}")
    losses = {"float64": f64, "float32": f32,
              "float32_runs": {run: float(d.max()) for run, d in zip(runs, distances)},
              "bound": bound}
    return losses, described
