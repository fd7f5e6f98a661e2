"""Releases of others are as their authors released them."""

from hashlib import sha256
from pathlib import Path

from django.test import SimpleTestCase, tag

STATIC = Path(__file__).parent.parent / "static"
VENDOR = STATIC / "vendor" / "barcode-detector"
# Weight 800 for Latin, of @fontsource/big-shoulders-display 5.3.0.
FONT = STATIC / "fonts" / "big-shoulders-display.woff2"
FONT_HASH = "088f423f09136bc96b5a7cc7232d671a1ad06a5ff1cf90cd1e24a8d9809d471c"
OURS = {"ponyfill.d.ts"}
HASHES = {
    "ponyfill.js": "009a5585abd30198fb5fbdfca4a0c6555747a6da308442462adc47f101e9605a",
    "zxing-exported.js": "96594fe045ebae09ffc7c22901a7efda1874736b937cf2006470f0bdc92bb551",
    "zxing_reader.wasm": "2ebda08a93eea3efcd8399cda6b276e6a0b1de4fec60b4d8988a047de4c6d1ba",
}


@tag("once")
class VendoredTests(SimpleTestCase):
    def test_files_have_the_hashes_of_their_release(self) -> None:
        files = [path for path in VENDOR.iterdir() if path.name not in OURS]
        found = {
            path.name: sha256(path.read_bytes()).hexdigest()
            for path in files
            if not path.name.startswith("LICENSE")
        }
        self.assertEqual(found, HASHES)
        self.assertEqual(sha256(FONT.read_bytes()).hexdigest(), FONT_HASH)

    def test_script_expects_this_very_wasm(self) -> None:
        script = (VENDOR / "zxing-exported.js").read_text()
        self.assertIn(HASHES["zxing_reader.wasm"], script)
