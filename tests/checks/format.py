#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""C++ is formatted as .clang-format says. To fix: clang-format -i FILE."""
import subprocess

from sources import CXX, files, finish

paths = files(*CXX)
problems = []
for start in range(0, len(paths), 50):
    run = subprocess.run(["clang-format", "--dry-run", "-Werror", *paths[start:start + 50]],
                         capture_output=True, text=True)
    problems += [line for line in run.stderr.splitlines() if "error:" in line]
    if run.returncode and not problems:
        problems.append(run.stderr)
finish("format", problems, f"{len(paths)} files")
