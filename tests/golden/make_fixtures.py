#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes assets/fixtures: small files of every format, made without any code of Lemnos.

NumPy writes .npy; json, struct, zlib and gzip write the others byte by byte. Run it in the root of
the repository: python3 tests/golden/make_fixtures.py. The output is the same on every run.
"""
import gzip
import json
import pathlib
import struct
import zlib

import numpy as np

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "assets" / "fixtures"


def write(name, data):
    (FOLDER / name).write_bytes(data)


def ramp(*shape):
    return (np.arange(np.prod(shape), dtype=np.float64) * 0.25 - 1).reshape(shape)


def npy():
    def save(name, array, version):
        with open(FOLDER / name, "wb") as file:
            np.lib.format.write_array(file, array, version=version)

    save("f4.npy", ramp(2, 3).astype("<f4"), (1, 0))
    save("f8.npy", ramp(2, 3), (2, 0))
    save("i4.npy", np.arange(-2, 4, dtype="<i4"), (1, 0))
    save("i8.npy", np.arange(-2, 4, dtype="<i8").reshape(3, 2), (3, 0))
    save("u4.npy", np.array(7, dtype="<u4"), (1, 0))
    save("u1.npy", np.arange(24, dtype="u1").reshape(2, 3, 4), (1, 0))
    save("b1.npy", np.array([True, False, True]), (1, 0))
    save("fortran.npy", np.asfortranarray(ramp(2, 3)), (1, 0))
    save("big_endian.npy", ramp(2, 3).astype(">f4"), (1, 0))


def idx(code, array):
    head = struct.pack(">BBBB", 0, 0, code, array.ndim)
    return head + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


def idx_files():
    images = idx(0x08, np.arange(60, dtype="u1").reshape(3, 4, 5))
    write("u8.idx", images)
    write("u8.idx.gz", gzip.compress(images, mtime=0))
    write("i32.idx", idx(0x0C, np.arange(-3, 3, dtype=">i4").reshape(2, 3)))
    write("f32.idx", idx(0x0D, ramp(4).astype(">f4")))


def mnist_folder():
    folder = FOLDER / "tiny_mnist"
    folder.mkdir(exist_ok=True)
    for part, count in (("train", 6), ("t10k", 3)):
        images = (np.arange(count * 28 * 28) % 251).astype("u1").reshape(count, 28, 28)
        labels = (np.arange(count) % 10).astype("u1")
        separator = "-" if part == "train" else "."  # both spellings occur in the wild
        path = folder / f"{part}-images{separator}idx3-ubyte.gz"
        path.write_bytes(gzip.compress(idx(0x08, images), mtime=0))
        (folder / f"{part}-labels{separator}idx1-ubyte").write_bytes(idx(0x08, labels))


def png(kind, depth, array, palette=b""):
    """array: [H, W, samples]; kind is PNG's colour type."""
    def chunk(name, body):
        body = name + body
        return struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))

    height, width = array.shape[:2]
    rows = b"".join(b"\0" + row.tobytes() for row in array)
    head = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head)
            + (chunk(b"PLTE", palette) if palette else b"")
            + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b""))


def png_files():
    samples = (np.arange(4 * 5 * 4) * 3).astype("u1")
    write("gray.png", png(0, 8, samples[:20].reshape(4, 5, 1)))
    write("rgb.png", png(2, 8, samples[:60].reshape(4, 5, 3)))
    write("rgba.png", png(6, 8, samples.reshape(4, 5, 4)))
    write("gray_alpha.png", png(4, 8, samples[:40].reshape(4, 5, 2)))
    write("gray16.png", png(0, 16, (np.arange(20) * 257 * 3).astype(">u2").reshape(4, 5, 1)))
    write("palette.png", png(3, 8, np.array([[[0], [1]], [[2], [0]]], dtype="u1"),
                             bytes([255, 0, 0, 0, 255, 0, 0, 0, 255])))


class Bits:
    """Bits of a scan, zero bytes behind 0xFF put in, filled up with ones."""
    def __init__(self):
        self.text = ""

    def put(self, value, count):
        self.text += format(value, "b").zfill(count) if count else ""

    def bytes(self):
        text = self.text + "1" * (-len(self.text) % 8)
        packed = bytes(int(text[i:i + 8], 2) for i in range(0, len(text), 8))
        return packed.replace(b"\xff", b"\xff\0")


