"""The box office's tables."""

from booking.models.catalogue import Auditorium, Kind, Movie, Seat, Show
from booking.models.sales import Booking, StoredAnswer, Ticket
from booking.models.seat_map import Hold, PlaceInLine, SeatChange, SeatMap, ShowSeat, State

__all__ = [
    "Auditorium",
    "Booking",
    "Hold",
    "Kind",
    "Movie",
    "PlaceInLine",
    "Seat",
    "SeatChange",
    "SeatMap",
    "Show",
    "ShowSeat",
    "State",
    "StoredAnswer",
    "Ticket",
]
