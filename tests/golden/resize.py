#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes resize.json: images resized by PyTorch (bilinear, antialias) in float64, not rounded.

Byte i of an image is the highest byte of hash(case, i) (integer_hash.py).
"""
import pathlib

import numpy as np
import torch
import torch.nn.functional as F

from integer_hash import hash32, write

# height, width, channels, new height, new width: smaller, larger, each axis another way, one only
CASES = [(7, 5, 1, 3, 4), (4, 3, 3, 9, 8), (12, 5, 1, 5, 11), (6, 16, 3, 6, 3), (3, 3, 1, 1, 1)]


def main():
    cases = []
    for stream, (height, width, channels, new_height, new_width) in enumerate(CASES):
        count = height * width * channels
        pixels = hash32(stream, np.arange(count)) >> np.uint32(24)
        image = torch.tensor(pixels.astype(np.float64)).reshape(1, height, width, channels)
        made = F.interpolate(image.permute(0, 3, 1, 2), (new_height, new_width), mode="bilinear",
                             antialias=True, align_corners=False)
        cases.append({"shape": [height, width, channels], "size": [new_height, new_width],
                      "output": made.permute(0, 2, 3, 1).flatten().tolist()})
    path = pathlib.Path(__file__).with_name("resize.json")
    write(path, {"pytorch": torch.__version__, "cases": cases})


if __name__ == "__main__":
    main()
