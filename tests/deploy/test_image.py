"""What the image runs, in the folder and with the environment that its Dockerfile gives it."""

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import ClassVar
from urllib.request import urlopen

from django.test import SimpleTestCase, tag

from deploy.servers import free_port
from tests.cinema.test_settings import PRODUCTION, ROOT
from tests.live import LiveServer

NO_SETTINGS = (
    "No settings were given: Front Row serves localhost only, without HTTPS, on SQLite, with a key "
    "in var/."
)
SAMPLE = "Sample data is loaded: 2 movies, 3 upcoming shows, user demo / demopass."


def let_in() -> list[str]:
    """Return what .dockerignore lets into the image."""
    everything, *rules = (ROOT / ".dockerignore").read_text().split()
    assert everything == "*"
    return [rule.removeprefix("!") for rule in rules if rule.startswith("!")]


def environment() -> dict[str, str]:
    """Return what the image's ENV says."""
    dockerfile = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
    last = re.findall(r"^ENV (.*)$", dockerfile, re.MULTILINE)[-1]
    return dict(pair.split("=", 1) for pair in shlex.split(last))


class Container(LiveServer):
    """The image's command without a container: same files, same environment, another folder."""

    def __init__(self, app: Path) -> None:
        super().__init__(env={"DATABASE_URL": None})
        self.command = [str(app / "deploy" / "start.sh")]
        self.env = in_the_image(app, BIND="127.0.0.1", PORT=str(self.port))


def in_the_image(app: Path, **env: str) -> dict[str, str]:
    given = {name: value.replace("/app", str(app)) for name, value in environment().items()}
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return given | {"PATH": path} | env


@tag("once")
class ImageTests(SimpleTestCase):
    app: ClassVar[Path]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.app = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        for name in let_in():
            copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
            (cls.app / name).parent.mkdir(exist_ok=True)
            copy(ROOT / name, cls.app / name)
        subprocess.run(
            [sys.executable, "manage.py", "collectstatic", "--noinput"],
            cwd=cls.app,
            env=in_the_image(cls.app, SECRET_KEY="x" * 60, ALLOWED_HOSTS="localhost"),
            check=True,
            capture_output=True,
        )

    def setUp(self) -> None:
        shutil.rmtree(self.app / "var", ignore_errors=True)
        (self.app / "var").mkdir()

    def test_without_settings_it_serves_localhost_with_sample_data_and_keeps_its_key(self) -> None:
        keys = []
        for _ in range(2):
            with Container(self.app) as container:
                said = container.log.splitlines()
                self.assertEqual(said[:2], [NO_SETTINGS, SAMPLE])
                self.assertEqual(said.count(NO_SETTINGS), 1)
                with urlopen(container.url("/")) as answer:
                    page = answer.read().decode()
                self.assertIn("The Last Projectionist", page)
                style = re.search(r"/static/css/every-page\.[0-9a-f]{12}\.css", page)
                assert style is not None
                with urlopen(container.url(style[0])) as answer:
                    self.assertEqual(answer.status, 200)
                done = subprocess.run(
                    [sys.executable, "deploy/healthcheck.py"], cwd=self.app, env=container.env
                )
                self.assertEqual(done.returncode, 0)
            keys.append((self.app / "var" / "embedded.env").read_text())
        self.assertEqual(keys[0], keys[1])
        self.assertEqual((self.app / "var" / "embedded.env").stat().st_mode & 0o077, 0)

    def test_command_in_the_running_container_finds_its_settings(self) -> None:
        with Container(self.app) as container:
            done = subprocess.run(
                [sys.executable, "manage.py", "bookseats", "1", "5", "--user", "demo"],
                cwd=self.app,
                env=container.env,
                capture_output=True,
                text=True,
            )
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_half_a_configuration_is_refused(self) -> None:
        whole = {**PRODUCTION, "DATABASE_URL": "postgresql://127.0.0.1/frontrow"}
        for given in (
            {**whole, "SECRET_KEY": ""},
            {**whole, "ALLOWED_HOSTS": ""},
            {"HTTPS": "false"},
            {"TRUSTED_PROXIES": "1"},
        ):
            with self.subTest(given):
                self.assertIn("must be set", self.refusal(**given))

    def refusal(self, **env: str) -> str:
        done = subprocess.run(
            [self.app / "deploy" / "start.sh"],
            env=in_the_image(self.app, PORT=str(free_port()), **env),
            capture_output=True,
            text=True,
            timeout=180,
        )
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        return done.stderr

    def test_volume_that_cannot_be_written_is_one_sentence(self) -> None:
        shutil.rmtree(self.app / "var")
        (self.app / "var").touch()
        done = subprocess.run(
            [self.app / "deploy" / "start.sh"],
            env=in_the_image(self.app),
            capture_output=True,
            text=True,
            timeout=180,
        )
        (self.app / "var").unlink()
        self.assertEqual(done.returncode, 1)
        self.assertIn("can't be written: give its volume to user", done.stderr.splitlines()[-1])


class DockerfileTests(SimpleTestCase):
    def test_it_runs_as_nobody_special_and_keeps_var(self) -> None:
        dockerfile = (ROOT / "Dockerfile").read_text()
        last = dockerfile.split("FROM")[-1]
        self.assertIn("\nUSER frontrow\n", last)
        self.assertIn("\nVOLUME /app/var\n", last)
        self.assertTrue(last.endswith('CMD ["deploy/start.sh"]\n'))
