# SPDX-License-Identifier: Apache-2.0
"""PyTorch's losses over the first 20 steps of Lemnos' models.

    network_curves.py [MODEL...]    of all, or of these again

Writes network_curves.json beside this script; README.md lists its keys. What the losses, weights
and bounds are: curves.py. The networks: networks.py.

Text     GPL-3 as Debian has it. Nothing is shuffled: step s (from 0) uses rows 16 s to 16 s + 15.
gpt      Windows of 32 bytes and one more.
bert     The first 32 of each. With i the flat index in the batch: chosen where hash(1000 + s, i)
         mod 100 < 15 and the token is an ordinary one; hash(1100 + s, i) mod 10 says what is put
         there: below 8 the mask, 8 the ordinary token number hash(1200 + s, i) mod 256, 9 itself.
lstm_classifier   Lines that are not blank, at most 12 words of each; those used most, 595, have an
         id. The class of line i is hash(900, i) mod 3.
seq2seq  What stands between white space, at most 15 bytes of it, written backwards.
cnn, resnet, vit, dcgan   Fashion-MNIST's training images in file order.
detector Scenes of 56 x 56 pixels: images 4 i to 4 i + 3 in rows of two. Box j, number n = 4 i + j,
         is of image n's class (-1: not there, where hash(1400, n) mod 3 is 0 and j is not), its
         centre's x and y (hash(1401, n) mod 65) / 64 and hash(1402, n) so too, its width and
         height (1 + hash(1403, n) mod 32) / 64 and hash(1404, n) so too: some cells get two.
dcgan    z[s] = float32(2u - 1), stream 1300 + s. A step has the discriminator's loss and then the
         generator's.

Shares   Each parameter of Lemnos is one of PyTorch's, except that attention's q, k and v are rows
         of in_proj.
fan_in   As PyTorch's reset_parameters has it; recurrent layers: the size of the state; embeddings:
         1; norms: 64, and the weight is shifted by 1.
Inputs   `inputs` sums over all bytes b, at i, of all steps' inputs as Lemnos stores them (ids i32,
         classes u32, pixels u8, chosen f32): hash(0, 256 i + b) mod 2^32. `bytes` is this sum over
         the text.
"""
import argparse
import json
import pathlib
import sys

sys.dont_write_bytecode = True
import numpy as np
from torch import nn

import texts
from curves import DISTANCE, Model, Part, curve, settings
from integer_hash import hash32, symmetric, write
from loss_curves import fashion_mnist
from networks import Bert, Cnn, Dcgan, Detector, Gpt, LstmClassifier, Resnet, Seq2Seq, Vit

BATCH, STEPS = 16, 20
ROWS = BATCH * STEPS
TEXT = "/usr/share/common-licenses/GPL-3"
HERE = pathlib.Path(__file__).resolve().parent
NORMS = (nn.LayerNorm, nn.BatchNorm2d)
NORM_FAN_IN = 64  # its root is a power of 2, so that shifting rounds once only


# ---- Lemnos' parameters in a network -----------------------------------------------------------

def in_lemnos_order(block):
    if isinstance(block, nn.TransformerEncoderLayer):
        return ("norm1", "self_attn", "norm2", "linear1", "linear2")
    if isinstance(block, nn.TransformerDecoderLayer):
        return ("norm1", "self_attn", "norm2", "multihead_attn", "norm3", "linear1", "linear2")
    return [name for name, _ in block.named_children()]


def attention_parts(name, attention):
    weights, biases = attention.in_proj_weight.chunk(3), attention.in_proj_bias.chunk(3)
    for letter, weight, bias in zip("qkv", weights, biases):
        yield Part(f"{name}.in_proj_weight {letter}", weight, attention.embed_dim)
        yield Part(f"{name}.in_proj_bias {letter}", bias, attention.embed_dim)
    yield from parts(attention.out_proj, f"{name}.out_proj")


def fan_in_of(module):
    if isinstance(module, nn.Embedding):
        return 1
    if isinstance(module, NORMS):
        return NORM_FAN_IN
    if isinstance(module, nn.RNNBase):
        return module.hidden_size
    return nn.init._calculate_fan_in_and_fan_out(module.weight)[0]


def parts(module, name="net"):
    if isinstance(module, nn.MultiheadAttention):
        yield from attention_parts(name, module)
        return
    for each, p in module.named_parameters(recurse=False):
        shift = 1.0 if isinstance(module, NORMS) and each == "weight" else 0.0
        made = Part(f"{name}.{each}", p, fan_in_of(module), shift)
        if p.dim() == 4:
            to, back = (0, 2, 3, 1), (0, 3, 1, 2)
            made = made._replace(shape=[p.shape[axis] for axis in to],
                                 to_pytorch=lambda w: w.transpose(back))
        yield made
    for child in in_lemnos_order(module):
        yield from parts(getattr(module, child), f"{name}.{child}")


# ---- batches -----------------------------------------------------------------------------------

def rows_of(*arrays):
    """step -> the rows of that batch of each array."""
    return lambda step: [a[BATCH * step:BATCH * (step + 1)] for a in arrays]


