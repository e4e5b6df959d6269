#!/usr/bin/env python3
"""Writes expect.toml of recorded runs from their label.json, where the program's present answer is right.

    cargo build && python3 tests/lab/expect.py [FOLDER]

A run whose answer is wrong gets none (an old one is removed and named): nothing wrong is ever expected, and
tests/scores.rs counts it. Confidences are asked for at half of what they are: the run guards the answer, not the decimals.
"""

import json
import math
import os
import subprocess
import sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
PROGRAM = os.environ.get("WHYREDIS", os.path.join(ROOT, "target", "debug", "whyredis"))
NO_INPUTS = ("label.json", "ABOUT.md", "expect.toml")


def report(folder):
    inputs = sorted(os.path.join(at, f) for at, _, files in os.walk(folder) for f in files if f not in NO_INPUTS)
    done = subprocess.run([PROGRAM, "--format", "json", "--now", "2024-01-17T12:00:00Z", *inputs], capture_output=True, text=True)
    return json.loads(done.stdout)


def expectation(label, found):
    """The text, or None if the first cause is not among the right ones."""
    right = [label["root_cause"], *label.get("acceptable", [])]
    incidents = found["incidents"]
    if not incidents or incidents[0]["causes"][0]["id"] not in right:
        return None
    causes = ", ".join(json.dumps(c) for c in right)
    lines = ["# Written from label.json by tests/lab/expect.py.", "", 'verdict = ["incident", "inconclusive"]', "", "[[cause]]"]
    lines += [f"id = {causes}" if len(right) == 1 else f"any_of = [{causes}]", "max_rank = 1"]
    confidence = math.floor(incidents[0]["causes"][0]["confidence"] * 5) / 10
    if confidence > 0:
        lines.append(f"min_confidence = {confidence}")
    seen = {s["id"] for i in incidents for s in i["symptoms"]}
    symptoms = [s for s in sorted(label.get("symptoms", [])) if s in seen]
    if symptoms:
        lines += ["", "[symptoms]", *(f"{s} = {{ min = 1 }}" for s in symptoms)]
    return "\n".join(lines) + "\n"


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else os.path.join(ROOT, "testdata", "incidents", "lab")
    written = 0
    for name in sorted(os.listdir(root)):
        folder = os.path.join(root, name)
        if not os.path.isfile(os.path.join(folder, "label.json")):
            continue
        with open(os.path.join(folder, "label.json"), encoding="utf-8") as file:
            label = json.load(file)
        found = report(folder)
        text = expectation(label, found)
        target = os.path.join(folder, "expect.toml")
        if text is None:
            lost = os.path.exists(target)
            if lost:
                os.remove(target)
            first = [f"{c['id']} {c['confidence']}" for i in found["incidents"][:1] for c in i["causes"][:3]]
            print(f"{'LOST ' if lost else 'wrong'} {name}: {found['verdict']} {', '.join(first)}")
            continue
        with open(target, "w", encoding="utf-8") as file:
            file.write(text)
        written += 1
    print(f"{written} written")


if __name__ == "__main__":
    main()
