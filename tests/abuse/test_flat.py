"""What leaks is found, and the attack that makes it leak; what wavers or warms up is not."""

from random import Random

from django.test import SimpleTestCase, tag

from tests.abuse.flat import ROUNDS, Sample, course

ATTACKS = [f"attack {number}" for number in range(20)]
NOISE, SLACK = 6, 3


def rounds(
    *, leaks: dict[str, float] | None = None, warms_up: float = 0, noise: float = NOISE
) -> list[list[Sample]]:
    """Return samples of files: a hundred, and some more while an attack's own are not gone yet."""
    random = Random(1)
    leaked = 0.0
    found: list[list[Sample]] = []
    for number in range(ROUNDS):
        samples: list[Sample] = []
        for place, attack in enumerate(ATTACKS):
            leaked += (leaks or {}).get(attack, 0)
            leaked += warms_up / len(ATTACKS) if number == 0 else 0
            own = 50 if place % 7 == 0 else 0
            samples.append({"files": 100 + leaked + own + random.uniform(0, noise)})
        found.append(samples)
    return found


@tag("once")
class FlatTests(SimpleTestCase):
    def test_one_attack_that_leaks_is_found_and_named(self) -> None:
        seen = course("files", ATTACKS, rounds(leaks={"attack 10": 10}))
        self.assertGreater(seen.growth, SLACK)
        self.assertEqual(seen.attack, "attack 10")

    def test_little_that_each_attack_leaks_is_found(self) -> None:
        seen = course("files", ATTACKS, rounds(leaks=dict.fromkeys(ATTACKS, 0.5)))
        self.assertGreater(seen.growth, SLACK)

    def test_noise_and_warming_up_are_flat(self) -> None:
        seen = course("files", ATTACKS, rounds(warms_up=1000))
        self.assertLess(abs(seen.growth), SLACK)

    def test_numbers_are_those_of_the_last_two_rounds(self) -> None:
        seen = course("files", ATTACKS, rounds(leaks={"attack 0": 7}, noise=0))
        self.assertEqual((seen.before, seen.after, seen.growth), (121, 128, 7))
