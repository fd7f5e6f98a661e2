"""The sample data itself: movies, auditoriums and the shows they are put on in."""

from dataclasses import dataclass
from datetime import time


@dataclass(frozen=True)
class SampleShow:
    """A show at the next `at` o'clock, or `days_later`."""

    movie: str
    auditorium: str
    at: time
    days_later: int
    price: str
    premium_surcharge: str
    has_list: bool = True


MOVIES = {
    "The Last Projectionist": {
        "synopsis": (
            "For forty years Ada has threaded the same machine in the same booth. On the night "
            "before the cinema closes, a reel arrives that nobody ordered."
        ),
        "duration_minutes": 118,
        "certificate": "12A",
    },
    "Salt and Signal": {
        "synopsis": (
            "A lighthouse keeper's daughter answers a distress call from a ship that sank before "
            "she was born. A quiet thriller about the sea, radio and forgiveness."
        ),
        "duration_minutes": 97,
        "certificate": "PG",
    },
}

_GRAND_HALL = """\
.....SS.SSSSSSSSSS.SS
...SSSS.SSSSSSSSSS.SSSS
..SSSSS.SSSSSSSSSS.SSSSS
.SSSSSS.SSSSSSSSSS.SSSSSS
.SSSSSS.SSSSSSSSSS.SSSSSS
SSSSSSS.SSSSSSSSSS.SSSSSSS
SSSSSSS.SSSSSSSSSS.SSSSSSS

SSSSSSS.PPPPPPPPPP.SSSSSSS
SSSSSSS.PPPPPPPPPP.SSSSSSS
SSSSSSS.PPPPPPPPPP.SSSSSSS
SSSSSSS.SSSSSSSSSS.SSSSSSS
SSSSSSS.SSSSSSSSSS.SSSSSSS
.SSSSSS.SSSSSSSSSS.SSSSSS
WC.WC...WC..WC..CW...CW.CW"""

_STUDIO = """\
..SSSSSSSS
.SSSSSSSSSS
.SSSS..SSSS
SSSSS..SSSSS
SSSSS..SSSSS

WC.SSSSSS.CW
.PPPPPPPPPP"""

_SALON = """\
..PP..PP
.PP.PP.PP
.PP.PP.PP
PP..PP..PP

WC......CW"""

AUDITORIUMS = {"Grand Hall": _GRAND_HALL, "Studio": _STUDIO, "Salon": _SALON}

SHOWS = [
    SampleShow("The Last Projectionist", "Grand Hall", time(19, 30), 0, "12.50", "3.50"),
    SampleShow("Salt and Signal", "Studio", time(20, 15), 0, "10.00", "2.50"),
    SampleShow("The Last Projectionist", "Salon", time(21, 0), 1, "16.00", "4.00", has_list=False),
]

# Who pays what at shows that have the list, besides adults: code, name, price, premium surcharge.
PRICE_LIST = "Everyday"
TICKET_TYPES = [
    ("child", "Child", "7.50", "2.50"),
    ("student", "Student", "9.00", "2.50"),
    ("senior", "Senior", "9.50", "2.50"),
]

# Somebody holds this seat of the next show in there.
HELD_IN, HELD_SEAT = "Salon", 8
