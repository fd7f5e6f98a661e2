"""Booking seats, and what became of bookings."""

from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.pagination import PageNumberPagination
from rest_framework.request import Request
from rest_framework.response import Response

from booking.api import examples
from booking.api.refusals import refusals_of
from booking.bodies import BookingSerializer
from booking.inputs import BookSeatsSerializer, CancelSerializer, ExchangeSerializer
from booking.models import Booking as BookingModel
from booking.prices import ADULTS
from booking.rules import TICKETS_OF_ACCOUNT
from booking.selectors import bookings
from booking.selectors.refunds import with_money
from booking.services.amendments import cancel_booking, exchange_seats
from booking.services.sales import book_hold, book_seats
from foundation.idempotency.services import KeyReused, idempotent
from foundation.web.clients import member
from foundation.web.idempotency import HEADER, sending_of
from foundation.web.views import ID_TYPE, MemberView

TAGS = ["Bookings"]
BOOKING_ID = OpenApiParameter(
    "booking_id", ID_TYPE, OpenApiParameter.PATH, description="The id that you got when you booked."
)
LOCATION = OpenApiParameter(
    "Location", str, OpenApiParameter.HEADER, response=[201], description="The booking's URL."
)


class Book(MemberView):
    """Booking seats of a show."""

    errors = (*refusals_of(book_seats, book_hold), KeyReused())

    @extend_schema(
        operation_id="book_seats",
        tags=TAGS,
        summary="Book seats",
        description=(
            "Book one seat, several, or those of a hold, all or none: a 409 names those that are "
            "taken. What is sold is what you agreed to: the `terms` you send, or those of the "
            "hold. If the show has changed since, the answer is a 409 `terms_changed` with what "
            "changed, the new bill and the new terms; send these to agree. Seats named without "
            "terms are sold at today's. `tickets` say who comes, by the show's `ticket_types`: "
            "adults where nothing is said, or what was said when the hold was placed. An account "
            f"can have {TICKETS_OF_ACCOUNT} tickets for a show."
        ),
        parameters=[HEADER, LOCATION],
        request=BookSeatsSerializer,
        responses={201: BookingSerializer},
        examples=[
            examples.BOOK_SEVERAL,
            examples.BOOK_ONE,
            examples.BOOK_TICKETS,
            examples.BOOK_HOLD,
            examples.BOOKING,
        ],
    )
    def post(self, request: Request, show_id: int) -> Response:
        wanted = BookSeatsSerializer.checked(request.data)
        sending = sending_of(request)
        user, now, terms = member(request), timezone.now(), wanted.get("terms")
        types = wanted["types"]

        def perform() -> BookingModel:
            if token := wanted.get("hold"):
                return book_hold(
                    show_id=show_id, token=token, user=user, now=now, terms=terms, types=types
                )
            seats = wanted.get("seat_numbers") or [wanted["seat_number"]]
            return book_seats(
                show_id=show_id,
                seat_numbers=seats,
                user=user,
                now=now,
                terms=terms,
                types=types or ADULTS,
            )

        body = idempotent(sending, perform=perform, answer=BookingSerializer.of, now=now).answer
        return Response(body, 201, headers={"Location": reverse("api:booking", args=[body["id"]])})


class Cancel(MemberView):
    """Cancelling a booking, or some of it."""

    errors = (*refusals_of(cancel_booking), KeyReused())

    @extend_schema(
        operation_id="cancel_booking",
        tags=TAGS,
        summary="Cancel a booking",
        description=(
            "Give back seats of a booking, or all of them if you name none, until the show starts."
        ),
        parameters=[BOOKING_ID, HEADER],
        request=CancelSerializer,
        responses=BookingSerializer,
        examples=[examples.CANCEL_SOME, examples.CANCELLED_BOOKING],
    )
    def post(self, request: Request, booking_id: int) -> Response:
        wanted = CancelSerializer.checked(request.data)
        sending = sending_of(request)
        user, now = member(request), timezone.now()

        def perform() -> BookingModel:
            return cancel_booking(booking_id=booking_id, user=user, now=now, **wanted)

        body = idempotent(sending, perform=perform, answer=BookingSerializer.of, now=now).answer
        return Response(body)


class Exchange(MemberView):
    """Exchanging seats of a booking."""

    errors = (*refusals_of(exchange_seats), KeyReused())

    @extend_schema(
        operation_id="exchange_seats",
        tags=TAGS,
        summary="Exchange seats",
        description=(
            "Give seats of a booking for as many free ones of the same show, all or none. The "
            "booking keeps its reference. The new tickets have their own prices, at the `terms` "
            "that you send or at today's."
        ),
        parameters=[BOOKING_ID, HEADER],
        request=ExchangeSerializer,
        responses=BookingSerializer,
        examples=[examples.EXCHANGE, examples.BOOKING],
    )
    def post(self, request: Request, booking_id: int) -> Response:
        wanted = ExchangeSerializer.checked(request.data)
        sending = sending_of(request)
        user, now = member(request), timezone.now()

        def perform() -> BookingModel:
            return exchange_seats(booking_id=booking_id, user=user, now=now, **wanted)

        body = idempotent(sending, perform=perform, answer=BookingSerializer.of, now=now).answer
        return Response(body)


class Booking(MemberView):
    """One booking."""

    errors = refusals_of(bookings.booking_of)

    @extend_schema(
        operation_id="get_booking",
        tags=TAGS,
        summary="A booking",
        description="One of your bookings.",
        parameters=[BOOKING_ID],
        responses=BookingSerializer,
        examples=[examples.BOOKING],
    )
    def get(self, request: Request, booking_id: int) -> Response:
        return Response(BookingSerializer.of(bookings.booking_of(member(request), booking_id)))


class BookingPages(PageNumberPagination):
    """Twenty bookings a page."""

    page_size = 20

    def get_page_number(self, request: Request, paginator: "Paginator[BookingModel]") -> int | str:
        """Return what the query says once; a blank, which is refused, where it says two things."""
        pages = request.query_params.getlist(self.page_query_param) or ["1"]
        return pages[0] if len(pages) == 1 else ""


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
        return self.list(request)

    def get_queryset(self) -> QuerySet[BookingModel]:
        mine = bookings.bookings_of(member(self.request))
        return with_money(bookings.with_receipts(mine))
