#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""No file above 600 lines, no shader above 250, no line above 100 columns."""
import math
import statistics

from sources import CXX, SHADER, files, finish, lines

MAX_LINES, MAX_SHADER_LINES, MAX_COLUMNS = 600, 250, 100
SCRIPTS = (".inc", ".in", ".cmake", "CMakeLists.txt", ".py", ".sh")

problems = []
lengths = {"C++": [], "shaders": []}
paths = files(*CXX, *SHADER, *SCRIPTS)
for path in paths:
    text = lines(path)
    shader = path.endswith(SHADER)
    limit = MAX_SHADER_LINES if shader else MAX_LINES
    if len(text) > limit:
        problems.append(f"{path}: {len(text)} lines, more than {limit}: split it")
    problems += [f"{path}:{number}: {len(line)} columns, more than {MAX_COLUMNS}"
                 for number, line in enumerate(text, 1) if len(line) > MAX_COLUMNS]
    if shader or path.endswith(CXX):
        lengths["shaders" if shader else "C++"].append(len(text))

for kind, counts in lengths.items():
    if counts:
        counts.sort()
        p95 = counts[math.ceil(0.95 * len(counts)) - 1]
        print(f"{kind}: {len(counts)} files, median {statistics.median(counts):.0f} lines, "
              f"95th percentile {p95}, longest {counts[-1]}")
finish("file_sizes", problems, f"{len(paths)} files")
