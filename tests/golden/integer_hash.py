# SPDX-License-Identifier: Apache-2.0
"""The integer hash behind every golden value, and the writer of the golden JSON files.

C++ computes the same numbers, so no tensor of inputs has to be stored.

  hash(stream, index), all in uint32, wrapping:
    x = stream * 0x9E3779B9 + index
    x ^= x >> 16;  x *= 0x85EBCA6B;  x ^= x >> 13;  x *= 0xC2B2AE35;  x ^= x >> 16

  uniform    u = (hash >> 8) / 2^24        in [0, 1), exact in float32
  symmetric  2u - 1                        in [-1, 1), exact in float32
"""
import json
import textwrap

import numpy as np


def hash32(stream, index):
    """uint32 array of the shape of index; stream is a Python integer."""
    with np.errstate(over="ignore"):
        x = np.uint32(stream * 0x9E3779B9 & 0xFFFFFFFF) + np.asarray(index, np.uint32)
        x ^= x >> np.uint32(16)
        x *= np.uint32(0x85EBCA6B)
        x ^= x >> np.uint32(13)
        x *= np.uint32(0xC2B2AE35)
        return x ^ (x >> np.uint32(16))


def symmetric(stream, shape):
    """float32 array in [-1, 1): element i of the flat array is hash(stream, i)."""
    count = int(np.prod(shape))
    u = (hash32(stream, np.arange(count)) >> np.uint32(8)).astype(np.float32) / np.float32(1 << 24)
    return (np.float32(2) * u - np.float32(1)).reshape(shape)


def number(value):
    """The shortest text that reads back to the same float64, or float32 for np.float32."""
    if isinstance(value, (bool, np.bool_)):
        return "true" if value else "false"
    if isinstance(value, (int, np.integer)):
        return str(int(value))
    if not np.isfinite(value):
        raise ValueError(f"{value} is not a golden value")
    return str(value) if isinstance(value, np.float32) else repr(float(value))


def encode(value, indent=0, width=100, used=0):
    """JSON in lines of at most `width` columns: flat where it fits, else one entry a line.

    `used` counts the columns before the value on its line (the key) and after it (a comma).
    """
    if isinstance(value, np.ndarray):
        value = list(value.reshape(-1))
    if value is None or isinstance(value, str):
        return json.dumps(value)
    if not isinstance(value, (list, tuple, dict)):
        return number(value)
    is_dict = isinstance(value, dict)
    keys = [json.dumps(k) + ": " if is_dict else "" for k in value]
    items = list(value.values() if is_dict else value)
    opening, closing = "{}" if is_dict else "[]"
    flat = opening + ", ".join(k + encode(v, 0, 1 << 30) for k, v in zip(keys, items)) + closing
    if indent + used + len(flat) <= width:
        return flat
    pad = " " * (indent + 1)
    if not is_dict and not any(isinstance(v, (list, tuple, dict, np.ndarray, str)) for v in items):
        body = textwrap.fill(", ".join(map(number, items)), width, initial_indent=pad,
                             subsequent_indent=pad, break_on_hyphens=False)
    else:
        body = ",\n".join(pad + k + encode(v, indent + 1, width, len(k) + 1)
                          for k, v in zip(keys, items))
    return opening + "\n" + body + closing


def write(path, value):
    text = encode(value) + "\n"
    json.loads(text)
    path.write_text(text)
    print(f"{path.name}: {len(text)} bytes")
