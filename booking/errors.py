"""What can go wrong at the box office: one named error per reason, each with a stable code.

Where there are some, `seats` are those that a refusal is about, and `alternative` others that could
be had instead: lists of NamedSeat.
"""

from dataclasses import dataclass

from foundation.errors import Conflict, Forbidden, Invalid, NotFound, TooMuchContention, Unavailable


@dataclass(frozen=True)
class NamedSeat:
    """A seat as people and programs name it."""

    seat_number: int
    label: str


class MovieNotFound(NotFound):
    code = "movie_not_found"
    detail = "There is no such movie."


class AuditoriumNotFound(NotFound):
    code = "auditorium_not_found"
    detail = "There is no such auditorium."


class ShowNotFound(NotFound):
    code = "show_not_found"
    detail = "There is no such show."


class HoldNotFound(NotFound):
    code = "hold_not_found"
    detail = "There is no such hold."


class BookingNotFound(NotFound):
    code = "booking_not_found"
    detail = "There is no such booking."


class TicketNotFound(NotFound):
    code = "ticket_not_found"
    detail = "No ticket has this code or reference."


class AdmissionNotFound(NotFound):
    code = "admission_not_found"
    detail = "Nobody was admitted under this id."


class TakingNotFound(NotFound):
    code = "taking_not_found"
    detail = "No money was taken under this id."


class VersionNotFound(NotFound):
    code = "version_not_found"
    detail = "The seat map never had this version."


class NoSeats(Invalid):
    code = "no_seats"
    detail = "Choose at least one seat."


class TooManySeats(Invalid):
    code = "too_many_seats"


class DuplicateSeats(Invalid):
    code = "duplicate_seats"
    detail = "Name each seat once."


class UnknownSeats(Invalid):
    code = "unknown_seats"


class UnknownTicketType(Invalid):
    code = "unknown_ticket_type"


class InvalidPlan(Invalid):
    code = "invalid_plan"


class InvalidShow(Invalid):
    code = "invalid_show"


class InvalidPriceList(Invalid):
    code = "invalid_price_list"


class AuditoriumTaken(Conflict):
    code = "auditorium_taken"


class NotYourBooking(Forbidden):
    code = "not_your_booking"
    detail = "This booking is somebody else's."


class NotAtTheDoor(Forbidden):
    code = "not_at_the_door"
    detail = "Your account does not work at the door."


class NotAtTheTill(Forbidden):
    code = "not_at_the_till"
    detail = "Your account takes no money."


class NotInCharge(Forbidden):
    code = "not_in_charge"
    detail = "Your account does not call off or move shows."


class NotYourHold(Forbidden):
    code = "not_your_hold"
    detail = "This hold is somebody else's."


class SeatTaken(Conflict):
    code = "seat_taken"


class ShowFull(Conflict):
    code = "show_full"
    detail = "No seat is left at this show."


class CompanionAlone(Conflict):
    code = "companion_alone"


class LeavesGap(Conflict):
    code = "leaves_gap"


class NoSeatsTogether(Conflict):
    code = "no_seats_together"


class NotHeld(Conflict):
    code = "not_held"


class AlreadyOnWaitlist(Conflict):
    code = "already_on_waitlist"


class WaitlistFull(Conflict):
    code = "waitlist_full"


class NotOnWaitlist(NotFound):
    code = "not_on_waitlist"


class NotBlocked(Conflict):
    code = "not_blocked"


class NoSuchTickets(Invalid):
    code = "no_such_tickets"


class UnequalExchange(Invalid):
    code = "unequal_exchange"
    detail = "Give as many seats as you take."


class ShowStarted(Conflict):
    code = "show_started"
    detail = "The show has started."


class ShowCancelled(Conflict):
    code = "show_cancelled"
    detail = "This show is called off."


class HoldExpired(Conflict):
    code = "hold_expired"
    detail = "The hold has expired. Please choose again."


class HoldEnded(Conflict):
    code = "hold_ended"
    detail = "The hold was released or booked."


class HoldChanged(Conflict):
    code = "hold_changed"
    detail = "Your seats have changed since you saw the price. Please look again before you book."


class TooManyHolds(Conflict):
    code = "too_many_holds"


class TooManySeatsHeld(Conflict):
    code = "too_many_seats_held"


class HeldEnough(Conflict):
    code = "held_enough"


class JustLetGo(Conflict):
    code = "just_let_go"


class TooManyTickets(Conflict):
    code = "too_many_tickets"


class TokenUsed(Conflict):
    code = "token_used"
    detail = "This request had its hold already. Please choose again."


class AlreadyCancelled(Conflict):
    code = "already_cancelled"
    detail = "This booking is already cancelled."


class AlreadyAdmitted(Conflict):
    code = "already_admitted"


class TicketCancelled(Conflict):
    code = "ticket_cancelled"


class Unpaid(Conflict):
    code = "unpaid"


class OtherShow(Conflict):
    code = "other_show"


class OtherDay(Conflict):
    code = "other_day"


class ShowOver(Conflict):
    code = "show_over"
    detail = "The film is over."


class SeveralTickets(Conflict):
    code = "several_tickets"
    detail = "This booking has several tickets: say which seat."


class NotDue(Conflict):
    code = "not_due"


class TakenOnline(Conflict):
    code = "taken_online"
    detail = "This was paid online: cancel the tickets, and the provider sends it back."


class LayoutInUse(Conflict):
    code = "layout_in_use"
    detail = (
        "This auditorium has shows, and their seat maps rest on its layout. "
        "Make a new auditorium with the new layout instead."
    )


class OtherLayout(Conflict):
    code = "other_layout"
    detail = (
        "This auditorium has other seats than the show's own. "
        "A show moves only to one with the same layout."
    )


class Replaying(Unavailable):
    detail = "Earlier seat maps are being put together right now. Please try again soon."


class LayoutChanged(TooMuchContention):
    detail = "This auditorium has just got other seats. Please try again."
