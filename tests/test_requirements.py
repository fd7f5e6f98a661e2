"""What is installed is locked: every release, with the hashes of its files."""

import re
from importlib import metadata
from pathlib import Path

from django.test import SimpleTestCase, tag
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
ENTRY = re.compile(r"^(\S+)==(\S+)(?: ; (.*?))?((?: --hash=sha256:[0-9a-f]{64})+)$")


def wanted(name: str) -> list[Requirement]:
    """Return the requirements of a list, and of those that it includes."""
    found = []
    for line in (ROOT / name).read_text().splitlines():
        if line.startswith("-r "):
            found += wanted(line.removeprefix("-r "))
        else:
            found.append(Requirement(line))
    return found


def locked(name: str) -> dict[str, set[str]]:
    """Return the versions in a lock by the package's name."""
    found: dict[str, set[str]] = {}
    for line in (ROOT / name).read_text().replace(" \\\n   ", "").splitlines():
        entry = ENTRY.match(line)
        assert entry is not None, line[:80]
        found.setdefault(canonicalize_name(entry[1]), set()).add(entry[2])
    return found


@tag("once")
class LockTests(SimpleTestCase):
    def test_every_requirement_is_locked_as_it_is_pinned(self) -> None:
        for name in ("requirements", "requirements-dev"):
            versions = locked(f"{name}.lock")
            for requirement in wanted(f"{name}.txt"):
                with self.subTest(name, requirement=requirement.name):
                    [version] = versions[canonicalize_name(requirement.name)]
                    self.assertEqual(str(requirement.specifier), f"=={version}")

    def test_what_they_need_is_locked_too(self) -> None:
        for name in ("requirements", "requirements-dev"):
            versions = locked(f"{name}.lock")
            for requirement in wanted(f"{name}.txt"):
                for line in self.needed(requirement.name):
                    needed = Requirement(line)
                    extras = requirement.extras or {""}
                    if needed.marker and not any(
                        needed.marker.evaluate({"extra": extra}) for extra in extras
                    ):
                        continue
                    with self.subTest(name, of=requirement.name, needed=needed.name):
                        found = versions[canonicalize_name(needed.name)]
                        self.assertTrue(any(needed.specifier.contains(one) for one in found))

    def needed(self, name: str) -> list[str]:
        """Return what an installed package needs."""
        try:
            return metadata.requires(name) or []
        except metadata.PackageNotFoundError:
            self.skipTest("requirements-dev.txt is not installed.")

    def test_both_lists_lock_the_same_releases(self) -> None:
        runtime, dev = locked("requirements.lock"), locked("requirements-dev.lock")
        self.assertEqual({name: dev[name] for name in runtime}, runtime)

    def test_lock_names_no_registry(self) -> None:
        for path in ROOT.glob("requirements*"):
            with self.subTest(path.name):
                self.assertNotRegex(path.read_text(), r"://|index-url|find-links|trusted-host")

    def test_locks_of_npm_name_no_registry(self) -> None:
        for folder in (ROOT, ROOT / "benchmarks" / "peers"):
            with self.subTest(folder.name):
                self.assertNotIn('"resolved"', (folder / "package-lock.json").read_text())
