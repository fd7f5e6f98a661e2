from django.test import SimpleTestCase, tag

from booking.models import Movie
from booking.pages.posters import BASELINE, MOST_LINES, TEXT_WIDTH, poster_of


@tag("once")
class PosterTests(SimpleTestCase):
    def test_poster_breaks_the_title_and_stands_on_the_baseline(self) -> None:
        poster = poster_of(Movie(pk=1, title="The Last Projectionist"))

        self.assertEqual([line.text for line in poster.lines], ["THE LAST", "PROJECTIONIST"])
        self.assertEqual(poster.lines[-1].y, BASELINE)

    def test_lines_of_a_long_title_are_alike(self) -> None:
        title = "The Long Way Home to the Northern Lighthouse at the End of the World"
        lines = [line.text for line in poster_of(Movie(pk=1, title=title)).lines]

        self.assertEqual(
            lines, ["THE LONG WAY HOME", "TO THE NORTHERN", "LIGHTHOUSE AT THE", "END OF THE WORLD"]
        )

    def test_poster_is_the_same_every_time(self) -> None:
        movie = Movie(pk=7, title="Salt and Signal")

        self.assertEqual(poster_of(movie), poster_of(movie))

    def test_poster_takes_any_title(self) -> None:
        for title in ("M", "", "W" * 200, "of a " * 40):
            with self.subTest(title=title):
                lines = poster_of(Movie(pk=1, title=title)).lines
                self.assertLessEqual(len(lines), MOST_LINES)
                self.assertLessEqual(max((line.length for line in lines), default=0), TEXT_WIDTH)
