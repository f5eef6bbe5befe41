#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every path a page names in backticks exists, from the repository root or from the page's folder;
a file named without its folder exists somewhere.

A word counts as a path when it has a slash or the ending of one of our file kinds. Patterns
(`<family>`, `*`) and what a build or a run makes (`build/`, `runs/`) are left out.
"""
import os
import re

from sources import files, finish, lines

ENDINGS = (".md", ".h", ".cpp", ".comp", ".glsl", ".cmake", ".py", ".inc", ".txt")
MADE = ("build", "runs", "lemnos/lemnos.h")
PATH = re.compile(r"`(?:\./)?(\.?\w[\w./-]*)`")

problems = []
pages = files(".md")
names = {os.path.basename(path) for path in files()}
named = 0
for page in pages:
    bases = (".", os.path.dirname(page))
    for number, line in enumerate(lines(page), 1):
        for path in PATH.findall(line):
            if not ("/" in path or path.endswith(ENDINGS)) or path.startswith(MADE):
                continue
            if path in ENDINGS:
                continue
            named += 1
            if path not in names and not any(os.path.exists(os.path.join(b, path)) for b in bases):
                problems.append(f"{page}:{number}: `{path}` does not exist")
finish("readme_paths", problems, f"{named} paths on {len(pages)} pages")
