"""The API does what its schema says, asked with valid and invalid data by schemathesis."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from unittest import skipUnless

from django.test import tag
from rest_framework_simplejwt.tokens import AccessToken

from tests import factories
from tests.commits import CommitTestCase
from tests.live import LiveServer

SECONDS = 20
SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")


@skipUnless(
    SCHEMATHESIS.exists() or os.environ.get("CI"),
    "schemathesis is not installed: pip install -r requirements-dev.txt",
)
@tag("once")
class ContractTest(CommitTestCase):
    # The examples of the schema name show 1 and booking 1.
    reset_sequences = True

    def test_no_answer_breaks_the_schema(self) -> None:
        user = factories.user()
        show = factories.show(plan="\n".join(["SSSSSPPPPP"] * 3))
        factories.show(of=show.movie)
        with (
            LiveServer(env={"THROTTLES": "off", "REDIS_URL": None}) as server,
            tempfile.TemporaryDirectory() as folder,
        ):
            done = subprocess.run(
                [
                    SCHEMATHESIS,
                    "run",
                    server.url("/api/schema/"),
                    f"--header=Authorization: Bearer {AccessToken.for_user(user)}",
                    "--checks=all",
                    "--exclude-operation-id-regex=^follow_",  # their answers don't end
                    # A schema can't say which names are taken and which seats a show has.
                    "--exclude-checks=positive_data_acceptance",
                    "--continue-on-failure",
                    f"--max-time={SECONDS}",
                    "--max-examples=30",
                    "--warnings=off",
                ],
                cwd=folder,
                capture_output=True,
                text=True,
                timeout=SECONDS * 6,
            )
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
