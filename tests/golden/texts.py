# SPDX-License-Identifier: Apache-2.0
"""Texts, their tokens and their splits as Lemnos has them (data/), written again in Python."""
import collections
import pathlib
import re

import numpy as np

PADDING, UNKNOWN, BEGIN, END, MASK, FIRST = range(6)
BYTES = FIRST + 256  # ids there are when tokens are bytes


# ---- random numbers, orders and splits ---------------------------------------------------------

def philox(seed, stream, step, count):
    """The first `count` uint32 of Philox4x32-10 at key = seed, counter = (block, stream, step)."""
    low, blocks = np.uint64(0xFFFFFFFF), np.arange(-(-count // 4), dtype=np.uint64)
    c = [blocks] + [np.full_like(blocks, v) for v in (stream, step & 0xFFFFFFFF, step >> 32)]
    key = [seed & 0xFFFFFFFF, seed >> 32]
    for _ in range(10):
        a, b = c[0] * np.uint64(0xD2511F53), c[2] * np.uint64(0xCD9E8D57)
        c = [b >> np.uint64(32) ^ c[1] ^ np.uint64(key[0]), b & low,
             a >> np.uint64(32) ^ c[3] ^ np.uint64(key[1]), a & low]
        key = [key[0] + 0x9E3779B9 & 0xFFFFFFFF, key[1] + 0xBB67AE85 & 0xFFFFFFFF]
    return np.stack(c, 1).reshape(-1)[:count].astype(np.uint32)


def shuffled(n, seed, epoch):
    """0 ... n-1 in the order of an epoch: data/loader.h."""
    order = list(range(n))
    for draw, i in zip(philox(seed, 0xFFFFFFFF, epoch, n - 1).tolist(), range(n - 1, 0, -1)):
        j = draw * (i + 1) >> 32
        order[i], order[j] = order[j], order[i]
    return order


def hold_out_by_class(labels, fraction, seed):
    """Rows that train and rows held out: data/datasets/split.h."""
    places = {label: min(max(int(fraction * count + 0.5), 1), count - 1)
              for label, count in collections.Counter(labels).items()}
    train, test = [], []
    for row in shuffled(len(labels), seed, 0):
        places[labels[row]] -= 1
        (test if places[labels[row]] >= 0 else train).append(row)
    return train, test


# ---- texts -------------------------------------------------------------------------------------

def read_text(path):
    text = pathlib.Path(path).read_bytes().decode("utf-8")
    return text.removeprefix("\ufeff")


def documents_by_file(folder):
    """(names of the classes, texts, labels) of a folder with a file for each class, as fortune(6)
    has them: data/datasets/text.h."""
    files = sorted(path for path in pathlib.Path(folder).iterdir()
                   if path.is_file() and not path.is_symlink() and not path.name.startswith(".")
                   and not (path.suffix == ".dat" and path.with_suffix("").exists()))
    texts, labels = [], []
    for label, path in enumerate(files):
        for document in re.split(r"^%\r?(?:\n|\Z)", read_text(path), flags=re.MULTILINE):
            if document.strip(" \t\r\n"):
                texts.append(document)
                labels.append(label)
    return [path.name for path in files], texts, labels


def reversal(rows, seed, stream):
    """Texts of 4 to 12 letters: data/datasets/synthetic.h. Stream 0 trains, 1 is held out."""
    made = []
    for row in range(rows):
        size, *letters = philox(seed, stream, row, 13).tolist()
        size = 4 + (size * 9 >> 32)
        made.append(bytes(ord("a") + (letter * 26 >> 32) for letter in letters[:size]))
    return made


# ---- tokens ------------------------------------------------------------------------------------

def byte_ids(text):
    return [FIRST + byte for byte in text]


# Letters, digits and "_"; beyond ASCII all but the signs that data/text/tokenizer.h names.
_CHARS = (r"0-9A-Z_a-z\u00aa\u00b5\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u1fff"
          r"\u2c00-\u2fff\u3040-\ufeff\uff21-\U0010ffff")
_WORD = re.compile(f"[{_CHARS}]+(?:'[{_CHARS}]+)*")
_HAS_LOWER = re.compile("[A-Z\u00c0-\u017f\u0386-\u03ab\u0400-\u042f]")


def words_of(text):
    def small(found):
        lower = found[0].lower()
        return lower if len(lower) == 1 else found[0]
    return [_HAS_LOWER.sub(small, word) for word in _WORD.findall(text)]


class Words:
    """The most frequent words, those of equal count in byte order; all others are unknown."""

    def __init__(self, texts, vocabulary):
        counts = collections.Counter(word for text in texts for word in words_of(text))
        by_count = sorted(counts, key=lambda word: (-counts[word], word.encode()))
        self.words = by_count[:vocabulary - FIRST]
        self.ids = {word: FIRST + i for i, word in enumerate(self.words)}
        self.vocabulary = FIRST + len(self.words)

    def __call__(self, text):
        return [self.ids.get(word, UNKNOWN) for word in words_of(text)]


def rows(texts, length, begin=False, end=False):
    """Texts as tokens to int32 [N, length], padded behind: data/text/encoding.h."""
    ids = np.zeros((len(texts), length), np.int32)
    for row, tokens in zip(ids, texts):
        tokens = (tokens or [UNKNOWN])[:length - begin - end]
        tokens = [BEGIN] * begin + tokens + [END] * end
        row[:len(tokens)] = tokens
    return ids


def windows(texts, length):
    """Texts as tokens, one after the other with an end behind each, to int32 [N, length + 1]:
    sequential windows of data/text/encoding.h."""
    stream = np.array([token for text in texts for token in [*text, END]], np.int32)
    starts = np.arange(0, len(stream) - length, length)
    return stream[starts[:, None] + np.arange(length + 1)]
