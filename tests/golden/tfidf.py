#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes tfidf.json: TF-IDF vectors by scikit-learn (Debian's python3-sklearn)."""
import collections
import json
import os
import re

import sklearn
from sklearn.feature_extraction.text import TfidfVectorizer

WORD = r"[A-Za-z0-9_]+(?:'[A-Za-z0-9_]+)*"
TRAIN = ["The cat sat on the mat. The cat slept.",
         "A dog, and the dog's bone: don't touch it!",
         "The dog saw the cat; the cat saw the bird.",
         "Birds sing. A bird sang 2 songs on the mat."]
HELD_OUT = ["the bird saw a zebra", "ZEBRA!", "cat cat cat dog"]
FEATURES = 15


def main():
    counts = collections.Counter(re.findall(WORD, " ".join(TRAIN).lower()))
    vocabulary = sorted(counts, key=lambda word: (-counts[word], word))[:FEATURES]
    vectorizer = TfidfVectorizer(token_pattern=WORD, vocabulary=vocabulary)
    train = vectorizer.fit_transform(TRAIN).toarray()
    held_out = vectorizer.transform(HELD_OUT).toarray()
    golden = {"sklearn": sklearn.__version__, "train": TRAIN, "held_out": HELD_OUT,
              "vocabulary": vocabulary, "idf": vectorizer.idf_.tolist(),
              "train_rows": train.tolist(), "held_out_rows": held_out.tolist()}
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "tfidf.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump(golden, file, indent=1)
        file.write("\n")


if __name__ == "__main__":
    main()
