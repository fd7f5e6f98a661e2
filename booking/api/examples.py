"""Example bodies and answers of the documentation."""

from drf_spectacular.utils import OpenApiExample

_SHOW_REFERENCE = {
    "id": 1,
    "movie": {"id": 1, "title": "The Last Projectionist"},
    "auditorium": {"id": 1, "name": "Grand Hall"},
    "starts_at": "2026-11-22T19:30:00+01:00",
    "price": "12.50",
    "premium_price": "15.50",
    "currency": "EUR",
}
_BOOKING = {
    "id": 1,
    "reference": "K7MQ-4TXP",
    "show": _SHOW_REFERENCE,
    "tickets": [
        {"seat_number": 12, "label": "B4", "kind": "standard", "price": "12.50"},
        {"seat_number": 13, "label": "B5", "kind": "standard", "price": "12.50"},
    ],
    "total": "25.00",
    "currency": "EUR",
    "status": "confirmed",
    "created_at": "2026-11-22T13:51:34.123456+01:00",
    "cancelled_at": None,
}

MOVIE = OpenApiExample(
    "A movie",
    {
        "id": 1,
        "title": "The Last Projectionist",
        "synopsis": "A small cinema gets one more night.",
        "duration_minutes": 118,
        "certificate": "12",
    },
    response_only=True,
)
SHOW = OpenApiExample(
    "A show", _SHOW_REFERENCE | {"capacity": 300, "available_seats": 298}, response_only=True
)
SEAT_MAP = OpenApiExample(
    "A seat map",
    {
        "show": 1,
        "version": 17,
        "states": "aabbahaaxx",
        "held": [[6, 1790000000123]],
        "capacity": 10,
        "available_seats": 5,
        "layout": {
            "hash": "9f86d081884c7d65",
            "url": "/api/auditoriums/1/layout/?hash=9f86d081884c7d65",
        },
    },
    response_only=True,
)
LAYOUT = OpenApiExample(
    "A layout of two seats",
    {
        "auditorium": 1,
        "name": "Grand Hall",
        "hash": "9f86d081884c7d65",
        "width": 3,
        "height": 1,
        "seats": [
            {
                "seat_number": 1,
                "row": "A",
                "position": 1,
                "label": "A1",
                "kind": "standard",
                "x": 0,
                "y": 0,
            },
            {
                "seat_number": 2,
                "row": "A",
                "position": 2,
                "label": "A2",
                "kind": "wheelchair",
                "x": 2,
                "y": 0,
            },
        ],
    },
    response_only=True,
)
BOOK_ONE = OpenApiExample("One seat", {"seat_number": 12}, request_only=True)
BOOK_SEVERAL = OpenApiExample("Several seats", {"seat_numbers": [12, 13]}, request_only=True)
BOOKING = OpenApiExample("A booking", _BOOKING, response_only=True)
CANCELLED_BOOKING = OpenApiExample(
    "A cancelled booking",
    _BOOKING | {"status": "cancelled", "cancelled_at": "2026-11-22T14:05:12.654321+01:00"},
    response_only=True,
)
BOOK_HOLD = OpenApiExample(
    "The seats of a hold", {"hold": "nO5c5ZQx0iS8hZr2y1bq3Xh0mWJ7pV4t"}, request_only=True
)
HOLD_SEATS = OpenApiExample("Named seats", {"seat_numbers": [12, 13]}, request_only=True)
HOLD_BEST = OpenApiExample("The best seats", {"best": {"count": 3}}, request_only=True)
HOLD_ACCESSIBLE = OpenApiExample(
    "The best seats with a wheelchair space",
    {"best": {"count": 2, "accessible": True}},
    request_only=True,
)
CHANGE_HOLD = OpenApiExample("Other seats", {"seat_numbers": [13, 14]}, request_only=True)
HOLD = OpenApiExample(
    "A hold",
    {
        "token": "nO5c5ZQx0iS8hZr2y1bq3Xh0mWJ7pV4t",
        "show": 1,
        "seats": [{"seat_number": 12, "label": "B4"}, {"seat_number": 13, "label": "B5"}],
        "expires_at": "2026-11-22T13:59:34.123456+01:00",
    },
    response_only=True,
)
EXCHANGE = OpenApiExample("One seat for another", {"give": [12], "take": [14]}, request_only=True)
CANCEL_SOME = OpenApiExample("One ticket", {"seat_numbers": [12]}, request_only=True)
JOIN_LINE = OpenApiExample("A held seat", {"seat_number": 12}, request_only=True)
_PLACE = {
    "show": 1,
    "seat": {"seat_number": 12, "label": "B4"},
    "joined_at": "2026-11-22T13:52:00.000000+01:00",
    "ahead": 0,
    "turn_at": None,
    "hold": None,
    "socket": "/ws/shows/1/?line=5f8b0c6c8d9f2a417be0",
}
PLACE_IN_LINE = OpenApiExample("A place in line", _PLACE, response_only=True)
TURN = OpenApiExample(
    "Your turn",
    _PLACE
    | {"turn_at": "2026-11-22T13:59:34.123456+01:00", "hold": "9b0e7c1f6d2a48c3a5e1f07b6c8d9e2f"},
    response_only=True,
)
