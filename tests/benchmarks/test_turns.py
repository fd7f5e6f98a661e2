from functools import partial
from unittest.mock import patch

from django.test import SimpleTestCase, tag

from benchmarks import turns
from benchmarks.turns import STOLEN, figures_of, in_turns


@tag("once")
class TurnsTests(SimpleTestCase):
    """Figures are those of the quiet turns, but for what matters always."""

    def test_figures_are_medians_of_the_quietest_third(self) -> None:
        found = [
            (0.5, {"ms": 90.0, "lost": 0.0}),
            (0.0, {"ms": 10.0, "lost": 0.0}),
            (0.1, {"ms": 20.0, "lost": 0.0}),
            (0.4, {"ms": 80.0, "lost": 3.0}),
            (0.2, {"ms": 30.0, "lost": 0.0}),
            (0.3, {"ms": 70.0, "lost": 0.0}),
        ]
        expected = {"ms": 15.0, "lost": 3.0, STOLEN: 5.0}
        self.assertEqual(figures_of(found, always=["lost"]), expected)

    def test_every_turn_as_quiet_as_the_third_counts(self) -> None:
        found = [(0.0, {"ms": ms}) for ms in (10.0, 90.0, 20.0, 30.0)] + [(0.1, {"ms": 99.0})]
        self.assertEqual(figures_of(found), {"ms": 25.0, STOLEN: 0.0})

    def test_subjects_take_turns(self) -> None:
        order: list[str] = []

        def measure(name: str) -> dict[str, float]:
            order.append(name)
            return {"turn": len(order)}

        with patch.object(turns, "_stolen_seconds", return_value=0.0):
            subjects = {name: partial(measure, name) for name in "ab"}
            found = in_turns(subjects, rounds=3, always=["turn"])
        rounds = [order[:2], order[2:4], order[4:]]
        self.assertEqual([sorted(each) for each in rounds], [["a", "b"]] * 3)
        last = {name: 5 + rounds[-1].index(name) for name in "ab"}
        self.assertEqual(found, {name: {"turn": last[name], STOLEN: 0.0} for name in "ab"})