def jpeg(height, width, blocks, adobe=None, progressive=False):
    """blocks: [rows, columns, samples] of the format's own color space, each 8 x 8 equal pixels.

    A flat block is its mean alone (DC), so that pixels are known without a cosine transform: with a
    quantizer of 8 the coefficient is the sample minus 128. The code of DC sizes 0 to 8 has 4 bits
    each, that of AC knows one symbol, the end of a block, of 1 bit.
    """
    def segment(marker, body):
        return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body

    def dc(bits, difference):
        size = abs(int(difference)).bit_length()
        bits.put(size, 4)
        bits.put(difference if difference >= 0 else difference + (1 << size) - 1, size)

    def scan(samples, first, last):
        body = bytes([len(samples)]) + bytes(b for i in samples for b in (i + 1, 0))
        bits, before = Bits(), [0] * count
        for block in blocks.reshape(-1, count).astype(int) - 128:
            for i in samples:
                if first == 0:
                    dc(bits, block[i] - before[i])
                    before[i] = block[i]
                if last > 0:
                    bits.put(0, 1)
        return segment(0xDA, body + bytes([first, last, 0])) + bits.bytes()

    count = blocks.shape[2]
    out = b"\xff\xd8"
    if adobe is not None:
        out += segment(0xEE, b"Adobe" + struct.pack(">HHHB", 100, 0, 0, adobe))
    out += segment(0xDB, b"\0" + bytes([8] * 64))
    frame = struct.pack(">BHHB", 8, height, width, count)
    frame += b"".join(bytes([i + 1, 0x11, 0]) for i in range(count))
    out += segment(0xC2 if progressive else 0xC0, frame)
    out += segment(0xC4, b"\0" + bytes([0, 0, 0, 9] + [0] * 12) + bytes(range(9)))
    out += segment(0xC4, b"\x10" + bytes([1] + [0] * 15) + b"\0")
    if progressive:
        out += scan(range(count), 0, 0) + b"".join(scan([i], 1, 63) for i in range(count))
    else:
        out += scan(range(count), 0, 63)
    return out + b"\xff\xd9"


def jpeg_files():
    gray = np.array([[[0], [255], [100]], [[128], [7], [200]]])
    ycc = np.array([[[76, 85, 255], [149, 43, 21]], [[29, 255, 107], [180, 128, 128]]])
    ink = np.array([[[255, 0, 0, 255], [0, 255, 255, 128]], [[255, 255, 255, 255], [9, 9, 9, 0]]])
    write("gray.jpg", jpeg(12, 20, gray))
    write("rgb.jpg", jpeg(16, 16, ycc))  # three samples without Adobe's marker are YCbCr
    write("progressive.jpg", jpeg(16, 16, ycc, progressive=True))
    write("cmyk.jpg", jpeg(16, 16, ink, adobe=0))  # inverted, as Adobe's programs write it
    write("cmyk_plain.jpg", jpeg(16, 16, 255 - ink))
    write("ycck.jpg", jpeg(16, 16, np.concatenate([ycc, ink[:, :, 3:]], axis=2), adobe=2))


def safetensors():
    parts = {  # four-byte types first, then u8; each sorted by name
        "bias": ("I32", np.arange(-1, 2, dtype="<i4")),
        "count": ("U32", np.array(5, dtype="<u4")),
        "weight": ("F32", ramp(2, 3).astype("<f4")),
        "mask": ("U8", np.arange(3, dtype="u1")),
    }
    header, data = {"__metadata__": {"format": "lemnos", "note": "\u00fcber"}}, b""
    for name, (dtype, array) in parts.items():
        end = len(data) + array.nbytes
        header[name] = {"dtype": dtype, "shape": list(array.shape),
                        "data_offsets": [len(data), end]}
        data += array.tobytes()
    text = json.dumps(header, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    write("good.safetensors", struct.pack("<Q", len(text)) + text + data)


def csv_files():
    write("quoted.csv", b'name,"height, cm",note\r\n"A ""big"" one",1.5,"two\r\nlines"\r\n'
                        b'\r\nsmall,-2e1,\r\n')
    rows = b"".join(b"%d,%g,%d\n" % (i, i / 2, i % 2) for i in range(6))
    write("counts.csv", b"6,2,no,yes\n" + rows)
    rows = "".join(f"{i},{i * i * 0.5 + 0.25}\n" for i in range(10))
    write("regression.csv", ("x,y\n" + rows).encode())


def philox(counter, key):
    """Philox4x32-10 as the paper prints it, on Python's integers."""
    c, k = list(counter), list(key)
    for _ in range(10):
        high0, low0 = divmod(0xD2511F53 * c[0], 1 << 32)
        high1, low1 = divmod(0xCD9E8D57 * c[2], 1 << 32)
        c = [high1 ^ c[1] ^ k[0], low1, high0 ^ c[3] ^ k[1], low0]
        k = [(k[0] + 0x9E3779B9) % (1 << 32), (k[1] + 0xBB67AE85) % (1 << 32)]
    return c


def shuffle(n, seed, epoch):
    order = list(range(n))
    for draw, i in enumerate(range(n - 1, 0, -1)):
        counter = (draw // 4, 0xFFFFFFFF, epoch % (1 << 32), epoch >> 32)
        word = philox(counter, (seed % (1 << 32), seed >> 32))[draw % 4]
        j = word * (i + 1) >> 32
        order[i], order[j] = order[j], order[i]
    return order


def shuffles():
    cases = [(1, 0, 0), (2, 0, 0), (10, 0, 0), (10, 0, 1), (10, 7, 1),
             (37, (5 << 32) + 9, (3 << 32) + 2)]
    lines = [json.dumps({"n": n, "seed": seed, "epoch": epoch, "order": shuffle(n, seed, epoch)})
             for n, seed, epoch in cases]
    write("shuffles.jsonl", ("\n".join(lines) + "\n").encode())


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    npy()
    idx_files()
    mnist_folder()
    png_files()
    jpeg_files()
    safetensors()
    csv_files()
    shuffles()
