"""Setting the stage and clearing it, and who may play on it next.

Each service locks the stage's row first; none touches a show that is listed.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from booking.errors import UnknownSeats
from booking.models import SeatMap, Show, ShowSeat, State
from booking.seating.claim import unknown_seats
from booking.selectors.holds import hash_of
from foundation.db.transactions import one_transaction
from foundation.errors import refuses
from stage.errors import CueNotFound, StageBusy, StageFull
from stage.models import Act, Stage
from stage.performers import dismiss, performers
from stage.rules import (
    CUE_TIME,
    FEWEST_FREE,
    IDLE_TIME,
    LONGEST_ACT,
    LONGEST_LOG,
    REST_SHARE,
    SHORTEST_REST,
)
from stage.scenery import new_show


@dataclass(frozen=True)
class Play:
    """An act that is to be played now, and over before `until`."""

    act: Act
    show_id: int
    seat_number: int | None
    began: datetime
    until: datetime


def open_stage(*, now: datetime) -> int:
    """Return the id of the stage's show.

    A new one takes the place of one that nobody has used for a while, or that is full.
    """
    stage = Stage.objects.filter(pk=Stage.ONLY).first()
    if stage is None or stage.show_id is None or _may_be_cleared(stage, now):
        return _set_stage(now=now)
    return stage.show_id


@one_transaction
def _set_stage(*, now: datetime) -> int:
    stage = _locked(now)
    show = stage.show
    if show is None or _may_be_cleared(stage, now):
        show = _clear(stage, now)
    return show.pk


@one_transaction
@refuses(StageBusy)
def clear_stage(*, now: datetime) -> None:
    """Put a new show in the place of the stage's; pages with the old one hear that it is gone."""
    stage = _locked(now)
    _check_free(stage, now)
    _clear(stage, now)


@one_transaction
@refuses(StageBusy, StageFull, UnknownSeats)
def begin(*, act: Act, seat_number: int | None = None, now: datetime) -> str:
    """Keep the stage for an act, and return the cue that lets it be played, once and soon."""
    stage = _locked(now)
    _check_free(stage, now)
    if stage.show_id is None or _is_full(stage.show_id):
        raise StageFull
    if seat_number is not None:
        _check_seat(stage.show_id, seat_number)
    cue = secrets.token_urlsafe(32)
    stage.cue_hash, stage.act, stage.seat_number = hash_of(cue), act, seat_number
    stage.used_at, stage.free_at = now, now + CUE_TIME
    stage.save()
    return cue


@one_transaction
@refuses(CueNotFound)
def take_up(*, cue: str, now: datetime) -> Play:
    """Return the act that the cue is for, which is spent with it."""
    stage = _locked(now)
    if stage.cue_hash != hash_of(cue) or now >= stage.free_at or stage.show_id is None:
        raise CueNotFound
    stage.cue_hash, stage.free_at = "", now + LONGEST_ACT
    stage.save()
    return Play(Act(stage.act), stage.show_id, stage.seat_number, now, stage.free_at)


@one_transaction
def finish(*, play: Play, now: datetime) -> datetime:
    """Dismiss the performers after an act; return when the stage has rested enough for the next."""
    stage = _locked(now)
    if stage.free_at == play.until:  # or else it is no longer this act's
        dismiss()
        took = now - play.began if play.act == Act.RACE else timedelta(0)
        stage.free_at = now + max(SHORTEST_REST, REST_SHARE * took)
        stage.save()
    return stage.free_at


def tidy_stage(*, now: datetime) -> int:
    """Clear the stage if it is due; return how many performers went who had been left there.

    Acts dismiss their own, unless their process ended.
    """
    if not Stage.objects.filter(pk=Stage.ONLY).exists():
        return 0
    return _tidy_stage(now=now)


@one_transaction
def _tidy_stage(*, now: datetime) -> int:
    stage, before = _locked(now), performers().count()
    if _may_be_cleared(stage, now):
        _clear(stage, now)
    elif now >= stage.free_at:
        dismiss()
    return before - performers().count()


def _locked(now: datetime) -> Stage:
    Stage.objects.get_or_create(pk=Stage.ONLY, defaults={"used_at": now, "free_at": now})
    return Stage.objects.select_for_update().get(pk=Stage.ONLY)


def _check_free(stage: Stage, now: datetime) -> None:
    if now < stage.free_at:
        raise StageBusy


def _check_seat(show_id: int, seat_number: int) -> None:
    if not ShowSeat.objects.filter(show_id=show_id, seat_number=seat_number).exists():
        raise unknown_seats([seat_number])


def _may_be_cleared(stage: Stage, now: datetime) -> bool:
    """Tell whether the stage is to be cleared, and nobody is on it."""
    if now < stage.free_at or stage.show_id is None:
        return False
    is_idle = now >= stage.used_at + IDLE_TIME and _log_length(stage.show_id) > 0
    return is_idle or _is_full(stage.show_id)


def _is_full(show_id: int) -> bool:
    free = ShowSeat.objects.filter(show_id=show_id, state=State.AVAILABLE).count()
    return free < FEWEST_FREE or _log_length(show_id) >= LONGEST_LOG


def _log_length(show_id: int) -> int:
    return SeatMap.objects.get(pk=show_id).version


def _clear(stage: Stage, now: datetime) -> Show:
    before, stage.show = stage.show, None
    stage.save()  # what refers to a show keeps it from being deleted
    stage.show = show = new_show(before)
    dismiss()
    stage.used_at = now
    stage.save()
    return show
