"""Asks whether anything in requirements-dev.lock, which has all that is installed, is known to be
vulnerable. `make check` fails where something is. Where the advisories can't be had it says so, and
does not fail: they are on other people's machines."""

import json
import subprocess
import sys
from pathlib import Path

LOCK = Path(__file__).parent.parent / "requirements-dev.lock"
COMMAND = [
    *(sys.executable, "-m", "pip_audit", "--requirement", str(LOCK)),
    *("--disable-pip", "--require-hashes", "--progress-spinner=off", "--timeout=10"),
    "--format=json",
]
NOT_AUDITED = "NOT AUDITED: the database of advisories could not be asked about"


def judge(output: str) -> tuple[int, list[str]]:
    """Return the exit status, and what to say, for what pip-audit prints."""
    try:
        found = json.loads(output)["dependencies"]
    except ValueError:
        return 0, [f"{NOT_AUDITED} anything."]
    bad = [one for one in found if one.get("vulns")]
    skipped = [one["name"] for one in found if "skip_reason" in one]
    lines = [
        f"{one['name']} {one['version']}: {', '.join(flaw['id'] for flaw in one['vulns'])}"
        for one in bad
    ]
    if skipped:
        lines.append(f"{NOT_AUDITED} {len(skipped)} of {len(found)} packages.")
    if not bad:
        lines.append(f"No known vulnerability in {len(found) - len(skipped)} packages.")
    return int(bool(bad)), lines


if __name__ == "__main__":
    done = subprocess.run(COMMAND, capture_output=True, text=True)
    status, lines = judge(done.stdout)
    print("\n".join(lines))
    sys.exit(status)
