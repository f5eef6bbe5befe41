#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes classification_metrics.json: metrics of given logits by scikit-learn (python3-sklearn).

Logits are 4 times `symmetric` of integer_hash.py, stream by stream; with `ties`, every second row
repeats the one before it. The label of row i is hash(stream + 1, i) modulo `labels`.
"""
import pathlib
import sys

sys.dont_write_bytecode = True
import numpy
import sklearn
from sklearn import metrics

from integer_hash import hash32, symmetric, write

CASES = [
    {"name": "two classes, one logit", "rows": 200, "width": 1, "labels": 2, "ties": False},
    {"name": "two classes, one logit, ties", "rows": 90, "width": 1, "labels": 2, "ties": True},
    {"name": "two classes, two logits, ties", "rows": 150, "width": 2, "labels": 2, "ties": True},
    {"name": "three classes", "rows": 121, "width": 3, "labels": 3, "ties": False},
    {"name": "seven classes, two of which no row has", "rows": 90, "width": 7, "labels": 5,
     "ties": True},
]


def softmax(x):
    e = numpy.exp(x - x.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def area(logits, labels):
    if logits.shape[1] == 1:
        return metrics.roc_auc_score(labels, logits[:, 0])
    if logits.shape[1] == 2:
        return metrics.roc_auc_score(labels, logits[:, 1] - logits[:, 0])
    p = softmax(logits)
    present = numpy.unique(labels)
    mean = numpy.mean([metrics.roc_auc_score(labels == k, p[:, k]) for k in present])
    if len(present) == p.shape[1]:
        assert abs(mean - metrics.roc_auc_score(labels, p, multi_class="ovr")) < 1e-15
    return mean


def result(case, stream):
    rows, width = case["rows"], case["width"]
    logits = symmetric(stream, (rows, width)).astype(numpy.float64) * 4
    if case["ties"]:
        logits[1::2] = logits[::2]
    labels = hash32(stream + 1, numpy.arange(rows)) % numpy.uint32(case["labels"])
    guess = (logits[:, 0] > 0).astype(int) if width == 1 else logits.argmax(axis=1)
    found = {"accuracy": metrics.accuracy_score(labels, guess), "roc_auc": area(logits, labels)}
    for average, suffix in (("macro", ""), ("micro", "_micro")):
        precision, recall, f1, _ = metrics.precision_recall_fscore_support(
            labels, guess, average=average, zero_division=0)
        found |= {"precision" + suffix: precision, "recall" + suffix: recall, "f1" + suffix: f1}
    confusion = metrics.confusion_matrix(labels, guess, labels=range(max(2, width)))
    return case | {"stream": stream, "metrics": found, "confusion": confusion.tolist()}


def main():
    cases = [result(case, 1 + 2 * i) for i, case in enumerate(CASES)]
    write(pathlib.Path(__file__).parent / "classification_metrics.json",
          {"sklearn": sklearn.__version__, "cases": cases})


if __name__ == "__main__":
    main()
