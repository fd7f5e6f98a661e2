import gc
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import TestCase, mock

from hypothesis import given
from hypothesis import strategies as st
from jsonschema import ValidationError

from booking import events
from booking.chain import Checkpoint, entry_text
from realtime import protocol
from realtime.protocol import Change, CloseCode
from realtime.room import Pace
from tests.realtime.fakes import FakeSource, facts, named
from tests.realtime.frames import Follower, checked, specification

AT = Checkpoint(19, "9f3a5d1f6c0b7e24" * 4)
letters = st.sampled_from("ahbx")
seats = st.lists(st.tuples(st.integers(1, 12), letters), min_size=1, max_size=6)


class FrameTests(TestCase):
    def test_snapshot_frame_is_as_specified(self) -> None:
        self.assertEqual(
            protocol.snapshot_frame(AT, "aaxb", {}, {"terms": "5d1f"}),
            '{"type":"snapshot","version":19,"digest":"9f3a5d1f6c0b7e24","states":"aaxb",'
            '"show":{"terms":"5d1f"}}',
        )

    def test_changes_frame_is_as_specified(self) -> None:
        changes = [
            Change(18, "", "", [(41, "h"), (42, "h")], 1),
            Change(*AT, "", [(7, "b")], 1790000000123),
        ]
        self.assertEqual(
            protocol.changes_frame(changes),
            '{"type":"changes","from":18,"version":19,"digest":"9f3a5d1f6c0b7e24",'
            '"changes":[[41,"h"],[42,"h"],[7,"b"]],"at":1790000000123}',
        )

    def test_changes_frame_has_the_last_facts_of_the_show_if_they_changed(self) -> None:
        source = FakeSource()
        for price in ("11.00", "12.00"):
            source.commit_price(price)
        source.commit((1, "b"))
        changes = source.log
        self.assertEqual(checked(protocol.changes_frame(changes))["show"], facts("12.00"))
        self.assertNotIn("show", checked(protocol.changes_frame(changes[2:])))

    def test_changes_frame_has_each_seat_once_with_its_last_letter(self) -> None:
        source = FakeSource()
        source.commit((1, "h"), (2, "h"))
        source.commit((1, "b"))
        self.assertEqual(
            checked(protocol.changes_frame(source.log))["changes"], [[1, "b"], [2, "h"]]
        )

    def test_viewers_and_tick_frames_are_as_specified(self) -> None:
        self.assertEqual(protocol.viewers_frame(132), '{"type":"viewers","count":132}')
        tick = '{"type":"tick","version":19,"digest":"9f3a5d1f6c0b7e24"}'
        self.assertEqual(protocol.tick_frame(AT), tick)

    def test_offer_frame_is_as_specified(self) -> None:
        frame = protocol.offer_frame(4, 1790000090123)
        self.assertEqual(frame, '{"type":"offer","seat_number":4,"until":1790000090123}')

    def test_change_from_message_reads_what_booking_publishes(self) -> None:
        for seats, offers, show in (
            ([[41, "b"]], [], None),
            ([[41, "h", 9]], [(41, "whose")], None),
            ([], [], facts("12.00")),
        ):
            text = entry_text(at=5, changes=seats, show=show)
            with (
                self.subTest(text),
                mock.patch("booking.events.async_to_sync", return_value=mock.Mock()) as sending,
            ):
                events.publish(show_id=1, entry=AT, text=text, offers=offers)
                [(_, message)] = [call.args for call in sending.return_value.call_args_list]
                self.assertEqual(
                    protocol.change_from_message(message),
                    Change(*AT, text, seats, 5, offers, show),
                )
                self.assertEqual(
                    protocol.change_from_message(message).committed_at, message["committed_at"]
                )
                del message["committed_at"]  # as of a process of an earlier version
                self.assertIsNone(protocol.change_from_message(message).committed_at)

    def test_change_follows_what_its_digest_was_made_of(self) -> None:
        source = FakeSource()
        change = source.commit((1, "b"))
        self.assertTrue(change.follows(source.at(0)))
        for other in (source.at(1), source.at(0)._replace(version=1), Checkpoint(0, "0" * 64)):
            self.assertFalse(change.follows(other))
        self.assertFalse(replace(change, text=change.text.replace("b", "a")).follows(source.at(0)))

    def test_garbage_collector_loses_sight_of_a_changes_seats(self) -> None:
        text = entry_text(at=5, changes=[[41, "h", 1790000000123], [42, "b"]], show=None)
        change = protocol.change_of(*AT, text)
        for _ in range(2):  # the tuples in the one, and then that one
            gc.collect()
        self.assertFalse(any(map(gc.is_tracked, [change.seats, *change.seats])))

    @given(st.lists(seats, min_size=1, max_size=8))
    def test_merged_changes_come_to_the_same_map_as_one_by_one(self, log: list[Any]) -> None:
        source = FakeSource()
        for each in log:
            source.commit(*each)
        at_once, one_by_one = (Follower(source.at(0), "a" * 12) for _ in range(2))
        at_once.apply(checked(protocol.changes_frame(source.log)))
        for change in source.log:
            one_by_one.apply(checked(protocol.changes_frame([change])))
        self.assertEqual(at_once.states, one_by_one.states)


class SpecificationTests(TestCase):
    def test_every_example_is_valid(self) -> None:
        schemas = specification()["components"]["schemas"]
        examples = [
            example for schema in schemas.values() for example in schema.get("examples", [])
        ]
        self.assertEqual(len(examples), 8)
        for example in examples:
            checked(json.dumps(example))

    def test_wrong_frames_are_refused(self) -> None:
        for wrong in (
            {"type": "snapshot", **named(AT), "states": "aq", "show": facts("10.00")},
            {"type": "changes", "from": 1, **named(AT), "changes": [["1", "b"]], "at": 1},
            {"type": "changes", "from": 1, **named(AT), "changes": [[1, "q"]], "at": 1},
            {"type": "viewers"},
            {"type": "tick", **named(AT), "more": 1},
            {"type": "tick", "version": 1},
            {"type": "tick", "version": 1, "digest": "9f3a"},
            {"type": "offer", "seat_number": 1, "until": 1, "hold": "secret"},
        ):
            with self.subTest(wrong), self.assertRaises(ValidationError):
                checked(json.dumps(wrong))


class ScriptTests(TestCase):
    def test_pages_know_the_close_codes_and_when_a_tick_is_late(self) -> None:
        script = Path(__file__).parents[2] / "static" / "js" / "connection.js"
        constants = dict(re.findall(r"const ([A-Z_]+) = ([\d_]+);", script.read_text()))
        self.assertEqual(int(constants["NO_SUCH_SHOW"]), CloseCode.NO_SUCH_SHOW)
        self.assertEqual(int(constants["GOING_AWAY"]), CloseCode.GOING_AWAY)
        self.assertGreater(int(constants["TICK_IS_LATE_MS"]), 2 * 1000 * Pace().check)
