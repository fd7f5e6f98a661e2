"""Posters made of type, for movies without a picture."""

from dataclasses import dataclass
from itertools import count
from textwrap import wrap

from booking.models import Movie

WIDTH = 300
TEXT_WIDTH = 256
# What a capital of the display face measures across, in ems.
CAPITAL_WIDTH = 0.47
LARGEST = 104
LINE_HEIGHT = 0.86
BASELINE = 410
LONGEST_LINE = 11
MOST_LINES = 4
PALETTES = 6
MOTIFS = ("moon", "beams", "rings")


@dataclass(frozen=True)
class PosterLine:
    """One line of a poster, in the units of its drawing; `length` is what it is fitted to."""

    text: str
    size: int
    y: int
    length: int


@dataclass(frozen=True)
class Poster:
    """What a poster is drawn from."""

    title: str
    lines: list[PosterLine]
    palette: int
    motif: str


def poster_of(movie: Movie) -> Poster:
    """Return the movie's poster: always the same one, and unlike its neighbours'."""
    return Poster(
        title=movie.title,
        lines=_set_from_below(_broken(movie.title.upper())),
        palette=movie.pk % PALETTES,
        motif=MOTIFS[movie.pk % len(MOTIFS)],
    )


def _broken(title: str) -> list[str]:
    """Return the title in at most MOST_LINES lines, which are longer if they have to be."""
    for longest in count(max(LONGEST_LINE, len(title) // MOST_LINES)):
        lines = wrap(title, longest, break_long_words=False, break_on_hyphens=False)
        if len(lines) <= MOST_LINES:
            return lines
    raise AssertionError  # some line is long enough


def _set_from_below(texts: list[str]) -> list[PosterLine]:
    """Return the lines, each as large as fits, stacked upwards from the baseline."""
    lines: list[PosterLine] = []
    y = BASELINE
    for text in reversed(texts):
        size = min(LARGEST, int(TEXT_WIDTH / (len(text) * CAPITAL_WIDTH)))
        length = min(TEXT_WIDTH, round(size * len(text) * CAPITAL_WIDTH))
        lines.append(PosterLine(text=text, size=size, y=y, length=length))
        y -= round(size * LINE_HEIGHT)
    return lines[::-1]
