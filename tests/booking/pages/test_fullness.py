"""The small picture of how full a hall is."""

from django.template.loader import render_to_string
from django.test import SimpleTestCase, tag

from booking.templatetags.box_office import width_taken


@tag("once")
class FullnessTests(SimpleTestCase):
    def test_only_a_full_hall_is_full_and_only_an_empty_one_empty(self) -> None:
        for capacity in (1, 2, 31, 32, 300, 10_000):
            with self.subTest(capacity):
                widths = [width_taken(left, capacity) for left in range(capacity + 1)]
                self.assertEqual(widths, sorted(widths, reverse=True))
                self.assertEqual((widths.count(31), widths.count(0)), (1, 1))

    def test_it_is_drawn_without_scripts_and_says_nothing_that_words_beside_it_do_not(self) -> None:
        drawn = render_to_string("pages/_fullness.html", {"left": 150, "capacity": 300})
        self.assertInHTML(
            '<svg class="fullness" data-fullness="300" viewBox="0 0 31 9" width="31" height="9" '
            'aria-hidden="true"><path d="M0 2h31M0 7h31"/>'
            '<path class="fullness-taken" d="M0 2h16M0 7h16"/></svg>',
            drawn,
        )
