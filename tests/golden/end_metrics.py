#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Held-out metrics of PyTorch's networks, trained as `lemnos train MODEL --seed S` trains.

    end_metrics.py MODEL [--seeds 3] [--steps N] ...        end_metrics.py MODEL --help

For each seed from 0 on: the data, the vocabulary and what is held out, the order of the rows and
their batches, and what of bert's tokens is masked, are those of Lemnos with that seed; the first
weights come from the same distributions, drawn by PyTorch. float32, Adam, one thread. Defaults are
those of `lemnos train`, but that cnn sees 3 epochs, vit and resnet one, and detector 2.

  lstm_classifier   accuracy on fortunes
  gpt               bits per byte of files, as bytes
  bert              accuracy of masked bytes, and that of guessing the most frequent byte
  seq2seq           share of texts that are reversed exactly
  cnn, vit, resnet  accuracy on Fashion-MNIST; norms judge with their running statistics
  detector          mean average precision at overlap 0.5, on scenes

Prints one JSON object for each seed, and a last one with means and ranges; progress goes to
standard error.
"""
import argparse
import collections
import inspect
import json
import math
import sys
from typing import Callable, NamedTuple

sys.dont_write_bytecode = True
import numpy as np
import torch
import torch.nn.functional as F

import texts
from loss_curves import fashion_mnist
from ngram_bits import read_split
from networks import Bert, Cnn, Detector, Gpt, LstmClassifier, Resnet, Seq2Seq, Vit
from scenes import map50, scenes

HELD_OUT = 0.2
TEST_BATCH = 128
LICENSES = "/usr/share/common-licenses/"


class Task(NamedTuple):
    sizes: dict      # of the network, that follow from the data
    train: tuple     # arrays of the training split, a row for each example
    test: tuple
    judge: Callable  # (network, the test split's batches) -> metrics
    prepare: Callable = lambda step, *rows: rows  # a batch, in the step from 1, as loss() takes it

    def batch(self, arrays, rows, step):
        return [torch.from_numpy(a) for a in self.prepare(step, *(a[rows] for a in arrays))]

    def test_batches(self):
        for step, first in enumerate(range(0, len(self.test[0]), TEST_BATCH), 1):
            yield self.batch(self.test, slice(first, first + TEST_BATCH), step)


# ---- data and metrics of each model ------------------------------------------------------------

def accuracy(net, batches):
    net.eval()
    right = torch.cat([net(x).argmax(1) == y for x, y in batches])
    return {"accuracy": right.double().mean().item()}


def labelled_texts(a, seed):
    names, documents, labels = texts.documents_by_file(a.data)
    train, test = texts.hold_out_by_class(labels, HELD_OUT, seed)
    words = texts.Words([documents[row] for row in train], a.vocabulary)
    ids = texts.rows([words(document) for document in documents], a.length)
    labels = np.array(labels)
    return Task({"vocabulary": words.vocabulary, "classes": len(names)},
                (ids[train], labels[train]), (ids[test], labels[test]), accuracy)


def running_text(a):
    """Sizes, both splits as windows, bytes for each token of the test split."""
    train, test = read_split(a.data, HELD_OUT)
    windows = [texts.windows([texts.byte_ids(part)], a.length) for part in (train, test)]
    return ({"vocabulary": texts.BYTES, "length": a.length}, (windows[0],), (windows[1],),
            len(test) / (len(test) + 1))  # the end token


def next_token(a, seed):
    sizes, train, test, bytes_per_token = running_text(a)

    def judge(net, batches):
        nats = sum(net.loss(windows).item() * len(windows) for windows, in batches) / len(test[0])
        return {"bits_per_byte": nats / math.log(2) / bytes_per_token, "loss": nats}
    return Task(sizes, train, test, judge)


def masked(seed, step, ids):
    """What bert sees, what stands there, and where it is asked: nn/train/language_model.cpp."""
    def uniform(stream):
        bits = texts.philox(seed, stream, step, ids.size).reshape(ids.shape) >> np.uint32(8)
        return bits.astype(np.float32) / np.float32(1 << 24)
    chosen = (uniform(0) < 0.15) & (ids >= texts.FIRST)
    how, any_byte = uniform(1), texts.FIRST + (uniform(2) * 256).astype(np.int32)
    put = np.where(how < 0.8, texts.MASK, np.where(how < 0.9, any_byte, ids))
    return np.where(chosen, put, ids).astype(np.int32), ids, chosen.astype(np.float32)


def masked_token(a, seed):
    sizes, train, test, _ = running_text(a)
    common, _ = collections.Counter(train[0].ravel().tolist()).most_common(1)[0]

    def judge(net, batches):
        right = guessed = asked = 0
        for seen, ids, chosen in batches:
            right += ((net(seen).argmax(2) == ids) * chosen).sum().item()
            guessed += ((ids == common) * chosen).sum().item()
            asked += chosen.sum().item()
        return {"accuracy": right / asked, "most_frequent_byte": guessed / asked}
    return Task(sizes, train, test, judge,
                lambda step, windows: masked(seed, step, windows[:, :-1]))


def reversal(a, seed):
    splits = []
    for stream, rows in enumerate((a.rows, max(1, a.rows // 4))):
        read = texts.reversal(rows, seed, stream)
        written = [texts.byte_ids(text[::-1]) for text in read]
        splits.append((texts.rows([texts.byte_ids(text) for text in read], a.length, end=True),
                       texts.rows(written, a.length + 1, begin=True, end=True)))

    def without_padding(step, *arrays):  # it costs time only
        return [ids[:, :(ids != 0).sum(1).max()] for ids in arrays]

    def judge(net, batches):
        """Exact: every token is the likeliest one after those that truly stand before it."""
        exact = []
        for read, written in batches:
            following = written[:, 1:]
            right = net(read, written[:, :-1]).argmax(2) == following
            exact.append((right | (following == 0)).all(1))
        return {"exact": torch.cat(exact).double().mean().item()}
    return Task({"vocabulary": texts.BYTES, "length": a.length}, *splits, judge, without_padding)


def images(a, seed):
    return Task({}, fashion_mnist(a.data), fashion_mnist(a.data, "t10k"), accuracy)


def boxes(a, seed):
    return Task({}, scenes(a.data, "train", seed), scenes(a.data, "t10k", seed), map50)


class Model(NamedTuple):
    network: type
    task: Callable  # (arguments, seed) -> Task
    flags: dict     # name: default
    batch: int = 32
    epochs: int = 0  # 0: for about 2000 steps, at least 5
    from_data: tuple = ("vocabulary", "length", "classes")  # sizes that are no choice

    def fields(self):
        """name: default of the network's sizes that are."""
        given = inspect.signature(self.network).parameters.values()
        return {p.name: p.default for p in given if p.name not in self.from_data}


