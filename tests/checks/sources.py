# SPDX-License-Identifier: Apache-2.0
"""The files of this repository, as every check sees them: tracked and new, not ignored."""
import os
import subprocess
import sys

CXX = (".cpp", ".h")
SHADER = (".comp", ".glsl", ".vert", ".frag")


def files(*endings):
    """Paths from the repository root that end with one of `endings` (all files: no argument)."""
    git = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                         capture_output=True, text=True)
    if git.returncode == 0:
        paths = git.stdout.split("\0")
    else:  # an unpacked archive
        paths = [os.path.relpath(os.path.join(folder, name))
                 for folder, _, names in os.walk(".") for name in names
                 if not folder.startswith(("./build", "./.git", "./runs"))]
    return sorted(path for path in set(paths)
                  if os.path.isfile(path) and (not endings or path.endswith(endings)))


def lines(path):
    with open(path, encoding="utf-8") as file:
        return file.read().splitlines()


def finish(rule, problems, checked):
    """Prints the verdict and exits: 0 when there are no problems."""
    for problem in problems:
        print(problem)
    print(f"{rule}: {checked}, {len(problems)} problems")
    sys.exit(1 if problems else 0)
