#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every kernel that is written at run time passes spirv-val.

generated_spirv.py TEST_SWEEPS: runs the parity sweep with an empty cache, so that each generated
kernel is compiled and kept, and validates what the cache then holds.
"""
import os
import pathlib
import subprocess
import sys
import tempfile

CHECKSUM = 8  # bytes behind the words, see runtime/jit/compiler.cpp


def main():
    with tempfile.TemporaryDirectory() as cache:
        sweep = subprocess.run([sys.argv[1], "--test-case=parity: every op agrees*"],
                               env=os.environ | {"LEMNOS_CACHE": cache},
                               capture_output=True, text=True)
        kept = sorted(pathlib.Path(cache, "spirv").glob("*.spv"))
        if sweep.returncode == 77 or not kept:
            print("skipped: no device, so no kernels were generated\n" + sweep.stdout)
            return 77
        bad = 0
        for file in kept:
            module = file.with_suffix(".words")
            module.write_bytes(file.read_bytes()[:-CHECKSUM])
            result = subprocess.run(["spirv-val", "--target-env", "vulkan1.2", module],
                                    capture_output=True, text=True)
            if result.returncode != 0:
                bad += 1
                print(f"{file.name}: {result.stderr.strip()}")
        print(f"generated_spirv: {len(kept)} modules, {bad} problems")
        return 1 if bad else 0


sys.exit(main())
