"""Sums up the log of `make check`: what failed, how the test runners closed, "N passed, N failed".

Since the log is long, the reports of tests that failed are printed once more.
"""

import re
import sys
from pathlib import Path

# What Django's runner, and then node's, says at its end.
RAN = re.compile(r"^Ran (\d+) tests? in ")
VERDICT = re.compile(r"^(OK|FAILED)(?: \((.*)\))?$")
NODE = re.compile(r"^(?:#|ℹ) (tests|pass|fail|cancelled) (\d+)$")
BROKEN_STEP = re.compile(r"^make.*\*\*\* \[(?:.*: )?(.+)\] ")
FAILURES = ("failures", "errors", "unexpected successes")
# A report of Django's runner: a rule, what failed, another rule, the traceback, and an empty line.
REPORT = re.compile(r"^={70}\n(?:FAIL|ERROR): .*?(?=^={70}$|^-{70}\nRan )", re.DOTALL | re.M)


def main(log: Path, status: int) -> int:
    """Print the summary and return the exit status: 0 only if nothing failed."""
    passed = failed = ran = 0
    text = log.read_text(errors="replace")
    for report in REPORT.findall(text):
        print(report)
    for line in text.splitlines():
        if match := RAN.match(line):
            ran = int(match[1])
        elif ran and (match := VERDICT.match(line)):
            counts = dict(part.split("=") for part in (match[2] or "").split(", ") if part)
            bad = sum(int(counts.get(name, 0)) for name in FAILURES)
            aside = int(counts.get("skipped", 0)) + int(counts.get("expected failures", 0))
            passed += max(0, ran - bad - aside)
            failed += bad
            ran = 0
        elif match := NODE.match(line):
            passed += int(match[2]) if match[1] == "pass" else 0
            failed += int(match[2]) if match[1] in ("fail", "cancelled") else 0
        elif match := BROKEN_STEP.match(line):
            # One without tests, the linters for instance, counts as one failure.
            failed += 0 if match[1].startswith("test-") else 1
        else:
            continue
        print(line)
    # Tests that never came to their end have no closing lines.
    failed = failed or int(status != 0 or passed == 0)
    print(f"{passed} passed, {failed} failed")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2])))
