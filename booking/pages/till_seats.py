"""The seats of a show in words, for a till that runs no scripts, and what happened to them."""

from typing import Any

from django.contrib.auth import get_user_model

from booking.models import SeatChange, Show, State
from booking.selectors import seat_map

CHANGES_SHOWN = 20
WORDS = {
    State.AVAILABLE.value: "free",
    State.HELD.value: "held",
    State.BOOKED.value: "sold",
    State.BLOCKED.value: "blocked",
}


def seats_in_words(show: Show, states: str) -> dict[str, Any]:
    """Return the labels of the show's seats by their state, and its last changes."""
    layout = seat_map.layout(show.auditorium)
    labels = {seat.seat_number: seat.label for seat in layout.seats}
    changes = seat_map.latest_changes(show.pk, CHANGES_SHOWN)
    users = [user_id for change in changes for _, user_id in change.offers]
    names = {
        pk: user.get_username() for pk, user in get_user_model().objects.in_bulk(users).items()
    }
    return {
        "seats_by_state": [
            (
                word,
                [
                    label
                    for label, its in zip(labels.values(), states, strict=True)
                    if its == letter
                ],
            )
            for letter, word in WORDS.items()
        ],
        "changes": [(change, _in_words(change, labels, names)) for change in changes],
    }


def _in_words(change: SeatChange, labels: dict[int, str], names: dict[int, str]) -> str:
    offers = {number: names.get(user_id, "a deleted account") for number, user_id in change.offers}
    by_state: dict[str, list[str]] = {}
    for seat_number, letter, *_ in change.changes:
        offer = f" and offered to {offers[seat_number]}" if seat_number in offers else ""
        by_state.setdefault(WORDS[letter] + offer, []).append(labels[seat_number])
    return "; ".join(f"{', '.join(named)} {word}" for word, named in by_state.items())
