"""Runs the tests, wherever only a user's requirements are installed too."""

import argparse
import os
import re
import unittest
from contextlib import nullcontext, suppress
from typing import Any
from unittest.loader import _FailedTest  # type: ignore[attr-defined]

from django.conf import settings
from django.contrib.auth.hashers import ScryptPasswordHasher
from django.test.runner import DiscoverRunner
from django.test.utils import iter_test_cases  # type: ignore[attr-defined]

from tests.keeping import keeping

with suppress(ImportError):
    import hypothesis

    # No test asserts how long something takes.
    hypothesis.settings.register_profile("front-row", deadline=None)
    hypothesis.settings.load_profile("front-row")

# The usual one is for people who guess at passwords. Servers that tests start keep to that, and
# accept these hashes too, since each says what it took.
SCRYPT_WORK_FACTOR = 2

# What can't be missing for want of requirements-dev.txt.
OURS = {
    "benchmarks",
    "booking",
    "cinema",
    "deploy",
    "foundation",
    "payments",
    "realtime",
    "stage",
    "tests",
}


class FrontRowTestRunner(DiscoverRunner):
    """Skips, and says so, the modules that need what only requirements-dev.txt installs.

    Where CI is set they fail. With `--part 1/2` it runs every second class of those asked for, from
    the first on.
    """

    def __init__(self, *args: Any, part: str = "1/1", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.part, self.parts = map(int, part.split("/"))

    @classmethod
    def add_arguments(cls, parser: argparse.ArgumentParser) -> None:
        """Take `--part`."""
        super().add_arguments(parser)
        parser.add_argument("--part", default="1/1", help="which part of how many, such as 1/2")

    def setup_test_environment(self, **kwargs: Any) -> None:
        """Prepare this process: hashing passwords is quick, and nobody asks too often.

        Tests of limits turn them on.
        """
        super().setup_test_environment(**kwargs)
        settings.THROTTLES = False
        ScryptPasswordHasher.work_factor = SCRYPT_WORK_FACTOR

    def run_suite(self, suite: unittest.TestSuite, **kwargs: Any) -> Any:
        """Run the tests, those in a browser with one for all of them.

        Not beside others: Playwright keeps an event loop in this thread.
        """
        with keeping() if self.tags == {"browser"} else nullcontext():
            return super().run_suite(suite, **kwargs)

    def build_suite(self, *args: Any, **kwargs: Any) -> unittest.TestSuite:
        """Return the tests, with a skipped one for each module that can't be imported without."""
        suite = super().build_suite(*args, **kwargs)
        tests = list(iter_test_cases(suite))
        classes = list(dict.fromkeys(type(test) for test in tests))[self.part - 1 :: self.parts]
        tests = [test for test in tests if type(test) in classes]
        suite = self.test_suite(tests)
        if os.environ.get("CI") or not any(isinstance(test, _FailedTest) for test in tests):
            return suite
        self.log("Some tests are skipped: pip install -r requirements-dev.txt for those.")
        return self.test_suite(map(_or_skipped, tests))


def _or_skipped(test: Any) -> Any:
    if not isinstance(test, _FailedTest):
        return test
    missing = re.search(r"No module named '(\w+)", str(test._exception))
    if missing is None or missing[1] in OURS:
        return test

    @unittest.skip(f"{missing[1]} is not installed: pip install -r requirements-dev.txt")
    def skipped() -> None: ...

    return unittest.FunctionTestCase(skipped)
