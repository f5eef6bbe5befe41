#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Who may include whom.

    cli   viewer
       \\   /
        nn ------> data     data sees runtime/base and the dtype and shape of tensors, nothing else
        |
       ops ------> shaders  (the generated enum of kernels, and structs shared with GLSL)
        |
      runtime: doctor > exec > jit > passes > autodiff > graph > tensor > gpu > base

An arrow means "may include", and so does every chain of them; never upward, never sideways.
Vulkan's own names stay in runtime/gpu/ (and its tests) and in viewer/window.cpp and
viewer/window/; the operating system's in runtime/base/.
"""
import os
import re

from sources import CXX, SHADER, files, finish, lines

RUNTIME = ["base", "gpu", "tensor", "graph", "autodiff", "passes", "jit", "exec",
           "doctor"]  # lowest first
LAYERS = {"runtime/" + name: ["runtime/" + lower for lower in RUNTIME[:index + 1]]
          for index, name in enumerate(RUNTIME)}
# What was found about the kernels holds as long as they are the same: device_file.cpp.
LAYERS["runtime/exec"] += ["shaders/kernels.h", "shaders/jit_source.h"]
LAYERS["data"] = ["data", "runtime/base", "runtime/tensor/dtype.h", "runtime/tensor/shape.h"]
LAYERS["runtime/jit"].append("shaders/jit_source.h")  # text for the kernels it writes
LAYERS["shaders"] = ["shaders", "ops/pointwise/table.inc"]  # each row is an expression in both
LAYERS["ops"] = ["ops", "shaders", "runtime"]
# Measures a device by shaders that belong to no op.
LAYERS["nn/bench/ceilings"] = ["nn", "ops", "data", "runtime", "shaders/kernels.h",
                               "shaders/probe"]
LAYERS["nn"] = ["nn", "ops", "data", "runtime"]
LAYERS["cli"] = ["cli", "nn", "ops", "data", "runtime"]
LAYERS["viewer"] = ["viewer", "nn", "ops", "data", "runtime", "shaders/common/params.h"]
LAYERS["tests"] = ["tests", "cli", "viewer", "nn", "ops", "data", "shaders", "runtime"]

INCLUDE = re.compile(r'\s*#\s*include\s*([<"])([^">]+)[">]')
VULKAN = re.compile(r"\b(Vk[A-Z]\w*|vk[A-Z]\w*|vulkan/\w+\.h)")
VULKAN_HOMES = ("runtime/gpu/", "tests/runtime/gpu", "viewer/window.cpp", "viewer/window/",
                "tests/viewer/window")
SYSTEM = re.compile(r"(unistd|fcntl|signal|dlfcn|dirent|poll|windows)\.h|sys/.*|csignal|fstream")
SYSTEM_HOMES = ("runtime/base/", "runtime/gpu/calls.cpp", "tests/")  # calls: opens the loader


def inside(path, folder):
    return path == folder or path.startswith(folder + "/")


def include_problem(path, quote, target):
    if quote == "<":
        if SYSTEM.fullmatch(target) and not path.startswith(SYSTEM_HOMES):
            return f"<{target}> belongs to runtime/base/os.h"
        return None
    if inside(path, "shaders") and os.path.exists("shaders/" + target):
        target = "shaders/" + target
    layer = next((layer for layer in LAYERS if inside(path, layer)), None)
    if layer is None or any(inside(target, allowed) for allowed in LAYERS[layer]):
        return None
    return f'{layer} may not include "{target}" (it may: {", ".join(LAYERS[layer])})'


def problems_in(path):
    for number, line in enumerate(lines(path), 1):
        include = INCLUDE.match(line)
        if include and (problem := include_problem(path, *include.groups())):
            yield f"{path}:{number}: {problem}"
        vulkan = VULKAN.search(line.split("//")[0])
        if vulkan and path.endswith(CXX) and not path.startswith(VULKAN_HOMES):
            yield f"{path}:{number}: {vulkan[0]} belongs in runtime/gpu/"


paths = [path for path in files(*CXX, *SHADER) if not inside(path, "tests/install")]
problems = [problem for path in paths for problem in problems_in(path)]
finish("layering", problems, f"{len(paths)} files")
