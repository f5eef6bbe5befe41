# SPDX-License-Identifier: Apache-2.0
"""Lemnos' data set `scenes` written again (data/datasets/scenes.cpp), and how a Detector is judged
on it. A pixel may differ by one where the resizing rounds."""
import numpy as np
import torch
import torch.nn.functional as F

from loss_curves import fashion_mnist
from texts import philox

SIDE, MOST = 64, 4
ROWS = {"train": 10000, "t10k": 1000}


class Draws:
    def __init__(self, seed, stream, row):
        self.words = iter(philox(seed, stream, row, 256).tolist())

    def below(self, n):
        return next(self.words) * n >> 32

    def uniform(self, low, high):
        unit = np.float32(next(self.words) >> 8) * np.float32(2 ** -24)
        return np.float32(low) + (np.float32(high) - np.float32(low)) * unit


def resized(image, scale):
    height, width = (max(1, int(np.float32(size) * scale)) for size in image.shape)
    made = F.interpolate(torch.from_numpy(image)[None, None].float(), size=(height, width),
                         mode="bilinear", antialias=True, align_corners=False)
    return (made[0, 0] + 0.5).floor().clamp(0, 255).numpy().astype(np.uint8)


def free(frame, frames):
    x, y, w, h = frame
    for a, b, c, d in frames:
        wide, high = min(x + w, a + c) - max(x, a), min(y + h, b + d) - max(y, b)
        smaller = np.float32(min(w * h, c * d))
        if wide > 0 and high > 0 and wide * high > np.float32(0.15) * smaller:
            return False
    return True


def scene(draws, images, labels):
    pixels = np.zeros((SIDE, SIDE), np.uint8)
    boxes = np.full((MOST, 5), -1, np.float32)
    frames = []
    for _ in range(1 + draws.below(MOST)):
        thing = draws.below(len(images))
        image = resized(images[thing, 0], draws.uniform(0.75, 1.15))
        rows, columns = np.flatnonzero(image.any(1)), np.flatnonzero(image.any(0))
        if len(rows) == 0:
            continue
        image = image[rows[0]:rows[-1] + 1, columns[0]:columns[-1] + 1]
        h, w = image.shape
        for _ in range(20):
            x, y = draws.below(SIDE - w + 1), draws.below(SIDE - h + 1)
            if free((x, y, w, h), frames):
                place = pixels[y:y + h, x:x + w]
                np.maximum(place, image, out=place)
                boxes[len(frames)] = (labels[thing], (x + w / 2) / SIDE, (y + h / 2) / SIDE,
                                      w / SIDE, h / SIDE)
                frames.append((x, y, w, h))
                break
    return pixels, boxes


def scenes(folder, kind, seed):
    images, labels = fashion_mnist(folder, kind)
    made = [scene(Draws(seed, kind != "train", row), images, labels) for row in range(ROWS[kind])]
    return tuple(np.stack(part) for part in zip(*made))


# ---- judging -------------------------------------------------------------------------------------

def overlaps(box, boxes):
    low = np.maximum(box[:2] - box[2:] / 2, boxes[:, :2] - boxes[:, 2:] / 2)
    high = np.minimum(box[:2] + box[2:] / 2, boxes[:, :2] + boxes[:, 2:] / 2)
    shared = (high - low).clip(0).prod(1)
    return shared / (box[2:].prod() + boxes[:, 2:].prod(1) - shared)


def judged(boxes, scores, truth, least):
    """Of one class in one image: (score, right) of each box that is not suppressed."""
    kept, taken = [], set()
    for i in np.argsort(-scores, kind="stable"):
        if scores[i] < 0.01 or (kept and overlaps(boxes[i], boxes[kept]).max() > 0.5):
            continue
        kept.append(i)
        each = overlaps(boxes[i], truth)
        right = [t for t in np.argsort(-each) if t not in taken and each[t] >= least][:1]
        taken.update(right)
        yield scores[i], len(right)


def average_precision(found, truths):
    right = np.array([hit for _, hit in sorted(found, key=lambda each: -each[0])])
    recall = right.cumsum() / truths
    precision = right.cumsum() / np.arange(1, len(right) + 1)
    precision = np.append(np.maximum.accumulate(precision[::-1])[::-1], 0)
    return precision[np.searchsorted(recall, np.linspace(0, 1, 101))].mean()


def map50(net, batches):
    net.eval()
    found, truths = {}, {}
    for images, boxes in batches:
        said = net(images)
        rows, columns = said.shape[1:3]
        place = torch.sigmoid(said[..., :4])
        place[..., 0] = (place[..., 0] + torch.arange(columns)) / columns
        place[..., 1] = (place[..., 1] + torch.arange(rows)[:, None]) / rows
        scores = torch.sigmoid(said[..., 4:5]) * said[..., 5:].softmax(-1)
        for n, truth in enumerate(boxes.numpy()):
            cells = place[n].reshape(-1, 4).numpy()
            for label in range(scores.shape[-1]):
                mine = truth[truth[:, 0] == label, 1:]
                truths[label] = truths.get(label, 0) + len(mine)
                found.setdefault(label, []).extend(
                    judged(cells, scores[n, ..., label].flatten().numpy(), mine, 0.5))
    return {"map50": float(np.mean([average_precision(found[k], truths[k])
                                    for k in truths if truths[k]]))}
