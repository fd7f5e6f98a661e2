import gzip
from itertools import product

from django.test import SimpleTestCase

from foundation.web.gzipped import deflated, gzipped


class GzippedTests(SimpleTestCase):
    def test_whole_comes_out_whatever_the_parts_are(self) -> None:
        kinds = (b"", b"a", b"seat " * 20_000, bytes(range(256)) * 40)
        for parts in product(kinds, repeat=3):
            whole = b"".join(parts)
            packed = gzipped([deflated(part) for part in parts], whole)
            with self.subTest(lengths=[*map(len, parts)]):
                self.assertEqual(gzip.decompress(packed), whole)

    def test_parts_are_smaller_than_the_whole(self) -> None:
        whole = b"seat " * 20_000
        self.assertLess(len(gzipped([deflated(whole)], whole)), len(whole) / 100)
