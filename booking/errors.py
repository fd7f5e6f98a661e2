"""What can go wrong at the box office: one named error per reason, each with a stable code.

`status` is the HTTP status that the REST contract gives the reason.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class NamedSeat:
    """A seat as people and programs name it."""

    seat_number: int
    label: str


class BookingError(Exception):
    """A request that the box office refuses; `detail` says why, for people.

    `seats` are those it is about, `offer` are others that could be had instead. `afterwards` is to
    be done when the refused operation has been rolled back.
    """

    code: ClassVar[str]
    status: ClassVar[int]
    detail: str
    afterwards: Callable[[], object] | None = None

    def __init__(
        self,
        detail: str | None = None,
        *,
        seats: Sequence[NamedSeat] = (),
        offer: Sequence[NamedSeat] = (),
    ) -> None:
        self.detail = detail or self.detail
        self.seats = list(seats)
        self.offer = list(offer)
        super().__init__(self.detail)


class UserNotFound(BookingError):
    code = "user_not_found"
    status = 401
    detail = "This account was deleted."


class MovieNotFound(BookingError):
    code = "movie_not_found"
    status = 404
    detail = "There is no such movie."


class AuditoriumNotFound(BookingError):
    code = "auditorium_not_found"
    status = 404
    detail = "There is no such auditorium."


class ShowNotFound(BookingError):
    code = "show_not_found"
    status = 404
    detail = "There is no such show."


class HoldNotFound(BookingError):
    code = "hold_not_found"
    status = 404
    detail = "There is no such hold."


class BookingNotFound(BookingError):
    code = "booking_not_found"
    status = 404
    detail = "There is no such booking."


class VersionNotFound(BookingError):
    code = "version_not_found"
    status = 404
    detail = "The seat map never had this version."


class NoSeats(BookingError):
    code = "no_seats"
    status = 400
    detail = "Choose at least one seat."


class TooManySeats(BookingError):
    code = "too_many_seats"
    status = 400


class DuplicateSeats(BookingError):
    code = "duplicate_seats"
    status = 400
    detail = "Name each seat once."


class UnknownSeats(BookingError):
    code = "unknown_seats"
    status = 400


class InvalidPlan(BookingError):
    code = "invalid_plan"
    status = 400


class NotYourBooking(BookingError):
    code = "not_your_booking"
    status = 403
    detail = "This booking is somebody else's."


class NotYourHold(BookingError):
    code = "not_your_hold"
    status = 403
    detail = "This hold is somebody else's."


class SeatTaken(BookingError):
    code = "seat_taken"
    status = 409


class ShowFull(BookingError):
    code = "show_full"
    status = 409
    detail = "No seat is left at this show."


class CompanionAlone(BookingError):
    code = "companion_alone"
    status = 409


class LeavesGap(BookingError):
    code = "leaves_gap"
    status = 409


class NoSeatsTogether(BookingError):
    code = "no_seats_together"
    status = 409


class NotHeld(BookingError):
    code = "not_held"
    status = 409


class AlreadyInLine(BookingError):
    code = "already_in_line"
    status = 409


class LineFull(BookingError):
    code = "line_full"
    status = 409


class NotInLine(BookingError):
    code = "not_in_line"
    status = 404


class NotBlocked(BookingError):
    code = "not_blocked"
    status = 409


class NoSuchTickets(BookingError):
    code = "no_such_tickets"
    status = 400


class UnequalExchange(BookingError):
    code = "unequal_exchange"
    status = 400
    detail = "Give as many seats as you take."


class KeyReused(BookingError):
    code = "idempotency_key_reused"
    status = 422
    detail = "This Idempotency-Key came with another request before."


class ShowStarted(BookingError):
    code = "show_started"
    status = 409
    detail = "The show has started."


class HoldExpired(BookingError):
    code = "hold_expired"
    status = 409
    detail = "The hold has expired. Please choose again."


class HoldEnded(BookingError):
    code = "hold_ended"
    status = 409
    detail = "The hold was released or booked."


class HoldChanged(BookingError):
    code = "hold_changed"
    status = 409
    detail = "Your seats have changed since you saw the price. Please look again before you book."


class TooManyHolds(BookingError):
    code = "too_many_holds"
    status = 409


class TokenUsed(BookingError):
    code = "token_used"
    status = 409
    detail = "This request had its hold already. Please choose again."


class AlreadyCancelled(BookingError):
    code = "already_cancelled"
    status = 409
    detail = "This booking is already cancelled."


class LayoutInUse(BookingError):
    code = "layout_in_use"
    status = 409
    detail = (
        "This auditorium has shows, and their seat maps rest on its layout. "
        "Make a new auditorium with the new layout instead."
    )


class TooMuchContention(BookingError):
    code = "too_much_contention"
    status = 500
    detail = "Too many people want these seats at once. Nothing was changed: please try again."
