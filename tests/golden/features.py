#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes features.json: a table's features filled, bounded and scaled by scikit-learn and NumPy.

The training rows are hash values in [-1, 1) (integer_hash.py), feature j times 10^j; every tenth
is missing, and every thirteenth of the rest is 20 times as far from 0. Held-out rows follow.
"""
import itertools
import pathlib

import numpy as np
import sklearn
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from integer_hash import symmetric, write

ROWS, HELD_OUT, FEATURES = 24, 3, 2
SCALERS = {"standard": StandardScaler, "minmax": MinMaxScaler,
           "symmetric": lambda: MinMaxScaler(feature_range=(-1, 1)), "none": None}


def table():
    values = symmetric(1, (ROWS + HELD_OUT, FEATURES)).astype(np.float64).flatten()
    index = np.arange(values.size)
    values = np.where(index % 13 == 7, values * 20, values)
    values = np.where(index % 10 == 3, np.nan, values).reshape(-1, FEATURES)
    return (values * 10.0 ** np.arange(FEATURES)).astype(np.float32).astype(np.float64)


def bounds(train, rule):
    """Of each feature, missing values left out."""
    if rule == "zscore":
        mean, reach = np.nanmean(train, axis=0), 3 * np.nanstd(train, axis=0)
        return mean - reach, mean + reach
    low, high = np.nanpercentile(train, [25, 75], axis=0)
    return low - 1.5 * (high - low), high + 1.5 * (high - low)


def case(missing, outliers, rule, scaling):
    values = table()
    train, held_out = values[:ROWS], values[ROWS:]
    imputer = SimpleImputer(strategy=missing).fit(train)
    low, high = bounds(train, rule)
    train, held_out = imputer.transform(train), imputer.transform(held_out)
    kept = np.all((train >= low) & (train <= high), axis=1)
    if outliers == "drop":
        train = train[kept]
    if outliers == "clip":
        train, held_out = np.clip(train, low, high), np.clip(held_out, low, high)
    if SCALERS[scaling]:
        scaler = SCALERS[scaling]().fit(train)
        train, held_out = scaler.transform(train), scaler.transform(held_out)
    return {"missing": missing, "outliers": outliers, "rule": rule, "scaling": scaling,
            "train": train.astype(np.float32), "held_out": held_out.astype(np.float32)}


def main():
    choices = itertools.product(["mean", "median"], ["keep", "clip", "drop"], ["zscore", "iqr"],
                                SCALERS)
    cases = [case(*choice) for i, choice in enumerate(choices) if i % 5 in (0, 3)]
    write(pathlib.Path(__file__).with_name("features.json"),
          {"sklearn": sklearn.__version__, "numpy": np.__version__, "cases": cases})


if __name__ == "__main__":
    main()
