# SPDX-License-Identifier: Apache-2.0
"""nn.LSTM, nn.GRU and nn.RNN in float64: results and gradients. Writes recurrent.json.

Two layers, bidirectional, three rows of lengths 5, 2 and 1 (packed). Streams of integer_hash.py:
1 x, 2 h0, 3 c0, from 30 on the parameters in PyTorch's order, a quarter of the hash's value each;
20, 21, 22 the weights of h, h_n and c_n in the loss, sum(result * weight) of each, with h's padding
zero.
"""
import pathlib
import sys

sys.dont_write_bytecode = True
import numpy as np
import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from integer_hash import symmetric, write

HERE = pathlib.Path(__file__).resolve().parent
B, T, IN, H, LAYERS = 3, 5, 4, 3, 2
LENGTHS = [5, 2, 1]


def value(stream, shape, scale=1.0):
    return torch.from_numpy(symmetric(stream, list(shape)).astype(np.float64)) * scale


def case(name, make):
    net = make(IN, H, LAYERS, batch_first=True, bidirectional=True).double()
    for i, p in enumerate(net.parameters()):
        p.data = value(30 + i, p.shape, 0.25)
    x = value(1, [B, T, IN]).requires_grad_()
    h0 = value(2, [2 * LAYERS, B, H]).requires_grad_()
    c0 = value(3, [2 * LAYERS, B, H]).requires_grad_()
    packed = pack_padded_sequence(x, LENGTHS, batch_first=True)
    out, last = net(packed, (h0, c0) if name == "lstm" else h0)
    h = pad_packed_sequence(out, batch_first=True)[0]
    results = [h, *last] if name == "lstm" else [h, last]
    sum((r * value(20 + i, r.shape)).sum() for i, r in enumerate(results)).backward()
    leaves = [x, h0] + ([c0] if name == "lstm" else []) + list(net.parameters())
    return {"cell": name, "results": [r.detach().numpy().ravel() for r in results],
            "gradients": [leaf.grad.numpy().ravel() for leaf in leaves]}


def main():
    cases = [case("lstm", torch.nn.LSTM), case("gru", torch.nn.GRU), case("rnn", torch.nn.RNN),
             case("rnn_relu", lambda *a, **k: torch.nn.RNN(*a, nonlinearity="relu", **k))]
    write(HERE / "recurrent.json", {"pytorch": torch.__version__, "cases": cases})


if __name__ == "__main__":
    main()
