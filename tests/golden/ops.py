# SPDX-License-Identifier: Apache-2.0
"""Outputs and input gradients of single ops, by PyTorch in float64. Writes ops.json.

Inputs are not stored: element i of an input is (2u - 1) * scale + shift, u from hash(stream, i)
of integer_hash.py; scale and shift are powers of two, or 0, so that it is exact in float32.
Layouts are Lemnos': images [N,H,W,C], conv weight [out,kh,kw,in/groups], transposed conv weight
[in,kh,kw,out/groups]. Gradients are of sum(output * w), w = 2u - 1 of `weight_stream`, of the
output's shape. README.md lists the keys.
"""
import pathlib
import sys

sys.dont_write_bytecode = True
import numpy as np
import torch
import torch.nn.functional as F

from integer_hash import symmetric, write

HERE = pathlib.Path(__file__).resolve().parent
cases = []


def next_stream():
    """Every input and every w has a stream of its own, by order of appearance from 1."""
    next_stream.last += 1
    return next_stream.last


next_stream.last = 0


def given(name, shape, scale=1.0, shift=0.0):
    return {"name": name, "stream": next_stream(), "shape": list(shape), "scale": scale,
            "shift": shift}


def value(described):
    x = symmetric(described["stream"], described["shape"]).astype(np.float64)
    return torch.from_numpy(x * described["scale"] + described["shift"])


def case(op, attributes, inputs, function, constants=()):
    """Adds one case; the inputs named in `constants` get no gradient."""
    tensors = [value(i).requires_grad_(i["name"] not in constants) for i in inputs]
    out = function(*tensors)
    stream = next_stream()
    w = torch.from_numpy(symmetric(stream, list(out.shape)).astype(np.float64))
    (out * w).sum().backward()
    grads = {i["name"]: t.grad.numpy() for i, t in zip(inputs, tensors) if t.requires_grad}
    cases.append({"op": op, "attributes": attributes, "inputs": inputs, "weight_stream": stream,
                  "output_shape": list(out.shape), "output": out.detach().numpy(),
                  "grads": grads})


def images(x):
    """NHWC -> NCHW; also [out,kh,kw,in] -> [out,in,kh,kw]."""
    return x.permute(0, 3, 1, 2)


def softmaxes():
    for op, f in (("softmax", F.softmax), ("log_softmax", F.log_softmax)):
        for shape, axis in (([3, 7], 1), ([2, 3, 4], 1)):
            case(op, {"axis": axis}, [given("x", shape, 4.0)], lambda x: f(x, axis))


def convolution(image, weight, a):
    case("conv2d", a, [given("x", image), given("w", weight)],
         lambda x, w: F.conv2d(images(x), images(w), None, a["stride"], a["pad"], a["dilation"],
                               a["groups"]).permute(0, 2, 3, 1))


def convolutions():
    for image, weight, a in (
            ([2, 4, 3, 1], [2, 3, 3, 1], dict(stride=1, pad=1, dilation=1, groups=1)),
            ([1, 4, 5, 4], [4, 3, 3, 2], dict(stride=2, pad=1, dilation=1, groups=2)),
            ([1, 5, 6, 2], [1, 3, 2, 2], dict(stride=1, pad=2, dilation=2, groups=1))):
        convolution(image, weight, a)
    for image, weight, a in (
            ([2, 2, 3, 2], [2, 3, 3, 1], dict(stride=2, pad=1, output_pad=1, groups=1)),
            ([1, 3, 2, 4], [4, 3, 3, 1], dict(stride=2, pad=1, output_pad=1, groups=2))):
        case("conv_transpose2d", dict(a, dilation=1), [given("x", image), given("w", weight)],
             lambda x, w: F.conv_transpose2d(images(x), images(w), None, a["stride"], a["pad"],
                                             a["output_pad"], a["groups"]).permute(0, 2, 3, 1))


def depthwise_convolutions():
    for image, weight, a in (
            ([2, 5, 6, 3], [3, 3, 3, 1], dict(stride=1, pad=1, dilation=1, groups=3)),
            ([1, 6, 5, 4], [4, 3, 2, 1], dict(stride=2, pad=1, dilation=2, groups=4)),
            ([1, 4, 4, 2], [6, 3, 3, 1], dict(stride=1, pad=1, dilation=1, groups=2))):
        convolution(image, weight, a)


