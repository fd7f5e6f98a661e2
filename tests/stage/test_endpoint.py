import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any
from unittest import mock

from django.test import SimpleTestCase, override_settings
from django.utils import timezone

from foundation.server.asgi_types import Receive, Scope, Send
from stage import endpoint
from stage.acts import ACTS, Scene
from stage.door import NOWHERE, Door
from stage.endpoint import StageEndpoint
from stage.errors import CueNotFound
from stage.models import Act
from stage.performers import Performer
from stage.rules import LONGEST_ACT
from stage.services import Play

PATH = "/stage/acts/a-cue/"
PERFORMER = Performer(1, "token")


def scope_of(path: str = PATH, method: str = "POST") -> Scope:
    headers = [(b"host", b"frontrow.example"), (b"x-forwarded-proto", b"https")]
    headers += [(b"cookie", b"sessionid=1"), (b"x-forwarded-for", b"192.0.2.7")]
    return {"type": "http", "path": path, "method": method, "headers": headers, "scheme": "http"}


async def never() -> Any:
    await asyncio.Event().wait()


class Django:
    """Answers what is passed on to it, or what performers send, with what it was sent."""

    def __init__(self) -> None:
        self.scopes: list[Scope] = []
        self.bodies: list[Any] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scopes.append(scope)
        if scope["headers"][-1][0] == b"content-length":
            self.bodies.append(json.loads((await receive())["body"]))
        await send({"type": "http.response.start", "status": 404, "headers": []})
        await send({"type": "http.response.body", "body": b'{"code": "not_found"}'})


@override_settings(STAGE=True)
class EndpointTests(SimpleTestCase):
    def setUp(self) -> None:
        self.django = Django()
        self.endpoint = StageEndpoint(self.django, door=self.django)
        now = timezone.now()
        self.play = Play(Act.RACE, 7, 3, now, now + LONGEST_ACT)
        self.take_up = self.patch("take_up", mock.Mock(side_effect=[self.play, CueNotFound()]))
        self.finish = self.patch("finish", mock.Mock(side_effect=lambda play, now: now))

    def patch(self, name: str, replacement: Any) -> Any:
        self.enterContext(mock.patch.object(endpoint, name, replacement))
        return replacement

    def act(self, play: Callable[[Scene], Awaitable[None]]) -> None:
        """Let this be what is played."""
        self.enterContext(mock.patch.dict(ACTS, {Act.RACE: play}))

    def answer(self, *scopes: Scope) -> list[dict[str, Any]]:
        """Return all that is sent for these requests, one after the other."""
        sent: list[dict[str, Any]] = []

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        async def ask() -> None:
            for scope in scopes:
                await self.endpoint(scope, never, send)

        asyncio.run(ask())
        return sent

    def lines(self) -> list[dict[str, Any]]:
        start, *parts, end = self.answer(scope_of())
        self.assertEqual((start["status"], end.get("more_body")), (200, None))
        return [json.loads(part["body"]) for part in parts]

    def test_each_line_is_sent_by_itself_and_then_when_the_stage_is_free(self) -> None:
        async def act(scene: Scene) -> None:
            scene.tell({"racers": 2})
            scene.tell({"racer": 0})

        self.act(act)
        *told, last = self.lines()
        self.assertEqual(told, [{"racers": 2}, {"racer": 0}, {"played": "race"}])
        self.assertLessEqual(last["free_in"], 0)
        self.assertEqual(self.finish.call_args.kwargs["play"], self.play)

    def test_act_that_fails_is_finished_too(self) -> None:
        async def act(scene: Scene) -> None:
            raise OSError

        self.act(act)
        with self.assertLogs("stage", "ERROR"):
            first, *_ = self.lines()
        self.assertEqual(first, {"broke_off": "race"})
        self.assertTrue(self.finish.called)

    def test_act_that_takes_too_long_is_broken_off(self) -> None:
        self.act(lambda scene: never())
        self.patch("LONGEST_ACT", LONGEST_ACT * 0)
        with self.assertLogs("stage", "ERROR"):
            first, *_ = self.lines()
        self.assertEqual(first, {"broke_off": "race"})

    def test_act_goes_on_when_its_page_is_gone(self) -> None:
        async def leave() -> None:
            going, over = asyncio.Event(), asyncio.Event()

            async def act(scene: Scene) -> None:
                await going.wait()
                over.set()

            self.act(act)
            page = asyncio.create_task(self.endpoint(scope_of(), never, mock.AsyncMock()))
            await asyncio.wait([page], timeout=0.05)
            page.cancel()
            going.set()
            await over.wait()
            await asyncio.gather(*self.endpoint._under_way)

        asyncio.run(leave())
        self.assertTrue(self.finish.called)

    def test_everything_else_is_passed_on(self) -> None:
        self.act(lambda scene: never())
        others = [scope_of("/stage/"), scope_of(PATH + "more/"), scope_of(method="GET")]
        self.answer(*others)
        with override_settings(STAGE=False):
            self.answer(scope_of())
        self.assertEqual((len(self.django.scopes), self.take_up.called), (4, False))
        next(self.take_up.side_effect)  # spent
        self.answer(scope_of())
        self.assertEqual((len(self.django.scopes), self.finish.called), (5, False))


class DoorTests(SimpleTestCase):
    def test_performers_come_under_the_sites_name_from_nowhere_and_with_their_own_token(
        self,
    ) -> None:
        django = Django()
        door = Door(django, scope_of())

        answer = asyncio.run(door.post("/api/", {"a": [1]}, PERFORMER))

        self.assertEqual((answer.status, answer.body), (404, {"code": "not_found"}))
        [scope] = django.scopes
        self.assertEqual(django.bodies, [{"a": [1]}])
        self.assertEqual(
            (scope["client"], scope["path"], scope["method"]), (NOWHERE, "/api/", "POST")
        )
        self.assertEqual(
            scope["headers"],
            [
                (b"host", b"frontrow.example"),
                (b"x-forwarded-proto", b"https"),
                (b"authorization", b"Bearer token"),
                (b"content-type", b"application/json"),
                (b"content-length", b"10"),
            ],
        )
