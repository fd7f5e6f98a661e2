"""What operations refuse, as the documentation shows it: an example of each refusal."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from booking import errors
from booking.errors import NamedSeat
from booking.prices import Bill, BilledSeat, money
from booking.rules import LIVE_HOLDS_OF_ACCOUNT, SEATS_HELD, TICKETS_OF_ACCOUNT, WAITLIST_LENGTH
from booking.selectors.taken import Taken
from booking.terms import ChangedFact, TermsChanged
from foundation import errors as general
from foundation.errors import Refusal

DUE = "28.00"
LOST = [NamedSeat(12, "B4")]
SINCE = [Taken(12, version=18, seconds_ago=41)]
ALTERNATIVE = [NamedSeat(15, "B7")]
TAKEN_WITH_ALTERNATIVE = errors.SeatTaken(
    "Seat B4 was taken 41 seconds ago.", seats=LOST, alternative=ALTERNATIVE, taken=SINCE
)
TERMS_CHANGED = TermsChanged(
    [ChangedFact("price", "12.00", "12.50")],
    "5d1f0c6c8d9f2a41",
    Bill(
        [
            BilledSeat(12, "B4", "standard", "adult", Decimal("12.50")),
            BilledSeat(13, "B5", "standard", "adult", Decimal("12.50")),
        ]
    ),
)
# Those that `booking.inputs` refuses before any service does, such as NoSeats, are not among them.
EXAMPLES: tuple[Refusal, ...] = (
    errors.DuplicateSeats(),
    errors.UnknownSeats("This show has no seat numbered 301."),
    errors.UnknownTicketType("This show has no ticket of type “baby”."),
    errors.NoSuchTickets("This booking has no ticket for seat number 301."),
    errors.UnequalExchange(),
    errors.NotAtTheDoor(),
    errors.NotInCharge(),
    errors.NotAtTheTill(),
    errors.NotYourHold(),
    errors.NotYourBooking(),
    errors.MovieNotFound(),
    errors.AuditoriumNotFound(),
    errors.ShowNotFound(),
    errors.VersionNotFound(),
    errors.HoldNotFound(),
    errors.BookingNotFound(),
    errors.TicketNotFound(),
    errors.AdmissionNotFound(),
    errors.NotOnWaitlist("You are not on the waitlist for seat B4."),
    errors.SeatTaken("Seat B4 was taken 41 seconds ago.", seats=LOST, taken=SINCE),
    errors.ShowFull(seats=LOST),
    TERMS_CHANGED,
    errors.LeavesGap(
        "Seat B4 would be left alone: add B4, or move to B7.", alternative=ALTERNATIVE
    ),
    errors.HoldExpired(),
    errors.HoldEnded(),
    errors.InvalidShow("A show moves to a time that is yet to come."),
    errors.AuditoriumTaken(
        "Salt and Signal, 2026-11-22 20:15 would have Studio until 22:25, with 15 minutes for "
        "cleaning. The Last Projectionist, 2026-11-22 22:00 has it until 00:15."
    ),
    errors.OtherLayout(),
    errors.ShowStarted(),
    errors.ShowCancelled(),
    errors.CompanionAlone("Seat O2 accompanies wheelchair space O1: choose them together."),
    errors.NoSeatsTogether(
        "No 3 seats together are left. Pick them one by one, or in smaller groups."
    ),
    errors.TooManyTickets(
        f"An account can have {TICKETS_OF_ACCOUNT} tickets for a show, and you have 19. "
        "The cinema's counter sells to larger groups."
    ),
    errors.TooManyHolds(
        f"You have {LIVE_HOLDS_OF_ACCOUNT} holds already: book or release one of them first."
    ),
    errors.TooManySeatsHeld(
        f"You can hold {SEATS_HELD} seats of a show at once, and you hold 18: book or release some "
        "of them first."
    ),
    errors.HeldEnough("Seats of this show were held for you for so long that others come first."),
    errors.JustLetGo("You let go of B4 a moment ago, so others come first for 2 min.", seats=LOST),
    errors.TokenUsed(),
    errors.AlreadyCancelled(),
    errors.SeveralTickets(seats=[*LOST, *ALTERNATIVE]),
    errors.OtherShow("This ticket is for Salt and Signal, 22 Nov 2026, 20:15, Studio."),
    errors.OtherDay("This ticket is for Salt and Signal, 23 Nov 2026, 20:15, Studio."),
    errors.ShowOver(),
    errors.TicketCancelled("The ticket for B4 was given back on 22 Nov 2026, 18:02.", seats=LOST),
    errors.Unpaid(f"{money(DUE)} is due.", seats=LOST, due=DUE),
    errors.NotDue("Nothing is due.", due="0.00"),
    errors.AlreadyAdmitted(
        "Somebody came in with the ticket for B4 at 19:12:40, let in by ann.",
        seats=LOST,
        admission=6120947735518362,
    ),
    errors.NotHeld("Seat B4 is not held by anyone.", seats=LOST),
    errors.AlreadyOnWaitlist("You are on the waitlist for seat B4 already."),
    errors.WaitlistFull(f"{WAITLIST_LENGTH} people wait for seat B4 already."),
    general.TooMuchContention(),
)


def refusals_of(*operations: Callable[..., Any]) -> tuple[Refusal, ...]:
    """Return an example of all that these operations state that they refuse."""
    stated = {kind for operation in operations for kind in general.refusals_of(operation)}
    return tuple(example for example in EXAMPLES if type(example) in stated)
