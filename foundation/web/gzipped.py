"""Text that is compressed once, with what changes in between."""

import struct
import zlib
from collections.abc import Iterable

# RFC 1952: deflated, no name, no time, made on Unix.
HEADER = b"\x1f\x8b\x08\0\0\0\0\0\0\x03"
# An empty last block.
END = b"\x03\0"


def deflated(part: bytes, level: int = 6) -> bytes:
    """Return a part that may stand before and after any other, whatever is in that."""
    deflate = zlib.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS)
    return deflate.compress(part) + deflate.flush(zlib.Z_SYNC_FLUSH)


def gzipped(parts: Iterable[bytes], whole: bytes) -> bytes:
    """Return the whole as gzip, from its parts as `deflated` made them."""
    tail = struct.pack("<II", zlib.crc32(whole), len(whole) & 0xFFFFFFFF)
    return b"".join([HEADER, *parts, END, tail])
