from django.test import SimpleTestCase, tag
from django.test.utils import iter_test_cases  # type: ignore[attr-defined]

from tests.runner import FrontRowTestRunner


@tag("once")
class PartTests(SimpleTestCase):
    def classes(self, part: str) -> set[type]:
        suite = FrontRowTestRunner(part=part, verbosity=0).build_suite(["tests.foundation"])
        return {type(test) for test in iter_test_cases(suite)}

    def test_each_class_is_in_one_part(self) -> None:
        first, second, all_of_them = map(self.classes, ("1/2", "2/2", "1/1"))
        self.assertEqual(first | second, all_of_them)
        self.assertEqual(first & second, set())
        self.assertLessEqual(abs(len(first) - len(second)), 1)
