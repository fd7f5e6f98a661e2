"""Booking seats, and what became of bookings."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.pagination import PageNumberPagination
from rest_framework.request import Request
from rest_framework.response import Response

from booking import errors
from booking.api import examples
from booking.api.idempotency import HEADER, once, sending_of
from booking.api.inputs import BookSeatsSerializer, CancelSerializer, ExchangeSerializer
from booking.api.serializers import BookingSerializer, booking_body
from booking.api.views.base import MemberView, member
from booking.clients import client_of
from booking.errors import NamedSeat
from booking.models import Booking as BookingModel
from booking.selectors import bookings
from booking.services.bookings import book_hold, book_seats, cancel_booking
from booking.services.second_chances import cancel_tickets, exchange_seats

TAGS = ["Bookings"]
LOCATION = OpenApiParameter(
    "Location", str, OpenApiParameter.HEADER, response=[201], description="The booking's URL."
)


TICKET_ERRORS = (
    errors.NotYourBooking(),
    errors.BookingNotFound(),
    errors.NoSuchTickets("This booking has no ticket for seat number 301."),
    errors.DuplicateSeats(),
    errors.AlreadyCancelled(),
    errors.ShowStarted(),
    errors.CompanionAlone("Seat O2 accompanies wheelchair space O1: choose them together."),
    errors.KeyReused(),
    errors.TooMuchContention(),
)
TAKING_ERRORS = (
    errors.UnknownSeats("This show has no seat numbered 301."),
    errors.SeatTaken("Seat B4 is already taken.", seats=[NamedSeat(12, "B4")]),
    errors.ShowFull(seats=[NamedSeat(12, "B4")]),
    errors.LeavesGap(
        "Seat B4 would be left alone: add B4, or move to B7.", offer=[NamedSeat(15, "B7")]
    ),
)


class Book(MemberView):
    """Booking seats of a show."""

    errors = (
        errors.DuplicateSeats(),
        errors.ShowNotFound(),
        errors.HoldNotFound(),
        *TAKING_ERRORS,
        errors.HoldExpired(),
        errors.HoldEnded(),
        errors.NotYourHold(),
        errors.ShowStarted(),
        errors.CompanionAlone("Seat O2 accompanies wheelchair space O1: choose them together."),
        errors.KeyReused(),
        errors.TooMuchContention(),
    )

    @extend_schema(
        operation_id="book_seats",
        tags=TAGS,
        summary="Book seats",
        description=(
            "Book one seat, several, or those of a hold, all or none: a 409 names those that are "
            "taken."
        ),
        parameters=[HEADER, LOCATION],
        request=BookSeatsSerializer,
        responses={201: BookingSerializer},
        examples=[
            examples.BOOK_SEVERAL,
            examples.BOOK_ONE,
            examples.BOOK_HOLD,
            examples.BOOKING,
        ],
    )
    def post(self, request: Request, show_id: int) -> Response:
        """Book the seats for the user."""
        wanted = BookSeatsSerializer.checked(request.data)
        user, now = member(request), timezone.now()

        def perform() -> BookingModel:
            if token := wanted.get("hold"):
                return book_hold(show_id=show_id, token=token, user=user, now=now)
            seat_numbers = wanted.get("seat_numbers") or [wanted["seat_number"]]
            return book_seats(show_id=show_id, seat_numbers=seat_numbers, user=user, now=now)

        body = _once(request, perform, now)
        return Response(body, 201, headers={"Location": reverse("api:booking", args=[body["id"]])})


class Cancel(MemberView):
    """Cancelling a booking, or some of it."""

    errors = TICKET_ERRORS

    @extend_schema(
        operation_id="cancel_booking",
        tags=TAGS,
        summary="Cancel a booking",
        description=(
            "Give back the named seats of a booking, or all of them when none is named, until the "
            "show starts."
        ),
        parameters=[HEADER],
        request=CancelSerializer,
        responses=BookingSerializer,
        examples=[examples.CANCEL_SOME, examples.CANCELLED_BOOKING],
    )
    def post(self, request: Request, booking_id: int) -> Response:
        """Cancel the user's booking or some of its tickets."""
        wanted = CancelSerializer.checked(request.data)
        user, now = member(request), timezone.now()
        cancel = partial(cancel_tickets, **wanted) if wanted else cancel_booking
        perform = partial(cancel, booking_id=booking_id, user=user, now=now)
        return Response(_once(request, perform, now))


class Exchange(MemberView):
    """Exchanging seats of a booking."""

    errors = (*TICKET_ERRORS, *TAKING_ERRORS, errors.UnequalExchange())

    @extend_schema(
        operation_id="exchange_seats",
        tags=TAGS,
        summary="Exchange seats",
        description=(
            "Give seats of a booking for as many free ones of the same show, all or none; the "
            "booking keeps its reference, the new tickets have their own prices."
        ),
        parameters=[HEADER],
        request=ExchangeSerializer,
        responses=BookingSerializer,
        examples=[examples.EXCHANGE, examples.BOOKING],
    )
    def post(self, request: Request, booking_id: int) -> Response:
        """Exchange the seats."""
        wanted = ExchangeSerializer.checked(request.data)
        now = timezone.now()
        perform = partial(
            exchange_seats, booking_id=booking_id, user=member(request), now=now, **wanted
        )
        return Response(_once(request, perform, now))


class Booking(MemberView):
    """One booking."""

    errors = (errors.NotYourBooking(), errors.BookingNotFound())

    @extend_schema(
        operation_id="get_booking",
        tags=TAGS,
        summary="A booking",
        description="One of your bookings.",
        responses=BookingSerializer,
        examples=[examples.BOOKING],
    )
    def get(self, request: Request, booking_id: int) -> Response:
        """Answer the user's booking."""
        return Response(BookingSerializer(bookings.booking_of(member(request), booking_id)).data)


class BookingPages(PageNumberPagination):
    """Twenty bookings a page."""

    page_size = 20


class MyBookings(MemberView, ListAPIView[BookingModel]):
    """The user's bookings."""

    pagination_class = BookingPages
    serializer_class = BookingSerializer

    @extend_schema(
        operation_id="list_my_bookings",
        tags=TAGS,
        summary="My bookings",
        description="Your bookings, newest first, in pages.",
        responses=BookingSerializer(many=True),
        examples=[examples.BOOKING],
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Answer a page of the user's bookings."""
        return self.list(request)

    def get_queryset(self) -> QuerySet[BookingModel]:
        """Return the bookings of the user who asks."""
        return bookings.bookings_of(member(self.request))


def _once(request: Request, perform: Callable[[], BookingModel], now: datetime) -> dict[str, Any]:
    return once(
        sending_of(request, client_of(request)),
        perform=perform,
        answer=lambda booking: booking_body(booking, bookings.tickets_of(booking)),
        now=now,
    )
