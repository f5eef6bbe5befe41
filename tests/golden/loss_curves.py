# SPDX-License-Identifier: Apache-2.0
"""PyTorch's losses over the first 50 steps of mlp 784-512-10 and of conv_vae.

Writes mlp_784_512_10.json and conv_vae.json beside this script; README.md lists their keys.

Data     Fashion-MNIST's training images in file order. Step s (from 0) uses images 128 b to
         128 b + 127, b = s mod 468, the number of whole batches. Pixels are float32 u8 / 255.
Update   Adam, lr 1e-3, betas 0.9 and 0.999, eps 1e-8.
Loss     mlp: mean cross-entropy. conv_vae: (sum of binary cross-entropy on logits + KL) / 128.

Hash     integer_hash.py: hash(stream, index), u = (hash >> 8) / 2^24.
Weights  w = float32(2u - 1) * float32(1 / sqrt(fan_in)): 1 / sqrt(fan_in) in double, rounded once
         to float32; then one float32 product. The stream is the parameter's number in module
         order: mlp: the weight and bias of each layer are 0 and 1, 2 and 3. conv_vae:
         enc conv1 0 1, conv2 2 3, linear 4 5, mu 6 7, logvar 8 9, dec linears 10 11, 12 13,
         transposed convolutions 14 15, 16 17, 18 19. The index is the flat index in Lemnos'
         layout: conv [out,kh,kw,in], transposed conv [in,kh,kw,out], linear [out,in], where the
         features beside a flatten or unflatten lie in the order H, W, C (PyTorch: C, H, W).
fan_in   As PyTorch's reset_parameters has it: in * kh * kw, linear: in; transposed conv:
         out * kh * kw. A bias takes its weight's.
Noise    eps[s, n, j], step s from 0, image n of the batch, latent j of 32 (Irwin-Hall):
         i = n * 32 + j;  eps = (sum over t < 12 of (hash(1000 + s, 12 i + t) >> 16)) / 65536 - 6,
         exact in float32.

Bound    bound[s] = max(1e-5, 4 * the largest |float32 - float64| / |float64| of steps 0 to s, over
         all float32 runs). Relative for both models: conv_vae's loss is hundreds of nats.
Runs     PyTorch's float32 losses depend on the order of its sums, so one run is not its distance.
         The runs sum in three orders (one thread, two threads, one without MKL-DNN), and NUDGED
         more start from weights within one ulp: w plus hash(2000 + 100 r + stream, i) mod 3 - 1
         ulps. mlp stays within 1e-6 in all. conv_vae has 8 million relus a step, a few
         within rounding of 0 (step 2: 6e-9); one that falls on the other side changes a gradient,
         and where a gradient is near 0 Adam makes of its sign a whole step. Float64 from nudged
         weights leaves float64 as far. Such distances have a heavy tail: 6 nudged runs reached
         1.8e-4, 16 reach twice that and more.

The float64 run starts from the same float32 values, cast up.
"""
import argparse
import gzip
import pathlib
import sys

sys.dont_write_bytecode = True
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from integer_hash import hash32, symmetric, write

BATCH, STEPS, LATENT, NUDGED = 128, 50, 32, 16
HERE = pathlib.Path(__file__).resolve().parent


class Mlp(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 10))

    def loss(self, x, y, eps):
        return F.cross_entropy(self.net(x.reshape(len(x), 784)), y)


