import re
import subprocess
import tempfile
from pathlib import Path

import brotli  # type: ignore[import-untyped]
from django.core.management import call_command
from django.test import SimpleTestCase, override_settings, tag

from foundation.web.static_files import FOR_READERS
from tests.programs import required

# Our own: those of the admin and of Swagger are many, and `make ready` collects them too.
OURS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
HASHED = {"staticfiles": {"BACKEND": "foundation.web.static_files.HashedStaticFilesStorage"}}


@tag("once")
class CommentsTests(SimpleTestCase):
    def test_code_beside_a_comment_is_kept(self) -> None:
        written = b"{\n  /** @type {any} */ a = 1;\n  // How.\n  b = /** @type {any} */ (2);\n}\n"
        self.assertEqual(FOR_READERS.sub(b"", written), b"{a = 1;b = (2);}\n")

    def test_every_script_without_its_comments_is_still_a_script(self) -> None:
        node = [required("node"), "--input-type=module", "--check"]
        for path in Path("static/js").glob("*.js"):
            with self.subTest(path=path.name):
                served = FOR_READERS.sub(b"", path.read_bytes())
                checked = subprocess.run(node, input=served, capture_output=True, check=False)
                self.assertEqual((checked.returncode, checked.stderr.decode()), (0, ""))


@tag("once")
class HashedStaticFilesTests(SimpleTestCase):
    root: Path

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        root = cls.enterClassContext(tempfile.TemporaryDirectory())
        with override_settings(STATIC_ROOT=root, STORAGES=HASHED, STATICFILES_FINDERS=OURS):
            call_command("collectstatic", interactive=False, verbosity=0)
        cls.root = Path(root)

    def test_scripts_import_each_other_under_hashed_names(self) -> None:
        scripts = self.root / "js"
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

    def test_style_sheets_have_in_them_what_they_import(self) -> None:
        sheets = self.root / "css"
        (every_page,) = sheets.glob("every-page.*.css")
        content = every_page.read_bytes()

        for part in ("tokens", "base", "site", "button", "panel", "form"):
            (imported,) = sheets.glob(f"{part}.*.css")
            self.assertIn(imported.read_bytes(), content)
        (font,) = re.findall(rb'url\("([^"]+)"\)', content)
        self.assertTrue((sheets / font.decode()).exists())
        compressed = every_page.with_name(f"{every_page.name}.br").read_bytes()
        self.assertEqual(brotli.decompress(compressed), content)
        for sheet in sheets.glob("*.css"):
            self.assertNotIn("@import", sheet.read_text())
