"""Static files under names that carry the hash of their content."""

import re
from collections.abc import Collection, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from django.core.files.base import ContentFile, File
from whitenoise.compress import Compressor
from whitenoise.storage import CompressedManifestStaticFilesStorage

# No string of the scripts goes over several lines, or has the beginning of a comment in it.
FOR_READERS = re.compile(
    rb"^\s*//.*\n|(?:^\s*)?/\*\*[\s\S]*?\*/\s*|^\s+|(?<=[;{,])\n", re.MULTILINE
)
# As Django writes it in a style sheet that it has stored.
IMPORT = re.compile(rb'@import url\("([^"]+)"\);\n')


class HashedStaticFilesStorage(CompressedManifestStaticFilesStorage):
    """Stores files under hashed names, also where one ES module imports another."""

    support_js_module_import_aggregation = True
    # Whatever a page names, it names by its hash.
    keep_only_hashed_files = True

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._urls: dict[str, str] = {}

    def _save(self, name: str, content: "File[Any]") -> str:
        """Save a file; a page's own script loses comments and white space, a quarter of it."""
        if re.fullmatch(r"js/[^/]+\.js", name):
            content = ContentFile(FOR_READERS.sub(b"", b"".join(content.chunks())))
        return str(super()._save(name, content))

    def compress_files(self, paths: Collection[str]) -> Iterator[tuple[str, str]]:
        """Compress files once style sheets have in them what they import: a page asks for a few."""
        for name in paths:
            if re.fullmatch(r"css/[^/]+\.css", name):
                sheet = Path(self.path(name))
                sheet.write_bytes(IMPORT.sub(partial(_read, sheet.parent), sheet.read_bytes()))
        yield from super().compress_files(paths)

    def create_compressor(self, **options: Any) -> Compressor:
        """Return what compresses all but maps of sources, which are large and for developers."""
        skipped = (*Compressor.SKIP_COMPRESS_EXTENSIONS, "map")
        return Compressor(**options | {"extensions": skipped})

    def url(self, name: str, force: bool = False) -> str:
        """Return the URL of a file: worked out once, for a page names sixteen of them."""
        if force:
            return str(super().url(name, force))
        if name not in self._urls:
            self._urls[name] = super().url(name)
        return self._urls[name]


def _read(folder: Path, imported: re.Match[bytes]) -> bytes:
    return (folder / imported[1].decode()).read_bytes()
