"""Attacks for a few seconds each, those of a kind side by side; the visitor must not notice.

An attack that was let do all it wanted has met nothing but success: so each guard shows in what its
attack met. `test_without_guards` shows that it would not without.
"""

from booking.rules import SEATS_HELD, TICKETS_OF_ACCOUNT
from tests.abuse.case import AbuseTestCase
from tests.abuse.site import INNOCENT_SEATS


class AttackTests(AbuseTestCase):
    def test_odd_requests_take_no_process_out(self) -> None:
        names = ("schema_with_nul", "long_redirect", "odd_paths", "odd_methods")
        met = self.withstand(*names)
        for name in names:
            for status in ("0", "500", "502", "503", "504"):
                self.assertEqual(met[name][status], 0, met)

    def test_dear_pages_are_limited(self) -> None:
        met = self.withstand("pages", "missing_pages", "schema_at_once")
        self.assertGreater(met["missing_pages"]["429"], 0, met)
        self.assertEqual(set(met["schema_at_once"]) - {"200", "429"}, set(), met)

    def test_earlier_maps_keep_nobody_waiting(self) -> None:
        met = self.withstand("earlier_maps", log=5_000)
        self.assertGreater(met["earlier_maps"]["200"], 0)

    def test_calls_that_are_refused_are_counted_too(self) -> None:
        met = self.withstand("nobodys_calls", "false_tokens")
        for each in met.values():
            self.assertGreater(each["401"], 0, met)
        self.assertGreater(met["nobodys_calls"]["429"], 0, met)

    def test_bodies_and_forms(self) -> None:
        met = self.withstand("large_bodies", "forms", "static_files")
        for each in met.values():
            self.assertEqual(each["500"], 0, met)

    def test_many_headers_pipelines_and_garbage(self) -> None:
        met = self.withstand("many_headers", "pipelined", "garbage", "health")
        for each in met.values():
            self.assertEqual(each["500"], 0, met)

    def test_slow_and_idle_connections(self) -> None:
        self.withstand("slow_headers", "slow_headers_at_daphne", "slow_bodies", "idle_connections")

    def test_sockets_that_talk_are_closed(self) -> None:
        names = ("empty_texts", "continuations", "pings")
        for name, met in self.withstand(*names, watching=1 + len(names)).items():
            self.assertGreater(met["closed 1008"], 0, name)

    def test_sockets_that_talk_and_come_back_at_once_are_bounded(self) -> None:
        names = ("empty_texts_on_ten", "pings_on_ten")
        self.withstand(*names, watching=1 + len(names))

    def test_many_sockets_of_an_address_are_one_viewer(self) -> None:
        met = self.withstand("ninety_sockets", "stalled_sockets", watching=3)
        self.assertGreater(met["ninety_sockets"]["open"], 10)

    def test_coming_and_going_keeps_nobody_waiting(self) -> None:
        names = ("join_and_leave", "sockets_to_nowhere", "sockets_to_no_show", "bad_handshakes")
        self.withstand(*names, watching=1 + len(names))

    def test_passwords_of_one_address(self) -> None:
        self.withstand("log_ins_at_once", "sign_in_pages")

    def test_passwords_of_many_addresses(self) -> None:
        self.withstand("log_ins_of_many", "sign_ups")

    def test_guessing_at_one_account_from_everywhere_is_slowed_down(self) -> None:
        met = self.withstand("one_account_from_everywhere")
        self.assertGreater(met["one_account_from_everywhere"]["429"], 0)

    def test_one_address_holds_no_hall(self) -> None:
        met = self.withstand("best_seats")
        self.assertLessEqual(met["best_seats"]["seats"], SEATS_HELD, met)

    def test_seats_let_go_are_not_held_anew_at_once(self) -> None:
        met = self.withstand("hold_anew", "refused_selections")
        self.assertEqual(met["hold_anew"]["held anew"], 0, met)

    def test_holds_that_grow_are_bounded(self) -> None:
        met = self.withstand("hold_and_grow")
        self.assertLessEqual(met["hold_and_grow"]["seats"], SEATS_HELD, met)

    def test_one_account_books_no_house(self) -> None:
        met = self.withstand("book_everything", "book_and_cancel")
        self.assertLessEqual(met["book_everything"]["seats"], TICKETS_OF_ACCOUNT, met)

    def test_stage_gives_one_race_after_the_other(self) -> None:
        met = self.withstand("stage_races")["stage_races"]
        self.assertGreater(met["played 200"], 0, met)
        self.assertGreater(met["409"], met["played 200"], met)
        self.assertEqual(met["500"], 0, met)

    def test_pages_of_many_shows_leave_no_cookie_each(self) -> None:
        met = self.withstand("many_show_pages", show_count=90)
        self.assertEqual(met["many_show_pages"]["400"], 0, met)
        self.assertLessEqual(met["many_show_pages"]["cookies"], 2, met)

    def test_locked_seat_keeps_those_waiting_who_want_it(self) -> None:
        self.assertNotIn(150, INNOCENT_SEATS)
        self.withstand("locked_seat", "locked_row", may_wait=True)

    def test_locked_table_asks_readers_to_come_again(self) -> None:
        self.withstand("locked_table", may_wait=True)
