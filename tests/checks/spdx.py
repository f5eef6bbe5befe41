#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every source file names its licence in its first line (its second after #!)."""
from sources import CXX, SHADER, files, finish, lines

SOURCE = CXX + SHADER + (".inc", ".in", ".cmake", "CMakeLists.txt", ".py", ".sh")


def is_source(path):
    if path.endswith(SOURCE):
        return True
    with open(path, "rb") as file:
        return file.read(2) == b"#!"


paths = [path for path in files() if is_source(path)]
problems = [f"{path}:1: no line 'SPDX-License-Identifier: Apache-2.0' at its top" for path in paths
            if not any(line.lstrip("/# ") == "SPDX-License-Identifier: Apache-2.0"
                       for line in lines(path)[:2])]
finish("spdx", problems, f"{len(paths)} files")