def pools():
    case("max_pool", dict(kernel=2, stride=2, pad=0), [given("x", [2, 4, 5, 2])],
         lambda x: F.max_pool2d(images(x), 2).permute(0, 2, 3, 1))
    for counted in (False, True):
        case("avg_pool", dict(kernel=3, stride=2, pad=1, count_include_pad=counted),
             [given("x", [1, 5, 4, 2])],
             lambda x: F.avg_pool2d(images(x), 3, 2, 1, False, counted).permute(0, 2, 3, 1))


def adaptive_pools():
    for image, size in (([2, 7, 5, 2], [3, 2]), ([1, 2, 3, 1], [3, 5]), ([2, 5, 4, 3], [1, 1])):
        for op, f in (("max", F.adaptive_max_pool2d), ("avg", F.adaptive_avg_pool2d)):
            case(f"adaptive_{op}_pool", dict(size=size), [given("x", image)],
                 lambda x: f(images(x), size).permute(0, 2, 3, 1))


def resizes():
    """Sizes of which PyTorch's floor(i * float32(n / n')) of `nearest` is floor(i n / n')."""
    for image, size in (([2, 3, 4, 2], [6, 8]), ([1, 7, 5, 1], [3, 11]), ([1, 1, 6, 3], [4, 6])):
        for mode, corners in (("nearest", None), ("bilinear", False)):
            case("resize_" + mode, dict(size=size), [given("x", image)],
                 lambda x: F.interpolate(images(x), size, mode=mode,
                                         align_corners=corners).permute(0, 2, 3, 1))


def affine_maps():
    """affine_grid counts in halves of the image; Lemnos' maps in pixels."""
    inputs = [given("x", [3, 5, 7, 2]), given("maps", [3, 2, 3], 2.0)]
    x, maps = (value(i) for i in inputs)
    (height, width), to = x.shape[1:3], images(x).shape
    theta = maps * torch.tensor([[1, height / width, 2 / width], [width / height, 1, 2 / height]],
                                dtype=torch.float64)
    grid = F.affine_grid(theta, to, align_corners=False)
    out = F.grid_sample(images(x), grid, align_corners=False).permute(0, 2, 3, 1)
    cases.append({"op": "affine", "attributes": {}, "inputs": inputs,
                  "output_shape": list(out.shape), "output": out.numpy()})


def reduced(x, reduce):
    """Lemnos' reductions; per_sample sums over all but the batch and averages over it."""
    return {"mean": x.mean, "sum": x.sum, "per_sample": lambda: x.sum() / len(x)}[reduce]()


def losses():
    for reduce in ("mean", "sum", "per_sample"):
        case("bce_with_logits", {"reduce": reduce},
             [given("logits", [3, 2, 3], 4.0), given("target", [3, 2, 3], 0.5, 0.5)],
             lambda x, t: reduced(F.binary_cross_entropy_with_logits(x, t, reduction="none"),
                                  reduce), ["target"])
    for reduce in ("mean", "sum"):
        target = [3, 0, 4, 4]
        case("cross_entropy", {"reduce": reduce, "target": target}, [given("logits", [4, 5], 4.0)],
             lambda x: F.cross_entropy(x, torch.tensor(target), reduction=reduce))
    for reduce in ("sum", "per_sample"):
        case("kl_to_unit_normal", {"reduce": reduce},
             [given("mu", [3, 4], 2.0), given("log_var", [3, 4], 2.0)],
             lambda m, v: reduced(-0.5 * (1 + v - m * m - v.exp()), reduce))


def norms():
    for shape, eps in (([3, 5], 1e-5), ([2, 2, 8], 0.25)):
        n = shape[-1]
        case("layer_norm", {"epsilon": eps},
             [given("x", shape, 4.0, 1.0), given("weight", [n]), given("bias", [n])],
             lambda x, w, b: F.layer_norm(x, [n], w, b, eps))
        case("rms_norm", {"epsilon": eps}, [given("x", shape, 4.0, 1.0), given("weight", [n])],
             lambda x, w: x * torch.rsqrt((x * x).mean(-1, keepdim=True) + eps) * w)


def channels_last(norm):
    """A norm of PyTorch's [N, C, ...], of x [N, ..., C]."""
    return lambda x, w, b: norm(x.movedim(-1, 1), w, b).movedim(1, -1)