def masked(ids):
    """[16, 32] of each step, twice and chosen: see bert above."""
    def batch(step):
        right = ids[BATCH * step:BATCH * (step + 1)]
        i = np.arange(right.size).reshape(right.shape)
        chosen = (hash32(1000 + step, i) % 100 < 15) & (right >= texts.FIRST)
        how = hash32(1100 + step, i) % 10
        other = np.where(how == 8, texts.FIRST + hash32(1200 + step, i) % 256, right)
        seen = np.where(chosen, np.where(how < 8, texts.MASK, other), right)
        return seen.astype(np.int32), right, chosen.astype(np.float32)
    return batch


def lines(text, words, length):
    found = [line for line in text.decode().split("\n") if line.strip()][:ROWS]
    encode = texts.Words(found, words)
    labels = hash32(900, np.arange(len(found))) % 3
    return texts.rows([encode(line) for line in found], length), labels.astype(np.int32)


def backwards(text, length):
    pieces = text.split()[:ROWS]
    read = texts.rows([texts.byte_ids(piece) for piece in pieces], length, end=True)
    written = texts.rows([texts.byte_ids(piece[::-1]) for piece in pieces], length + 1, True, True)
    return read, written


def scenes(images, labels):
    images = images[:4 * ROWS].reshape(ROWS, 2, 2, 28, 28).transpose(0, 1, 3, 2, 4)
    n = np.arange(4 * ROWS)
    there = (hash32(1400, n) % 3 != 0) | (n % 4 == 0)
    centres = [hash32(stream, n) % 65 / 64 for stream in (1401, 1402)]
    sizes = [(1 + hash32(stream, n) % 32) / 64 for stream in (1403, 1404)]
    boxes = np.stack([labels[:4 * ROWS].astype(float), *centres, *sizes], 1)
    boxes = np.where(there[:, None], boxes, -1.0)
    return (np.ascontiguousarray(images.reshape(ROWS, 56, 56)),
            boxes.reshape(ROWS, 4, 5).astype(np.float32))


def checksum(values):
    values = np.frombuffer(values, np.uint8)
    return int(hash32(0, np.arange(len(values)) * 256 + values).sum(dtype=np.uint64) % 2**32)


# ---- what is written ---------------------------------------------------------------------------

def models(text, images):
    """name, network, the fields of Lemnos' Config that are not its defaults, batch_of"""
    small = {"width": 32, "heads": 4, "layers": 2}
    windows = texts.windows([texts.byte_ids(text)], 32)
    for cell in ("lstm", "gru", "rnn"):
        config = {"vocabulary": 600, "classes": 3, "cell": cell}
        yield (f"lstm_classifier_{cell}", LstmClassifier, config,
               rows_of(*lines(text, config["vocabulary"], 12)))
    tokens = {"vocabulary": texts.BYTES, "length": 32, **small}
    yield "gpt", Gpt, tokens, rows_of(windows)
    yield "bert", Bert, tokens, masked(np.ascontiguousarray(windows[:, :-1]))
    for cell in ("lstm", "transformer"):
        config = {"vocabulary": texts.BYTES, "length": 16, "cell": cell, **small}
        yield f"seq2seq_{cell}", Seq2Seq, config, rows_of(*backwards(text, 16))
    images, labels = images
    rows = rows_of(images, labels.astype(np.int32))
    yield "cnn", Cnn, {"convolutions": [8, 16], "hidden": [32]}, rows
    yield "resnet", Resnet, {"filters": 4}, rows
    yield ("detector", Detector,
           {"height": 56, "width": 56, "halvings": [8, 16], "neck": [16]},
           rows_of(*scenes(images, labels)))
    dcgan = {"latent": 8, "filters": 4}
    yield "dcgan", Dcgan, dcgan, lambda step: [*rows_of(images)(step),
                                               symmetric(1300 + step, (BATCH, dcgan["latent"]))]
    yield "vit", Vit, {"embedding": 32, "heads": 4, "layers": 2}, rows


def case(name, network, config, batch_of):
    losses, described = curve(Model(name, lambda: network(**config),
                                    lambda net: list(parts(net)), batch_of, STEPS))
    inputs = b"".join(values.tobytes() for step in range(STEPS) for values in batch_of(step))
    return {"model": name, "config": config, "inputs": checksum(inputs), **losses,
            "parameters": described}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", default="/usr/share/datasets/fashion-mnist")
    parser.add_argument("--text", default=TEXT)
    parser.add_argument("models", nargs="*")
    arguments = parser.parse_args()
    text = pathlib.Path(arguments.text).read_bytes()
    file = HERE / "network_curves.json"
    kept = {}
    if arguments.models:
        kept = {c["model"]: c for c in json.loads(file.read_text())["cases"]
                if c["model"] not in arguments.models}
    cases = [kept.get(model[0]) or case(*model)
             for model in models(text, fashion_mnist(arguments.images))]
    write(file,
          {"settings": settings("rows in order, see network_curves.py", BATCH, STEPS),
           "text": {"path": TEXT, "bytes": checksum(text)}, "distance": DISTANCE, "cases": cases})


if __name__ == "__main__":
    main()
