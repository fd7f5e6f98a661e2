"""The box office's tables."""

from booking.models.catalogue import Auditorium, Movie, Seat, Show
from booking.models.door import ADMIT, Admission
from booking.models.holds import Hold
from booking.models.sales import Booking, Ticket
from booking.models.seat_map import KeptMap, SeatChange, SeatMap, ShowSeat
from booking.models.waitlist import WaitlistEntry
from booking.seating.kinds import Kind, State

__all__ = [
    "ADMIT",
    "Admission",
    "Auditorium",
    "Booking",
    "Hold",
    "KeptMap",
    "Kind",
    "Movie",
    "Seat",
    "SeatChange",
    "SeatMap",
    "Show",
    "ShowSeat",
    "State",
    "Ticket",
    "WaitlistEntry",
]