def channel_norms():
    for shape, groups, eps in (([3, 4, 5, 6], 3, 1e-5), ([5, 4], 2, 0.25), ([2, 7, 1], 1, 1e-3)):
        n = shape[-1]
        inputs = [given("x", shape, 2.0, 4.0), given("weight", [n]), given("bias", [n])]
        case("batch_norm", {"epsilon": eps}, inputs,
             channels_last(lambda x, w, b: F.batch_norm(x, None, None, w, b, True, 0, eps)))
        case("group_norm", {"epsilon": eps, "groups": groups}, inputs,
             channels_last(lambda x, w, b: F.group_norm(x, groups, w, b, eps)))
        if len(shape) > 2:
            case("instance_norm", {"epsilon": eps}, inputs,
                 channels_last(lambda x, w, b: F.instance_norm(x, None, None, w, b, eps=eps)))


def rotated(x, base):
    """Llama's rotate_half form; cos and sin rounded to float32 as Lemnos' table is."""
    width = x.shape[-1]
    rate = base ** (-torch.arange(0, width, 2, dtype=torch.float64) / width)
    angles = torch.arange(x.shape[-2], dtype=torch.float64)[:, None] * rate
    cos, sin = (torch.cat([f(angles)] * 2, -1).float().double() for f in (torch.cos, torch.sin))
    a, b = x.chunk(2, -1)
    return x * cos + torch.cat([-b, a], -1) * sin


def tokens():
    ids = [3, 0, 2, 3, 3, 1]
    for padding in (None, 3):
        case("embedding", {"ids": ids, "padding": padding}, [given("table", [5, 4])],
             lambda t: F.embedding(torch.tensor(ids), t, padding_idx=padding))
    case("top_k", {"k": 3}, [given("x", [2, 7])], lambda x: x.topk(3).values)
    case("rotary", {"base": 100.0}, [given("x", [2, 2, 5, 6])], lambda x: rotated(x, 100.0))


def optimizers():
    """Three updates of 5 parameters; input `gradient` is [3, 5], output the parameters after each.

    The attributes are PyTorch's, and so are its formulas: eps is added to the root, the first
    momentum is the gradient itself, weight_decay is added to the gradient except in adamw.
    """
    adam = dict(lr=1e-2, beta1=0.9, beta2=0.999, eps=1e-8)
    for op, make, a in (
            ("sgd", torch.optim.SGD, dict(lr=0.1, weight_decay=0.0)),
            ("sgd", torch.optim.SGD, dict(lr=0.1, weight_decay=0.1)),
            ("momentum", torch.optim.SGD, dict(lr=0.1, momentum=0.9, nesterov=False)),
            ("momentum", torch.optim.SGD, dict(lr=0.1, momentum=0.9, nesterov=True)),
            ("rmsprop", torch.optim.RMSprop, dict(lr=1e-2, alpha=0.99, eps=1e-8)),
            ("adagrad", torch.optim.Adagrad, dict(lr=1e-2, eps=1e-10)),
            ("adam", torch.optim.Adam, dict(adam, weight_decay=0.0)),
            ("adam", torch.optim.Adam, dict(adam, weight_decay=0.1)),
            ("adamw", torch.optim.AdamW, dict(adam, weight_decay=0.1))):
        inputs = [given("parameter", [5]), given("gradient", [3, 5])]
        p, gradients = torch.nn.Parameter(value(inputs[0])), value(inputs[1])
        arguments = {k: v for k, v in a.items() if k not in ("beta1", "beta2")}
        if "beta1" in a:
            arguments["betas"] = (a["beta1"], a["beta2"])
        opt, after = make([p], **arguments), []
        for g in gradients:
            p.grad = g.clone()
            opt.step()
            after.append(p.detach().numpy().copy())
        cases.append({"op": op, "attributes": a, "inputs": inputs, "output_shape": [3, 5],
                      "output": np.stack(after)})


def main():
    softmaxes()
    convolutions()
    pools()
    case("gelu", {"form": "erf"}, [given("x", [12], 4.0)], F.gelu)
    losses()
    optimizers()
    norms()
    tokens()
    channel_norms()
    resizes()
    adaptive_pools()
    depthwise_convolutions()
    affine_maps()
    print(len(cases), "cases")
    write(HERE / "ops.json", {"pytorch": torch.__version__, "cases": cases})


if __name__ == "__main__":
    main()
