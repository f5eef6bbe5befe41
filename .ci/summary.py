#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""summary.py RESULT.xml...: adds up CTest's JUnit files: failures, what was skipped and why.

Exits 1 unless at least one test passed and none failed.
"""
import os
import re
import sys
import xml.etree.ElementTree as ElementTree
from collections import Counter

total = Counter()
for path in sys.argv[1:]:
    name = os.path.basename(path)[:-len(".xml")]
    root = ElementTree.parse(path).getroot()
    counts = Counter()
    skipped = {}
    for case in root.iter("testcase"):
        said = case.findtext("system-out") or ""
        status = case.get("status")
        if status == "run":
            counts["passed"] += 1
        elif (case.find("skipped") is not None
              and case.find("skipped").get("message", "").startswith("SKIP_")):
            counts["skipped"] += 1
            reasons = re.findall(r"^skipped: (.*)", said, re.MULTILINE) or ["no reason given"]
            for reason in dict.fromkeys(reasons):
                skipped.setdefault(reason, []).append(case.get("name"))
        else:
            counts["failed"] += 1
            print(f"FAILED in {name}: {case.get('name')}")
    for reason, cases in skipped.items():
        print(f"skipped in {name}: {len(cases)} tests: {reason} (the first: {cases[0]})")
    print(f"{name}: {counts['passed']} passed, {counts['failed']} failed, "
          f"{counts['skipped']} skipped, {float(root.get('time') or 0):.0f} s")
    total += counts

print(f"total: {sum(total.values())} tests: {total['passed']} passed, {total['failed']} failed, "
      f"{total['skipped']} skipped")
sys.exit(0 if total["passed"] and not total["failed"] else 1)
