"""The box office's tables."""

from booking.models.catalogue import CALL_OFF, Auditorium, Movie, Seat, Show
from booking.models.door import ADMIT, Admission
from booking.models.holds import Hold
from booking.models.prices import PriceList, TicketType
from booking.models.sales import Booking, Ticket
from booking.models.seat_map import KeptMap, SeatChange, SeatMap, ShowSeat
from booking.models.takings import BY_HAND, SEE_FIGURES, TAKE_MONEY, Taking
from booking.models.waitlist import WaitlistEntry
from booking.seating.kinds import Kind, State

__all__ = [
    "ADMIT",
    "BY_HAND",
    "CALL_OFF",
    "SEE_FIGURES",
    "TAKE_MONEY",
    "Admission",
    "Auditorium",
    "Booking",
    "Hold",
    "KeptMap",
    "Kind",
    "Movie",
    "PriceList",
    "Seat",
    "SeatChange",
    "SeatMap",
    "Show",
    "ShowSeat",
    "State",
    "Taking",
    "Ticket",
    "TicketType",
    "WaitlistEntry",
]
