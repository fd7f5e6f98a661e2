"""Rewrites a show's history, as a restore or a failover does: log, seat map and seats at once."""

from django.db import transaction

from booking.models import Booking, SeatChange, SeatMap, ShowSeat, State, Ticket


def undo(show_id: int, version: int) -> None:
    """Take back all commits after a version; each must have booked or blocked available seats."""
    undone = SeatChange.objects.filter(show_id=show_id, version__gt=version)
    with transaction.atomic():
        seats = {seat_number for entry in undone for seat_number, *_ in entry.changes}
        sold = [entry.booking_id for entry in undone if entry.booking_id is not None]
        undone.delete()
        Ticket.objects.filter(booking__in=sold).delete()
        Booking.objects.filter(pk__in=sold).delete()
        own = ShowSeat.objects.filter(show_id=show_id, seat_number__in=seats)
        own.update(state=State.AVAILABLE.value)
        seat_map = SeatMap.objects.get(pk=show_id)
        head = SeatChange.objects.filter(show_id=show_id, version=version).first()
        seat_map.version, seat_map.digest = version, head.digest if head else seat_map.genesis
        available = ShowSeat.objects.filter(show_id=show_id, state=State.AVAILABLE)
        seat_map.counted_version, seat_map.available = version, available.count()
        seat_map.save()
