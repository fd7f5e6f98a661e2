import json
import runpy
from pathlib import Path
from typing import Any

from django.test import SimpleTestCase

AUDIT = runpy.run_path(str(Path(__file__).parent.parent / ".ci" / "audit.py"))


def printed(*packages: dict[str, Any]) -> str:
    return json.dumps({"dependencies": [{"version": "1.0", **package} for package in packages]})


class JudgeTests(SimpleTestCase):
    def test_vulnerable_package_fails_and_is_named(self) -> None:
        flawed = {"name": "daphne", "vulns": [{"id": "CVE-2026-44545"}]}
        self.assertEqual(
            AUDIT["judge"](printed(flawed, {"name": "django", "vulns": []})),
            (1, ["daphne 1.0: CVE-2026-44545"]),
        )

    def test_audit_that_found_nothing_says_of_how_many(self) -> None:
        self.assertEqual(
            AUDIT["judge"](printed({"name": "django", "vulns": []})),
            (0, ["No known vulnerability in 1 packages."]),
        )

    def test_audit_that_could_not_be_made_says_so(self) -> None:
        whole = f"{AUDIT['NOT_AUDITED']} anything."
        self.assertEqual(AUDIT["judge"](""), (0, [whole]))
        part = f"{AUDIT['NOT_AUDITED']} 1 of 2 packages."
        self.assertEqual(
            AUDIT["judge"](printed({"name": "a", "vulns": []}, {"name": "b", "skip_reason": "…"})),
            (0, [part, "No known vulnerability in 1 packages."]),
        )