class ConvVae(nn.Module):
    def __init__(self):
        super().__init__()
        self.enc = nn.Sequential(
            nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(32, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Flatten(), nn.Linear(7 * 7 * 32, 32), nn.ReLU())
        self.mu = nn.Linear(32, LATENT)
        self.logvar = nn.Linear(32, LATENT)
        self.dec = nn.Sequential(
            nn.Linear(LATENT, 32), nn.ReLU(), nn.Linear(32, 7 * 7 * 32), nn.ReLU(),
            nn.Unflatten(1, (32, 7, 7)),
            nn.ConvTranspose2d(32, 32, 3, 2, 1, 1), nn.ReLU(),
            nn.ConvTranspose2d(32, 32, 3, 2, 1, 1), nn.ReLU(),
            nn.ConvTranspose2d(32, 1, 3, 1, 1))

    def loss(self, x, y, eps):
        h = self.enc(x)
        mu, lv = self.mu(h), self.logvar(h)
        out = self.dec(mu + torch.exp(0.5 * lv) * eps)
        bce = F.binary_cross_entropy_with_logits(out, x, reduction="sum") / len(x)
        kl = -0.5 * torch.sum(1 + lv - mu * mu - lv.exp()) / len(x)
        return bce + kl


def lemnos_shape(shape):
    """Shape in Lemnos' layout of a PyTorch parameter."""
    if len(shape) == 4:
        return [shape[0], shape[2], shape[3], shape[1]]
    return list(shape)


def to_pytorch(name, w):
    """Lemnos' layout -> PyTorch's. enc.7 follows the flatten, dec.2 precedes the unflatten."""
    if w.ndim == 4:
        w = w.transpose(0, 3, 1, 2)
    elif name == "enc.7.weight":
        w = w.reshape(32, 7, 7, 32).transpose(0, 3, 1, 2).reshape(32, 7 * 7 * 32)
    elif name == "dec.2.weight":
        w = w.reshape(7, 7, 32, 32).transpose(2, 0, 1, 3).reshape(7 * 7 * 32, 32)
    elif name == "dec.2.bias":
        w = w.reshape(7, 7, 32).transpose(2, 0, 1).reshape(7 * 7 * 32)
    return np.ascontiguousarray(w)


def nudged(w, stream, nudge):
    """w with each element moved by -1, 0 or 1 ulp; w itself for nudge 0."""
    if not nudge:
        return w
    ulps = hash32(2000 + 100 * nudge + stream, np.arange(w.size)).reshape(w.shape) % np.uint32(3)
    return np.nextafter(w, w + (ulps.astype(np.float32) - np.float32(1)))


def initialise(net, nudge):
    """Fills net's parameters from the hash; returns their description for the JSON file."""
    described = []
    for stream, (name, p) in enumerate(net.named_parameters()):
        if name.endswith("weight"):
            fan_in = nn.init._calculate_fan_in_and_fan_out(p)[0]
        shape = lemnos_shape(p.shape)
        w = symmetric(stream, shape) * np.float32(1 / np.sqrt(np.float64(fan_in)))
        w = nudged(w, stream, nudge)
        assert w.dtype == np.float32
        with torch.no_grad():
            p.copy_(torch.from_numpy(to_pytorch(name, w)))
        described.append({"name": name, "stream": stream, "shape": shape, "fan_in": fan_in,
                          "first": w.reshape(-1)[:4]})
    return described


def noise(step):
    """float32 [BATCH, LATENT]: nearly normal, from sums of 12 integers."""
    index = np.arange(BATCH * LATENT * 12).reshape(BATCH, LATENT, 12)
    total = (hash32(1000 + step, index) >> np.uint32(16)).astype(np.int64).sum(axis=2)
    return (total / 65536 - 6).astype(np.float32)


def fashion_mnist(folder):
    with gzip.open(f"{folder}/train-images-idx3-ubyte.gz") as f:
        x = np.frombuffer(f.read(), np.uint8, offset=16).reshape(-1, 1, 28, 28)
    with gzip.open(f"{folder}/train-labels-idx1-ubyte.gz") as f:
        y = np.frombuffer(f.read(), np.uint8, offset=8)
    return x, torch.from_numpy(y.astype(np.int64))


def train(make, dtype, data, nudge=0):
    """(description of the parameters, losses, {steps done: sums of every parameter})."""
    net = make()
    described = initialise(net, nudge)
    net.to(dtype)
    opt = torch.optim.Adam(net.parameters(), lr=1e-3, betas=(0.9, 0.999), eps=1e-8)
    images, labels = data
    losses, sums = [], {}
    for step in range(STEPS):
        first = step % (len(images) // BATCH) * BATCH
        pixels = images[first:first + BATCH].astype(np.float32) / np.float32(255)
        x = torch.from_numpy(pixels).to(dtype)
        eps = torch.from_numpy(noise(step)).to(dtype)
        opt.zero_grad(set_to_none=True)
        loss = net.loss(x, labels[first:first + BATCH], eps)
        loss.backward()
        opt.step()
        losses.append(loss.detach().numpy()[()])
        if step + 1 in (1, STEPS):
            sums[step + 1] = [{"sum": float(p.detach().double().sum()),
                               "sum_squares": float(p.detach().double().square().sum())}
                              for p in net.parameters()]
    return described, losses, sums


def float32_runs(make, data):
    """{name: losses}: PyTorch's float32 in several orders of summation, see Runs above."""
    def losses(nudge=0):
        return train(make, torch.float32, data, nudge)[1]

    runs = {"one thread": losses()}
    torch.set_num_threads(2)
    runs["two threads"] = losses()
    torch.set_num_threads(1)
    with torch.backends.mkldnn.flags(enabled=False):
        runs["without MKL-DNN"] = losses()
    for r in range(1, NUDGED + 1):
        runs[f"nudged {r}"] = losses(r)
    return runs


def curve(name, make, data):
    described, f64, sums = train(make, torch.float64, data)
    runs = float32_runs(make, data)
    f32 = runs["one thread"]
    distances = np.abs(np.array(list(runs.values()), np.float64) - f64) / np.abs(f64)
    bound = [max(1e-5, 4 * d) for d in np.maximum.accumulate(distances.max(axis=0))]
    for run, distance in zip(runs, distances):
        print(f"{name} {run}: relative distance at most {distance[:10].max():.2e} in 10 steps,"
              f" {distance[:20].max():.2e} in 20, {distance.max():.2e} in {STEPS}")
    for i, p in enumerate(described):
        p["after_1"], p["after_50"] = sums[1][i], sums[STEPS][i]
    for step in (1, 10, STEPS):
        print(f"{name} step {step}: float64 {f64[step - 1]:.12f}, float32 {f32[step - 1]:.9g},"
              f" bound {bound[step - 1]:.2e}")
    settings = {"data_set": "fashion_mnist train, file order", "batch": BATCH, "steps": STEPS,
                "optimizer": "adam", "lr": 1e-3, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8,
                "pytorch": torch.__version__, "threads": torch.get_num_threads()}
    result = {"model": name, "settings": settings,
              "distance": "relative: |a - float64| / |float64|",
              "hash": [{"stream": s, "index": i, "value": hash32(s, i)}
                       for s, i in ((0, 1), (1, 0), (3, 12345), (1049, 49151))],
              "float64": f64, "float32": f32,
              "float32_runs": {run: float(d.max()) for run, d in zip(runs, distances)},
              "bound": bound}
    if make is ConvVae:
        result["noise_first"] = noise(0).reshape(-1)[:4]
    result["parameters"] = described
    write(HERE / f"{name}.json", result)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="/usr/share/datasets/fashion-mnist")
    data = fashion_mnist(parser.parse_args().data)
    # One thread sums in one order, so float32 repeats itself on one CPU.
    torch.set_num_threads(1)
    curve("mlp_784_512_10", Mlp, data)
    curve("conv_vae", ConvVae, data)


if __name__ == "__main__":
    main()
