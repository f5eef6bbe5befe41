#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A small text task for `lemnos train seq2seq --data FILE.tsv`: words and their Pig Latin.

    pig_latin.py > pig_latin.tsv

10,000 words of Debian's miscfiles (/usr/share/dict/web2), a line each: the word, a tab, the word
with its first consonants moved behind it and "ay"; one that begins with a vowel gets "way".
"""
import random
import re

WORDS = "/usr/share/dict/web2"


def pig_latin(word):
    first, rest = re.fullmatch("([^aeiou]*)(.*)", word).groups()
    return rest + (first + "ay" if first else "way")


def main():
    with open(WORDS) as file:
        words = [word for word in file.read().split() if re.fullmatch("[a-z]{3,}", word)]
    for word in random.Random(0).sample(words, 10000):
        print(f"{word}\t{pig_latin(word)}")


if __name__ == "__main__":
    main()
