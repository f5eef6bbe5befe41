# SPDX-License-Identifier: Apache-2.0
"""Multi-head attention and its gradients, by PyTorch in float64. Writes multi_head_attention.json.

Everything is symmetric(stream, shape) of integer_hash.py, of streams 1, 2 ... in the order x,
memory (of cross-attention only), q.weight, q.bias, k.weight ... o.bias; the gradients are of
sum(output * w), w of the stream after those. PyTorch has no grouped heads: the rows of k and v are
repeated for each query head, and its autograd sums their gradients.
"""
import pathlib
import sys

sys.dont_write_bytecode = True
import numpy as np
import torch
import torch.nn.functional as F

from integer_hash import symmetric, write

HERE = pathlib.Path(__file__).resolve().parent


def attend(x, memory, p, o):
    """[B, T, width] -> [B, T, width], by torch's own function on [T, B, width]."""
    size = o["width"] // o["heads"]

    def repeated(t):  # rows of key heads -> rows of query heads
        heads = t.reshape(o["kv_heads"], size, -1)
        return heads.repeat_interleave(o["heads"] // o["kv_heads"], 0).reshape(o["width"], -1)

    weight = torch.cat([p["q.weight"], repeated(p["k.weight"]), repeated(p["v.weight"])])
    bias = None
    if o["bias"]:
        bias = torch.cat([p["q.bias"]] + [repeated(p[n][:, None])[:, 0]
                                          for n in ("k.bias", "v.bias")])
    t, s = x.shape[1], memory.shape[1]
    hidden = torch.ones(t, s, dtype=torch.bool).triu(1 + s - t) if o["causal"] else None
    padding = None
    if o["lengths"]:
        padding = torch.arange(s)[None] >= torch.tensor(o["lengths"])[:, None]
    y, _ = F.multi_head_attention_forward(
        x.transpose(0, 1), memory.transpose(0, 1), memory.transpose(0, 1), o["width"], o["heads"],
        weight, bias, None, None, False, 0.0, p["o.weight"], p.get("o.bias"),
        key_padding_mask=padding, need_weights=False, attn_mask=hidden)
    return y.transpose(0, 1)


def case(x, memory=(), **options):
    o = dict(dict(heads=1, bias=True, causal=False, lengths=[]), **options)
    o.setdefault("kv_heads", o["heads"])
    width, kv = o["width"], o["width"] // o["heads"] * o["kv_heads"]
    shapes = {"x": list(x)}
    if memory:
        shapes["memory"] = list(memory)
    for name, rows in (("q", width), ("k", kv), ("v", kv), ("o", width)):
        shapes[name + ".weight"] = [rows, width]
        if o["bias"]:
            shapes[name + ".bias"] = [rows]
    p = {name: torch.from_numpy(symmetric(i + 1, shape).astype(np.float64)).requires_grad_()
         for i, (name, shape) in enumerate(shapes.items())}
    out = attend(p["x"], p.get("memory", p["x"]), p, o)
    w = torch.from_numpy(symmetric(len(shapes) + 1, list(out.shape)).astype(np.float64))
    (out * w).sum().backward()
    return {"options": o, "shapes": shapes, "output": out.detach().numpy(),
            "grads": {name: t.grad.numpy() for name, t in p.items()}}


def main():
    cases = [case([2, 3, 4], width=4, heads=2),
             case([1, 5, 6], width=6, heads=3, bias=False, causal=True),
             case([2, 2, 4], [2, 5, 4], width=4, heads=2, lengths=[3, 5]),
             case([1, 3, 8], [1, 4, 8], width=8, heads=4, kv_heads=2, causal=True)]
    write(HERE / "multi_head_attention.json", {"pytorch": torch.__version__, "cases": cases})


if __name__ == "__main__":
    main()
