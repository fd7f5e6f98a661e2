"""Where containers can't run, one line says why; and what stand-ins take from the machine."""

import subprocess
from unittest import mock

from django.test import SimpleTestCase, tag

from deploy.containers import machine
from deploy.containers.__main__ import UNAVAILABLE, main


@tag("once")
class MachineTests(SimpleTestCase):
    def test_machine_that_cannot_is_one_line_and_a_status_of_its_own(self) -> None:
        for what, why in (
            (mock.patch("os.geteuid", return_value=1000), "only root can"),
            (mock.patch("shutil.which", return_value=None), "not installed: docker.io"),
        ):
            with self.subTest(why), what, mock.patch("builtins.print") as said:
                self.assertEqual(main(["true"]), UNAVAILABLE)
                [[line]] = [call.args for call in said.call_args_list]
                self.assertTrue(line.startswith(f"containers: not run: {why}"), line)

    def test_settings_of_pip_are_taken_but_for_folders_of_this_machine(self) -> None:
        listed = "\n".join(
            [
                "global.index-url='https://packages.example/simple'",
                "global.extra-index-url='file:///srv/simple'",
                ":env:.proxy='http://proxy.example:3128'",
                "global.find-links='/srv/wheels'",
            ]
        )
        done = subprocess.CompletedProcess([], 0, stdout=listed)
        with mock.patch("subprocess.run", return_value=done):
            settings = machine.pip_settings()
        self.assertEqual(
            settings.splitlines(),
            [
                "[global]",
                f"cert = {machine.CA_BUNDLE}",
                "index-url = https://packages.example/simple",
                "proxy = http://proxy.example:3128",
            ],
        )
