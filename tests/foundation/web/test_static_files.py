import re
import tempfile
from pathlib import Path

from django.core.management import call_command
from django.test import SimpleTestCase, override_settings, tag

# Our own: those of the admin and of Swagger are many, and `make ready` collects them too.
OURS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
HASHED = {"staticfiles": {"BACKEND": "foundation.web.static_files.HashedStaticFilesStorage"}}


@tag("once")
class HashedStaticFilesTests(SimpleTestCase):
    def test_scripts_import_each_other_under_hashed_names(self) -> None:
        with tempfile.TemporaryDirectory() as root:
            with override_settings(STATIC_ROOT=root, STORAGES=HASHED, STATICFILES_FINDERS=OURS):
                call_command("collectstatic", interactive=False, verbosity=0)
            scripts = Path(root) / "js"
            (entry,) = scripts.glob("landing.*.js")
            imported = re.findall(r'from "\./([^"]+)"', entry.read_text())

            self.assertNotIn("//", entry.read_text())
            for script in scripts.glob("*.js"):
                self.assertNotRegex(script.read_text(), r"(?m)^(\s|/\*|\* |//)")
            self.assertTrue((scripts / f"{entry.name}.br").exists())
            self.assertEqual(len(imported), 2)
            for name in imported:
                self.assertRegex(name, r"^[a-z-]+\.[0-9a-f]{12}\.js$")
                self.assertTrue((scripts / name).exists())
