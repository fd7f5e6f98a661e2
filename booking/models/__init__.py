"""The box office's tables."""

from booking.models.catalogue import Auditorium, Kind, Movie, Seat, Show
from booking.models.sales import Booking, Ticket
from booking.models.seat_map import Hold, SeatChange, SeatMap, ShowSeat, State

__all__ = [
    "Auditorium",
    "Booking",
    "Hold",
    "Kind",
    "Movie",
    "Seat",
    "SeatChange",
    "SeatMap",
    "Show",
    "ShowSeat",
    "State",
    "Ticket",
]
