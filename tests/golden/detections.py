#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes detections.json: overlaps, suppression and average precision of made boxes.

Overlaps and suppression are torchvision's (python3-torchvision): box_iou, batched_nms. Average
precision is written out here from COCO's definition, one recall point after the other.

Box i of a case: x and y (hash(stream, i) mod 65) / 64 and hash(stream + 1, i) so too, width and
height (1 + hash(stream + 2, i) mod 64) / 64 and hash(stream + 3, i) so too, class hash(stream + 4,
i) mod classes, score (hash(stream + 5, i) mod 1024) / 1024: equal scores occur. `precision`: image
k has the true boxes i with hash(stream + 6, i) mod images = k of stream, and of stream + 10 what
was found; of these every second is true box i / 2 with its x moved by (hash(stream + 17, i) mod 17
- 8) / 256, in its image.
"""
import pathlib
import sys

sys.dont_write_bytecode = True
import numpy
import torch
import torchvision

from integer_hash import hash32, write

OVERLAPS = [0.5, 0.75, 0.95]
SUPPRESSION = {"stream": 2100, "boxes": 60, "classes": 3, "most": 0.3}
PRECISION = {"stream": 2200, "truths": 90, "found": 150, "images": 12, "classes": 5}


def boxes_of(stream, count):
    """float64 [count, 4]: centre, size"""
    i = numpy.arange(count)
    columns = [hash32(stream, i) % 65, hash32(stream + 1, i) % 65,
               1 + hash32(stream + 2, i) % 64, 1 + hash32(stream + 3, i) % 64]
    return numpy.stack(columns, 1) / 64


def labels_of(stream, count, classes):
    return hash32(stream + 4, numpy.arange(count)) % classes


def scores_of(stream, count):
    return hash32(stream + 5, numpy.arange(count)) % 1024 / 1024


def corners(boxes):
    boxes = torch.tensor(boxes)
    return torch.cat((boxes[:, :2] - boxes[:, 2:] / 2, boxes[:, :2] + boxes[:, 2:] / 2), 1)


def suppression(stream, boxes, classes, most):
    made, scores = boxes_of(stream, boxes), scores_of(stream, boxes)
    labels = labels_of(stream, boxes, classes)
    # Of equal scores torchvision promises no order: the order of the boxes decides.
    surest = numpy.argsort(-scores, kind="stable")
    falling = torch.arange(boxes, 0, -1, dtype=torch.float64)
    kept = torchvision.ops.batched_nms(corners(made[surest]), falling,
                                       torch.tensor(labels[surest].astype(numpy.int64)), most)
    ious = torchvision.ops.box_iou(corners(made), corners(made))
    return {"stream": stream, "boxes": boxes, "classes": classes, "most": most,
            "kept": [int(surest[k]) for k in kept], "overlaps": ious[0].tolist()}


def average_precision(right, truths):
    """right: of what was found, the surest first."""
    points = []
    for recall in numpy.linspace(0, 1, 101):
        best = 0.0  # the best precision at this recall or beyond
        for n in range(1, len(right) + 1):
            if sum(right[:n]) / truths >= recall:
                best = max(best, max(sum(right[:m]) / m for m in range(n, len(right) + 1)))
                break
        points.append(best)
    return float(numpy.mean(points))


def precision(stream, truths, found, images, classes):
    true, true_labels = boxes_of(stream, truths), labels_of(stream, truths, classes)
    true_image = hash32(stream + 6, numpy.arange(truths)) % images
    other = stream + 10
    made, labels = boxes_of(other, found), labels_of(other, found, classes)
    image = hash32(other + 6, numpy.arange(found)) % images
    for i in range(0, found, 2):
        made[i] = true[i // 2]
        made[i, 0] += (int(hash32(stream + 17, i)) % 17 - 8) / 256
        labels[i], image[i] = true_labels[i // 2], true_image[i // 2]
    scores = scores_of(other, found)
    means = {}
    for least in OVERLAPS:
        each = []
        for label in range(classes):
            judged = []
            for k in range(images):
                here = numpy.flatnonzero((image == k) & (labels == label))
                there = numpy.flatnonzero((true_image == k) & (true_labels == label))
                ious = torchvision.ops.box_iou(corners(made[here]), corners(true[there])).numpy()
                free = set(range(len(there)))
                for n in numpy.argsort(-scores[here], kind="stable"):
                    best = max(free, key=lambda t: ious[n, t], default=None)
                    hit = best is not None and ious[n, best] >= least
                    if hit:
                        free.remove(best)
                    judged.append((scores[here[n]], hit))
            order = numpy.argsort([-score for score, _ in judged], kind="stable")
            there = int((true_labels == label).sum())
            each.append(average_precision([int(judged[n][1]) for n in order], there))
        means[str(least)] = float(numpy.mean(each))
    return {"stream": stream, "truths": truths, "found": found, "images": images,
            "classes": classes, "mean_average_precision": means}


if __name__ == "__main__":
    write(pathlib.Path(__file__).with_suffix(".json"),
          {"torchvision": torchvision.__version__, "suppression": suppression(**SUPPRESSION),
           "precision": precision(**PRECISION)})
