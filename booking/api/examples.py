"""Example bodies and answers of the documentation."""

from datetime import datetime
from decimal import Decimal

from django.conf import settings
from drf_spectacular.utils import OpenApiExample

from booking.api.refusals import TERMS_CHANGED
from booking.bodies import BookedShowSerializer, SeatSerializer
from booking.models import Auditorium, Movie, Show
from booking.price_bodies import BillSerializer
from booking.seating.house import SeatPosition
from booking.seating.kinds import Kind

_SHOW_REFERENCE = BookedShowSerializer.of(
    Show(
        id=1,
        movie=Movie(id=1, title="The Last Projectionist"),
        auditorium=Auditorium(id=1, name="Grand Hall"),
        starts_at=datetime.fromisoformat("2026-11-22T19:30:00+01:00"),
        price=Decimal("12.50"),
        premium_surcharge=Decimal("3.00"),
        list_facts={
            "ticket_types": [
                {"code": "child", "name": "Child", "price": "8.00", "premium_surcharge": "3.00"},
            ],
            "vat_rate": "7.00",
            "companions_free": True,
        },
    )
)
_SEATS = [
    SeatPosition(1, "A", 1, Kind.STANDARD, x=0, y=0),
    SeatPosition(2, "A", 2, Kind.WHEELCHAIR, x=2, y=0),
]
_BILL = BillSerializer.of(TERMS_CHANGED.bill)
_BOOKING = {
    "id": 4810362957215834,
    "reference": "K7MQ-4TXP",
    "show": _SHOW_REFERENCE,
    "tickets": [{**seat, "vat_rate": "7.00", "kept": "0.00"} for seat in _BILL["seats"]],
    "total": "25.00",
    "paid": "0.00",
    "due": "25.00",
    "vat": [{"rate": "7.00", "amount": "1.64"}],
    "currency": settings.CURRENCY,
    "status": "confirmed",
    "created_at": "2026-11-22T13:51:34.123456+01:00",
    "cancelled_at": None,
    "refund": {"total": "0.00", "kept": "0.00"},
    "receipt": {
        "version": 18,
        "digest": "0c6b7e2498d1c3a5f7092b4e6d8f1a3c5e7092b4d6f81a3c5e7f90129f3a5d1f",
    },
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
        "digest": "9f3a5d1f6c0b7e2498d1c3a5f7092b4e6d8f1a3c5e7092b4d6f81a3c5e7f9012",
        "states": "aabbahaaxx",
        "held": [[6, 1790000000123]],
        "capacity": 10,
        "available_seats": 5,
        "layout": {
            "hash": "9f86d081884c7d65",
            "url": "/api/auditoriums/1/layout/?hash=9f86d081884c7d65",
        },
        "terms": _SHOW_REFERENCE["terms"],
    },
    response_only=True,
)
LOG = OpenApiExample(
    "A log of two entries",
    {
        "show": 1,
        "genesis": {
            "show": 1,
            "layout_hash": "9f86d081884c7d65",
            "nonce": "5b1f0c6c8d9f2a4177e02c4e6d8f1a3c",
            "digest": "1fb7c3c2c05eda356b66de97f5a88387f39e39b8626951e9373df692f413d00f",
        },
        "entries": [
            {
                "version": 1,
                "digest": "ab255821a42c2a8dd903665bdff75394a23cee0d8e699b85aeff176404f152e7",
                "at": 1790000000123,
                "changes": [[4, "h", 1790000480123], [5, "h", 1790000480123]],
                "show": None,
            },
            {
                "version": 2,
                "digest": "b6a97891b5b465375ef64af49d48281b974075fce101e58e71bebf75d1bc97f7",
                "at": 1790000031456,
                "changes": [[4, "b"], [5, "b"]],
                "show": None,
            },
        ],
        "next": None,
        "head": {
            "version": 2,
            "digest": "b6a97891b5b465375ef64af49d48281b974075fce101e58e71bebf75d1bc97f7",
        },
    },
    response_only=True,
)
EVENTS = OpenApiExample(
    "The first events of a show with ten seats",
    "retry: 2417\n\n"
    'id: 17.9f3a5d1f6c0b7e24\ndata: {"type":"snapshot","version":17,"digest":"9f3a5d1f6c0b7e24",'
    '"states":"aabbahaaxx","held":[[6,1790000000123]],"show":{…}}\n\n'
    'data: {"type":"viewers","count":132}\n\n'
    'id: 18.d02c7b91e4f8a635\ndata: {"type":"changes","from":18,"version":18,'
    '"digest":"d02c7b91e4f8a635","changes":[[1,"b"]],"at":1790000004567}\n\n',
    response_only=True,
    media_type="text/event-stream",
)
HOUSE_EVENTS = OpenApiExample(
    "All shows, and then a booking",
    "retry: 3105\n\n"
    'data: {"type":"listing","shows":[[1,240,1790000000000,"Grand Hall",7,"Night Train"]]}'
    '\n\ndata: {"type":"seats_left",'
    '"shows":[[1,238,1790000000000,"Grand Hall",7,"Night Train"],[2,null,"started"]]}\n\n',
    response_only=True,
    media_type="text/event-stream",
)
LAYOUT = OpenApiExample(
    "A layout of two seats",
    {
        "auditorium": 1,
        "hash": "9f86d081884c7d65",
        "width": 3,
        "height": 1,
        "seats": list(map(SeatSerializer.of, _SEATS)),
    },
    response_only=True,
)
# Those of requests are made to be sent one after the other, in the order of the documentation: no
# seat of one is taken by an earlier one.
BOOK_ONE = OpenApiExample("One seat", {"seat_number": 9}, request_only=True)
BOOK_SEVERAL = OpenApiExample("Several seats", {"seat_numbers": [10, 11]}, request_only=True)
BOOK_TICKETS = OpenApiExample(
    "A child and an adult",
    {"tickets": [{"seat_number": 15, "type": "child"}, {"seat_number": 16}]},
    request_only=True,
)
BOOKING = OpenApiExample("A booking", _BOOKING, response_only=True)
CANCELLED_BOOKING = OpenApiExample(
    "A cancelled booking",
    _BOOKING
    | {
        "due": "0.00",
        "status": "cancelled",
        "cancelled_at": "2026-11-22T14:05:12.654321+01:00",
        "refund": None,
        "receipt": {
            "version": 21,
            "digest": "7e2498d1c3a5f7092b4e6d8f1a3c5e7092b4d6f81a3c5e7f90129f3a5d1f0c6b",
        },
    },
    response_only=True,
)
BOOK_HOLD = OpenApiExample(
    "The seats of a hold",
    {"hold": "nO5c5ZQx0iS8hZr2y1bq3Xh0mWJ7pV4t"},
    summary="The seats of a hold: the token of one that you placed and have not released",
    request_only=True,
)
HOLD_SEATS = OpenApiExample("Named seats", {"seat_numbers": [12, 13]}, request_only=True)
HOLD_TICKETS = OpenApiExample(
    "A child and an adult",
    {"tickets": [{"seat_number": 17, "type": "child"}, {"seat_number": 18}]},
    request_only=True,
)
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
        "terms": _SHOW_REFERENCE["terms"],
        "bill": _BILL,
    },
    response_only=True,
)
EXCHANGE = OpenApiExample("One seat for another", {"give": [10], "take": [8]}, request_only=True)
CANCEL_SOME = OpenApiExample("One ticket", {"seat_numbers": [11]}, request_only=True)
# Show and seat are those that somebody holds in the sample data.
HELD_SHOW = 3
HELD_SEAT = 8
JOIN_WAITLIST = OpenApiExample("A held seat", {"seat_number": HELD_SEAT}, request_only=True)
_ENTRY = {
    "show": 1,
    "seat": {"seat_number": 12, "label": "B4"},
    "joined_at": "2026-11-22T13:52:00.000000+01:00",
    "ahead": 0,
    "offered_at": None,
    "hold": None,
    "socket": "/ws/shows/1/?waitlist=5f8b0c6c8d9f2a417be0",
}
WAITLIST_ENTRY = OpenApiExample("A waitlist entry", _ENTRY, response_only=True)
OFFER = OpenApiExample(
    "An offer",
    _ENTRY
    | {
        "offered_at": "2026-11-22T13:59:34.123456+01:00",
        "hold": "9b0e7c1f6d2a48c3a5e1f07b6c8d9e2f",
    },
    response_only=True,
)
_ADMISSION = {
    "id": 6120947735518362,
    "show": 1,
    "reference": "K7MQ-4TXP",
    "seat_number": 8,
    "label": "A8",
    "admitted_at": "2026-11-22T19:12:40.123456+01:00",
    "recorded_at": "2026-11-22T19:12:40.123456+01:00",
    "admitted_by": "demo",
    "conflict": None,
    "undone_at": None,
}
# The seat that the booking has after the exchange above.
ADMIT = OpenApiExample(
    "A reference and a seat",
    {
        "show": 1,
        "reference": "K7MQ-4TXP",
        "seat_number": 8,
        "amount": "12.50",
        "method": "cash",
    },
    summary=(
        "A reference and a seat: those of a booking that you made and have not cancelled, with all "
        "that is due for it"
    ),
    request_only=True,
)
ADMISSION = OpenApiExample("An admission", _ADMISSION, response_only=True)
UNDONE_ADMISSION = OpenApiExample(
    "An undone admission",
    _ADMISSION | {"undone_at": "2026-11-22T19:13:02.654321+01:00"},
    response_only=True,
)
DOOR_LIST = OpenApiExample(
    "A list of two tickets",
    {
        "show": 1,
        "tickets": [
            {
                "code": "CELVBHY5XWIZVZ5QR2M3ZK7AXE",
                "reference": "K7MQ-4TXP",
                "seat_number": 8,
                "label": "A8",
                "due": "0.00",
                "admission": {
                    "id": 6120947735518362,
                    "at": "2026-11-22T19:12:40.123456+01:00",
                    "by": "demo",
                },
            },
            {
                "code": "AYQ5TUV3J6NMBXR4HSG2WKO7DE",
                "reference": "X2PW-9RDB",
                "seat_number": 9,
                "label": "A9",
                "due": "14.00",
                "admission": None,
            },
        ],
    },
    response_only=True,
)
