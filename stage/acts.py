"""What is played on the stage; each act tells the page what happens, as it happens."""

import asyncio
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.urls import reverse
from django.utils import timezone

from booking.chain import Checkpoint
from booking.selectors import seat_map
from realtime.source import in_thread
from stage.door import Answer, Door
from stage.history import undo
from stage.models import Act
from stage.performers import Performer, engage
from stage.rules import (
    CHANGES_MEANWHILE,
    PAUSE_AFTER_UNDOING,
    PAUSE_BETWEEN_SALES,
    PAUSE_MEANWHILE,
    RACERS,
    SALES_UNDONE,
)
from stage.services import Play

# One connection to the database, beside those of the requests that the acts send.
threads = ThreadPoolExecutor(1, thread_name_prefix="stage")


class Scene:
    """An act under way: what is played, by which door performers come, and who is told of it."""

    def __init__(self, play: Play, door: Door, tell: Callable[[dict[str, Any]], None]) -> None:
        self.play = play
        self.tell = tell
        self._door = door

    async def engage(self, count: int) -> list[Performer]:
        """Return so many new performers."""
        return await in_thread(engage, threads)(count)

    async def book(self, performer: Performer, *seat_numbers: int) -> Answer:
        path = reverse("api:book", args=[self.play.show_id])
        return await self._door.post(path, {"seat_numbers": seat_numbers}, performer)

    async def cancel(self, performer: Performer, booking_id: int) -> Answer:
        path = reverse("api:cancel-booking", args=[booking_id])
        return await self._door.post(path, {}, performer)

    async def checkpoint(self) -> Checkpoint:
        """Return the newest version of the seat map, with its digest."""
        heads = await in_thread(seat_map.heads, threads)([self.play.show_id])
        return heads[self.play.show_id].checkpoint

    async def free_seats(self) -> list[int]:
        """Return the numbers of the seats that can be had."""
        seats = await in_thread(seat_map.free_seats, threads)(self.play.show_id, timezone.now())
        return [seat.seat_number for seat in seats]


async def race(scene: Scene) -> None:
    """Let everybody want the same seat at once, and tell of each answer."""
    seat_number = scene.play.seat_number or 1
    performers = await scene.engage(RACERS)
    scene.tell({"racers": len(performers)})
    lanes = random.sample(range(len(performers)), len(performers))  # whose request goes first

    async def run(racer: int, performer: Performer) -> None:
        answer = await scene.book(performer, seat_number)
        code, ms = answer.body.get("code", ""), round(1000 * answer.seconds, 1)
        scene.tell({"racer": racer, "status": answer.status, "code": code, "ms": ms})

    async with asyncio.TaskGroup() as group:
        for racer in lanes:
            group.create_task(run(racer, performers[racer]))


async def meanwhile(scene: Scene) -> None:
    """Change the map again and again: two of three changes book a seat, and one gives it back."""
    scene.tell({"changes": CHANGES_MEANWHILE})
    booked: list[tuple[Performer, int]] = []
    for number, performer in enumerate(await scene.engage(CHANGES_MEANWHILE), start=1):
        await asyncio.sleep(PAUSE_MEANWHILE.total_seconds())
        if number % 3 == 0 and booked:
            await scene.cancel(*booked.pop(0))
            continue
        answer = await scene.book(performer, random.choice(await scene.free_seats()))  # noqa: S311
        if answer.status == 201:
            booked.append((performer, answer.body["id"]))


async def rewrite(scene: Scene) -> None:
    """Sell seats, let the database forget it, and sell others under the same versions."""
    performers = await scene.engage(2 * SALES_UNDONE)
    seats = random.sample(await scene.free_seats(), 2 * SALES_UNDONE)
    sales = list(zip(performers, seats, strict=True))
    await _sell(scene, sales[:SALES_UNDONE])
    undone = await in_thread(undo, threads)(show_id=scene.play.show_id, commits=SALES_UNDONE)
    scene.tell({"undone": [undone.since, undone.until], "states": undone.states})
    await asyncio.sleep(PAUSE_AFTER_UNDOING.total_seconds())
    await _sell(scene, sales[SALES_UNDONE:])


async def _sell(scene: Scene, sales: list[tuple[Performer, int]]) -> None:
    for performer, seat_number in sales:
        await asyncio.sleep(PAUSE_BETWEEN_SALES.total_seconds())
        answer = await scene.book(performer, seat_number)
        if answer.status == 201:
            version, digest = await scene.checkpoint()
            scene.tell({"sold": seat_number, "version": version, "digest": digest})


ACTS = {Act.RACE: race, Act.MEANWHILE: meanwhile, Act.REWRITE: rewrite}
