#!/usr/bin/env python3
"""Run the collection of mistakes through a binary and judge what it says.

    python3 mistakes.py BINARY [--exact] [--only PATTERN]

For each file: the process ends with the expected status and prints one JSON document of that exit code;
among its diagnostics is one of the expected severity and group (with --exact: code) at an accepted
place, whose message and hint hold the expected words. Exit status 1 when anything differs.
"""

import argparse
import fnmatch
import json
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "Fixtures" / "mistakes"


def differences(entry, diagnostic, exact):
    """What is not as expected in one diagnostic; empty when it is the one."""
    found = []
    code = str(diagnostic.get("code"))
    if diagnostic.get("severity") != entry["severity"]:
        found.append(f"severity {diagnostic.get('severity')}")
    if not code.startswith(entry["code"] if exact else entry["group"]):
        found.append(f"code {code}, not {entry['code']}")
    place = [diagnostic.get("line"), diagnostic.get("column")]
    if entry["line"] is not None and place not in [[entry["line"], entry["column"]]] + entry["also"]:
        found.append(f"at {place[0]}:{place[1]}, not {entry['line']}:{entry['column']}")
    if entry["message"].lower() not in str(diagnostic.get("message")).lower():
        found.append(f"'{entry['message']}' is not in '{diagnostic.get('message')}'")
    if entry["hint"] and entry["hint"].lower() not in str(diagnostic.get("hint")).lower():
        found.append(f"'{entry['hint']}' is not in the hint '{diagnostic.get('hint')}'")
    return found


def judge(entry, binary, exact):
    run = subprocess.run(
        [binary, "solve", str(FOLDER / entry["file"]), "--format", "json"], capture_output=True, timeout=60
    )
    if run.returncode != entry["exit_code"]:
        return [f"exit status {run.returncode}, not {entry['exit_code']}"]
    try:
        report = json.loads(run.stdout)
    except ValueError:
        return ["standard output is not one JSON document"]
    if report.get("exit_code") != entry["exit_code"]:
        return [f"exit_code {report.get('exit_code')} in the document"]
    attempts = [differences(entry, diagnostic, exact) for diagnostic in report.get("diagnostics") or []]
    return min(attempts, key=len) if attempts else ["no diagnostics"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("binary")
    parser.add_argument("--exact", action="store_true")
    parser.add_argument("--only", metavar="PATTERN", default="*")
    options = parser.parse_args()
    entries = json.loads((FOLDER / "index.json").read_text())["mistakes"]
    failed = 0
    for entry in entries:
        if not fnmatch.fnmatch(entry["file"], options.only):
            continue
        found = judge(entry, options.binary, options.exact)
        failed += bool(found)
        for line in found:
            print(f"{entry['file']}: {line}")
    print(f"{len(entries)} mistakes, {failed} not as expected")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
