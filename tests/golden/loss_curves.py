# SPDX-License-Identifier: Apache-2.0
"""PyTorch's losses over the first 50 steps of mlp 784-512-10 and of conv_vae.

Writes mlp_784_512_10.json and conv_vae.json beside this script; README.md lists their keys. What
the losses, weights and bounds are: curves.py.

Data     Fashion-MNIST's training images in file order. Step s (from 0) uses images 128 b to
         128 b + 127, b = s mod 468, the number of whole batches. Pixels are float32 u8 / 255.
Loss     mlp: mean cross-entropy. conv_vae: (sum of binary cross-entropy on logits + KL) / 128.

Weights  Streams: mlp: the weight and bias of each layer are 0 and 1, 2 and 3. conv_vae:
         enc conv1 0 1, conv2 2 3, linear 4 5, mu 6 7, logvar 8 9, dec linears 10 11, 12 13,
         transposed convolutions 14 15, 16 17, 18 19. Lemnos' layout: conv [out,kh,kw,in],
         transposed conv [in,kh,kw,out], linear [out,in], where the features beside a flatten or
         unflatten lie in the order H, W, C (PyTorch: C, H, W).
fan_in   As PyTorch's reset_parameters has it: in * kh * kw, linear: in; transposed conv:
         out * kh * kw. A bias takes its weight's.
Noise    eps[s, n, j], step s from 0, image n of the batch, latent j of 32 (Irwin-Hall):
         i = n * 32 + j;  eps = (sum over t < 12 of (hash(1000 + s, 12 i + t) >> 16)) / 65536 - 6,
         exact in float32.

Bound    Relative for both models: conv_vae's loss is hundreds of nats.
Runs     mlp stays within 1e-6 in all. conv_vae has 8 million relus a step, a few
         within rounding of 0 (step 2: 6e-9); one that falls on the other side changes a gradient,
         and where a gradient is near 0 Adam makes of its sign a whole step. Float64 from nudged
         weights leaves float64 as far. Such distances have a heavy tail: 6 nudged runs reached
         1.8e-4, 16 reach twice that and more.
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

from curves import DISTANCE, Model, Part, curve, settings
from integer_hash import hash32, write

BATCH, STEPS, LATENT = 128, 50, 32
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
    return w


def parts(net):
    found = []
    for name, p in net.named_parameters():
        if name.endswith("weight"):
            fan_in = nn.init._calculate_fan_in_and_fan_out(p)[0]
        found.append(Part(name, p, fan_in, shape=lemnos_shape(p.shape),
                          to_pytorch=lambda w, name=name: to_pytorch(name, w)))
    return found


def noise(step):
    """float32 [BATCH, LATENT]: nearly normal, from sums of 12 integers."""
    index = np.arange(BATCH * LATENT * 12).reshape(BATCH, LATENT, 12)
    total = (hash32(1000 + step, index) >> np.uint32(16)).astype(np.int64).sum(axis=2)
    return (total / 65536 - 6).astype(np.float32)


def fashion_mnist(folder, kind="train"):
    """u8 [N, 1, 28, 28], int64 [N]."""
    with gzip.open(f"{folder}/{kind}-images-idx3-ubyte.gz") as f:
        x = np.frombuffer(f.read(), np.uint8, offset=16).reshape(-1, 1, 28, 28).copy()
    with gzip.open(f"{folder}/{kind}-labels-idx1-ubyte.gz") as f:
        y = np.frombuffer(f.read(), np.uint8, offset=8)
    return x, y.astype(np.int64)


def batch_of(data, step):
    images, labels = data
    first = step % (len(images) // BATCH) * BATCH
    pixels = images[first:first + BATCH].astype(np.float32) / np.float32(255)
    return pixels, labels[first:first + BATCH], noise(step)


def write_curve(name, make, data):
    losses, described = curve(Model(name, make, parts, lambda step: batch_of(data, step), STEPS,
                                    sums_after=(1, STEPS)))
    result = {"model": name,
              "settings": settings("fashion_mnist train, file order", BATCH, STEPS),
              "distance": DISTANCE,
              "hash": [{"stream": s, "index": i, "value": hash32(s, i)}
                       for s, i in ((0, 1), (1, 0), (3, 12345), (1049, 49151))],
              **losses}
    if make is ConvVae:
        result["noise_first"] = noise(0).reshape(-1)[:4]
    result["parameters"] = described
    write(HERE / f"{name}.json", result)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="/usr/share/datasets/fashion-mnist")
    data = fashion_mnist(parser.parse_args().data)
    write_curve("mlp_784_512_10", Mlp, data)
    write_curve("conv_vae", ConvVae, data)


if __name__ == "__main__":
    main()
