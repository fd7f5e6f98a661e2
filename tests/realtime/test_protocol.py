import gc
import json
from typing import Any
from unittest import TestCase

from hypothesis import given
from hypothesis import strategies as st
from jsonschema import ValidationError

from realtime import protocol
from realtime.protocol import Change
from tests.realtime.frames import Follower, checked, specification

letters = st.sampled_from("ahbx")
seats = st.lists(st.tuples(st.integers(1, 12), letters), min_size=1, max_size=6)


class FrameTests(TestCase):
    def test_snapshot_frame_is_as_specified(self) -> None:
        self.assertEqual(
            protocol.snapshot_frame(17, "aaxb", {}),
            '{"type":"snapshot","version":17,"states":"aaxb"}',
        )

    def test_changes_frame_is_as_specified(self) -> None:
        changes = [Change(18, [(41, "h"), (42, "h")], 1), Change(19, [(7, "b")], 1790000000123)]
        self.assertEqual(
            protocol.changes_frame(changes),
            '{"type":"changes","from":18,"version":19,'
            '"changes":[[41,"h"],[42,"h"],[7,"b"]],"at":1790000000123}',
        )

    def test_changes_frame_has_each_seat_once_with_its_last_letter(self) -> None:
        changes = [Change(1, [(1, "h"), (2, "h")], 1), Change(2, [(1, "b")], 2)]
        self.assertEqual(
            json.loads(protocol.changes_frame(changes))["changes"], [[1, "b"], [2, "h"]]
        )

    def test_viewers_and_tick_frames_are_as_specified(self) -> None:
        self.assertEqual(protocol.viewers_frame(132), '{"type":"viewers","count":132}')
        self.assertEqual(protocol.tick_frame(19), '{"type":"tick","version":19}')

    def test_turn_frame_is_as_specified(self) -> None:
        frame = protocol.turn_frame(4, 1790000090123)
        self.assertEqual(frame, '{"type":"turn","seat_number":4,"until":1790000090123}')

    def test_change_from_message_reads_what_booking_publishes(self) -> None:
        message = {"type": "seat_map.changed", "show_id": 1, "version": 18, "at": 5}
        self.assertEqual(
            protocol.change_from_message(message | {"changes": '[[41,"b"]]'}),
            Change(18, ((41, "b"),), 5),
        )
        turn = {"changes": '[[41,"h",9]]', "turns": '[[41,"whose"]]'}
        self.assertEqual(
            protocol.change_from_message(message | turn),
            Change(18, ((41, "h", 9),), 5, [(41, "whose")]),
        )

    def test_garbage_collector_loses_sight_of_a_changes_seats(self) -> None:
        change = protocol.change_from_message(
            {"version": 1, "changes": '[[41,"h",1790000000123],[42,"b"]]', "at": 5}
        )
        for _ in range(2):  # the tuples in the one, and then that one
            gc.collect()
        self.assertFalse(any(map(gc.is_tracked, [change.seats, *change.seats])))

    @given(st.lists(seats, min_size=1, max_size=8))
    def test_merged_changes_come_to_the_same_map_as_one_by_one(self, log: list[Any]) -> None:
        changes = [Change(version, each, version) for version, each in enumerate(log, start=1)]
        at_once, one_by_one = Follower(0, "a" * 12), Follower(0, "a" * 12)
        at_once.apply(checked(protocol.changes_frame(changes)))
        for change in changes:
            one_by_one.apply(checked(protocol.changes_frame([change])))
        self.assertEqual(at_once.states, one_by_one.states)


class SpecificationTests(TestCase):
    def test_every_example_is_valid(self) -> None:
        schemas = specification()["components"]["schemas"]
        examples = [
            example for schema in schemas.values() for example in schema.get("examples", [])
        ]
        self.assertEqual(len(examples), 5)
        for example in examples:
            checked(json.dumps(example))

    def test_wrong_frames_are_refused(self) -> None:
        for wrong in (
            {"type": "snapshot", "version": 1, "states": "aq"},
            {"type": "changes", "from": 1, "version": 1, "changes": [["1", "b"]], "at": 1},
            {"type": "changes", "from": 1, "version": 1, "changes": [[1, "q"]], "at": 1},
            {"type": "viewers"},
            {"type": "tick", "version": 1, "more": 1},
            {"type": "turn", "seat_number": 1, "until": 1, "hold": "secret"},
        ):
            with self.subTest(wrong), self.assertRaises(ValidationError):
                checked(json.dumps(wrong))
