#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""CTest runs each TEST_CASE by its name: a name is unique in its program and has no semicolon,
backslash or lone square bracket. CMake would split such a name or swallow its neighbours: the case
would never run, and look green."""
import re
from collections import defaultdict

from sources import files, finish

NAME = re.compile(r'TEST_CASE(?:_FIXTURE)?\s*\((?:\s*[\w:]+\s*,)?\s*((?:"(?:[^"\\]|\\.)*"\s*)+)')

problems = []
seen = defaultdict(dict)
for path in files(".cpp"):
    if not path.startswith("tests/"):
        continue
    with open(path, encoding="utf-8") as file:
        text = file.read()
    for match in NAME.finditer(text):
        name = "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', match[1]))
        where = f"{path}:{text.count(chr(10), 0, match.start()) + 1}"
        if re.search(r"[;\\]", name) or name.count("[") != name.count("]"):
            problems.append(f"{where}: a ';', backslash or lone '[' in a test's name: {name}")
        program = path.split("/")[1]
        if name in seen[program]:
            problems.append(f"{where}: the name of the test at {seen[program][name]}: {name}")
        seen[program][name] = where
finish("test_names", problems, f"{sum(map(len, seen.values()))} tests")
