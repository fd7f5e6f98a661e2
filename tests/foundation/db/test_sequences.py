from django.test import TestCase

from booking.models import Movie
from foundation.db.sequences import drawing_id
from foundation.db.statements import run
from tests import factories


class DrawnIdTests(TestCase):
    def draw(self) -> int:
        [[(drawn,)]] = run(drawing_id(Movie))
        return int(drawn)

    def test_id_is_had_by_the_row_inserted_with_it_and_by_none_after(self) -> None:
        for before in (0, 1):
            with self.subTest(before=before):
                drawn = self.draw()
                known = set(Movie.objects.values_list("pk", flat=True))
                row = factories.movie(pk=drawn)
                self.assertNotIn(drawn, known)
                self.assertEqual(row.pk, drawn)
                self.assertGreater(factories.movie().pk, drawn)
                self.assertGreater(self.draw(), drawn)
