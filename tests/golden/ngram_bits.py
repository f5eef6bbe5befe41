#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Held-out bits per byte of a byte n-gram model: the yardstick for language models.

    ngram_bits.py FILE... [--order 3] [--held-out 0.2]

Interpolated Kneser-Ney (Chen and Goodman 1999, section 2.7), one discount n1 / (n1 + 2 n2) for each
order, below unigrams uniform over the 256 bytes. Text and split are those of data::text_files: the
files one after the other, the last part held out from the start of a line. A text's first bytes
have the shorter contexts that there are. Prints one JSON object.
"""
import argparse
import collections
import json
import math


def read_split(paths, held_out):
    text = b""
    for path in paths:
        with open(path, "rb") as file:
            text += file.read()
        if path != paths[-1] and not text.endswith(b"\n"):
            text += b"\n"
    at = int((1 - held_out) * len(text))
    line = text.find(b"\n", at)
    if 0 <= line and line + 1 < len(text):
        at = line + 1
    else:
        while at < len(text) and text[at] & 0xC0 == 0x80:
            at += 1
    return text[:at], text[at:]


class KneserNey:
    """self.followers[k][context of k bytes]: counts of the next byte; below the highest order, of
    the different bytes that come before."""

    def __init__(self, text, order):
        self.order = order
        grams = collections.Counter(text[i:i + order] for i in range(len(text) - order + 1))
        self.followers, self.discounts = {}, {}
        for length in range(order, 0, -1):
            table = collections.defaultdict(dict)
            for gram, count in grams.items():
                table[gram[:-1]][gram[-1]] = count
            of_count = collections.Counter(grams.values())
            once, twice = of_count[1], of_count[2]
            self.discounts[length - 1] = once / (once + 2 * twice) if once and twice else 0.5
            self.followers[length - 1] = {context: (counts, sum(counts.values()))
                                          for context, counts in table.items()}
            grams = collections.Counter(gram[1:] for gram in grams)  # how many bytes come before

    def probability(self, byte, context):
        p = 1 / 256
        for length in range(len(context) + 1):
            counts, total = self.followers[length].get(context[len(context) - length:], ({}, 0))
            if total:
                discount = self.discounts[length]
                p = (max(counts.get(byte, 0) - discount, 0) + discount * len(counts) * p) / total
        return p

    def bits(self, text):
        width = self.order - 1
        return -sum(math.log2(self.probability(text[i], text[max(0, i - width):i]))
                    for i in range(len(text)))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="+")
    parser.add_argument("--order", type=int, default=3)
    parser.add_argument("--held-out", type=float, default=0.2)
    arguments = parser.parse_args()
    train, test = read_split(arguments.files, arguments.held_out)
    model = KneserNey(train, arguments.order)
    for context in (b"", b"e", train[:model.order - 1], b"\0\xff"):
        total = sum(model.probability(byte, context[:model.order - 1]) for byte in range(256))
        assert abs(total - 1) < 1e-9, (context, total)
    print(json.dumps({"order": arguments.order, "train_bytes": len(train), "test_bytes": len(test),
                      "bits_per_byte": model.bits(test) / len(test)}))


if __name__ == "__main__":
    main()