IMAGES = "/usr/share/datasets/fashion-mnist"
OF_IMAGES = ("classes", "height", "width", "channels")
FILES = [LICENSES + "GPL-3", LICENSES + "GPL-2"]
MODELS = {
    "lstm_classifier": Model(LstmClassifier, labelled_texts,
                             {"data": "/usr/share/games/fortunes", "vocabulary": 10000,
                              "length": 128}),
    "gpt": Model(Gpt, next_token, {"data": FILES, "length": 128}),
    "bert": Model(Bert, masked_token, {"data": FILES, "length": 128}),
    "seq2seq": Model(Seq2Seq, reversal, {"rows": 20000, "length": 128}),
    "cnn": Model(Cnn, images, {"data": IMAGES}, 128, 3, OF_IMAGES),
    "vit": Model(Vit, images, {"data": IMAGES}, 128, 1, OF_IMAGES),
    "resnet": Model(Resnet, images, {"data": IMAGES}, 128, 1, OF_IMAGES),
    "detector": Model(Detector, boxes, {"data": IMAGES}, 32, 2,
                      (*OF_IMAGES, "halvings", "neck")),
}


# ---- training ----------------------------------------------------------------------------------

def train(net, task, a, seed):
    """How many steps, as nn/train/run.cpp has it."""
    rows, batch = len(task.train[0]), a.batch
    of_epoch = -(-rows // batch)
    steps = a.steps or (a.epochs or max(5, 2000 // of_epoch)) * of_epoch
    optimizer = torch.optim.Adam(net.parameters(), lr=a.lr)
    for step in range(steps):
        epoch, at = divmod(step, of_epoch)
        if at == 0:
            order = np.array(texts.shuffled(rows, seed, epoch))
        loss = net.loss(*task.batch(task.train, order[at * batch:(at + 1) * batch], step + 1))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        if (step + 1) % max(1, steps // 10) == 0:
            print(f"seed {seed}: step {step + 1} of {steps}, loss {loss.item():.4f}",
                  file=sys.stderr, flush=True)
    return steps


def metrics_of(a, model, fields, seed):
    task = model.task(a, seed)
    torch.manual_seed(seed)
    net = model.network(**task.sizes, **fields)
    steps = train(net, task, a, seed)
    with torch.no_grad():
        return {"seed": seed, "steps": steps, **task.judge(net, task.test_batches())}


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="model", required=True, metavar="MODEL")
    for name, model in MODELS.items():
        command = commands.add_parser(
            name, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
        command.add_argument("--seeds", type=int, default=3, help="how many, from 0 on")
        command.add_argument("--steps", type=int, help="updates, whatever the epochs")
        command.add_argument("--epochs", type=int, default=model.epochs or None,
                             help="passes over the data; none said: for about 2000 steps")
        command.add_argument("--batch", type=int, default=model.batch, help="rows, at most")
        command.add_argument("--lr", type=float, default=1e-3, help="learning rate")
        for flag, default in {**model.flags, **model.fields()}.items():
            many = {"nargs": "+"} if isinstance(default, list) else {"type": type(default)}
            command.add_argument(f"--{flag}", default=default, help="as in Lemnos", **many)
    arguments = parser.parse_args()
    if arguments.seeds < 1:
        parser.error(f"--seeds must be at least 1, not {arguments.seeds}")
    return arguments


def main():
    a = parse()
    model = MODELS[a.model]
    fields = {name: getattr(a, name) for name in model.fields()}
    torch.set_num_threads(1)
    found = []
    for seed in range(a.seeds):
        found.append(metrics_of(a, model, fields, seed))
        print(json.dumps(found[-1]), flush=True)
    summary = {**vars(a), "steps": found[0]["steps"], "pytorch": torch.__version__}
    for name in list(found[0])[2:]:
        values = [one[name] for one in found]
        summary[name] = {"mean": sum(values) / len(values), "least": min(values),
                         "largest": max(values)}
    print(json.dumps(summary))


if __name__ == "__main__":
    main()
