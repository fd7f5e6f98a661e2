"""Booking seats, and what became of bookings."""

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
from booking.api.inputs import BookSeatsSerializer
from booking.api.serializers import BookingSerializer
from booking.api.views.base import MemberView, member
from booking.errors import NamedSeat
from booking.models import Booking as BookingModel
from booking.selectors import bookings
from booking.services.bookings import book_seats, cancel_booking

TAGS = ["Bookings"]
LOCATION = OpenApiParameter(
    "Location", str, OpenApiParameter.HEADER, response=[201], description="The booking's URL."
)


class Book(MemberView):
    """Booking seats of a show."""

    errors = (
        errors.DuplicateSeats(),
        errors.UnknownSeats("This show has no seat numbered 301."),
        errors.ShowNotFound(),
        errors.SeatTaken("Seat B4 is already taken.", seats=[NamedSeat(12, "B4")]),
        errors.ShowFull(seats=[NamedSeat(12, "B4")]),
        errors.ShowStarted(),
        errors.TooMuchContention(),
    )

    @extend_schema(
        operation_id="book_seats",
        tags=TAGS,
        summary="Book seats",
        description="Book one seat or several, all or none: a 409 names those that are taken.",
        parameters=[LOCATION],
        request=BookSeatsSerializer,
        responses={201: BookingSerializer},
        examples=[examples.BOOK_SEVERAL, examples.BOOK_ONE, examples.BOOKING],
    )
    def post(self, request: Request, show_id: int) -> Response:
        """Book the seats for the user."""
        wanted = BookSeatsSerializer.checked(request.data)
        booking = book_seats(show_id=show_id, user=member(request), now=timezone.now(), **wanted)
        return _answer(booking, 201, Location=reverse("api:booking", args=[booking.pk]))


class Cancel(MemberView):
    """Cancelling a booking."""

    errors = (
        errors.NotYourBooking(),
        errors.BookingNotFound(),
        errors.AlreadyCancelled(),
        errors.ShowStarted(),
        errors.TooMuchContention(),
    )

    @extend_schema(
        operation_id="cancel_booking",
        tags=TAGS,
        summary="Cancel a booking",
        description="Give back all seats of a booking, until the show starts.",
        request=None,
        responses=BookingSerializer,
        examples=[examples.CANCELLED_BOOKING],
    )
    def post(self, request: Request, booking_id: int) -> Response:
        """Cancel the user's booking."""
        booking = cancel_booking(booking_id=booking_id, user=member(request), now=timezone.now())
        return _answer(booking, 200)


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


def _answer(booking: BookingModel, status: int, **headers: str) -> Response:
    body = BookingSerializer(bookings.with_tickets(booking)).data
    return Response(body, status, headers=headers)
