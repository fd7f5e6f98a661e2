"""A ticket's code: short, signed, and good as long as its key is known."""

from django.test import SimpleTestCase, override_settings

from booking.codes import ID_BYTES, code_of, ticket_id_in
from foundation.ids import MAX_RANDOM_ID, random_id

OLD, NEW = "the key of last year", "the key of this year"


class CodeTests(SimpleTestCase):
    def test_code_leads_back_to_its_ticket(self) -> None:
        for ticket_id in (0, 1, random_id(), MAX_RANDOM_ID):
            with self.subTest(ticket_id):
                self.assertEqual(ticket_id_in(code_of(ticket_id)), ticket_id)
                self.assertEqual(ticket_id_in(code_of(ticket_id).lower()), ticket_id)

    def test_code_fits_a_small_qr_code(self) -> None:
        self.assertRegex(code_of(random_id()), "^[A-Z2-7]{26}$")
        self.assertLess(MAX_RANDOM_ID, 256**ID_BYTES)

    def test_no_altered_code_is_good(self) -> None:
        code = code_of(random_id())
        # The last letter carries three bits that mean nothing.
        for place in range(len(code) - 1):
            altered = code[:place] + ("B" if code[place] != "B" else "C") + code[place + 1 :]
            self.assertIsNone(ticket_id_in(altered), place)

    def test_what_is_no_code_is_refused(self) -> None:
        code = code_of(1)
        for text in ("", "K7MQ-4TXP", "1", "é" * 26, code[:-1], code[1:], code + code, "=" * 26):
            with self.subTest(text):
                self.assertIsNone(ticket_id_in(text))

    def test_codes_outlive_their_key_while_it_is_a_fallback(self) -> None:
        with override_settings(SECRET_KEY=OLD):
            code = code_of(7)
        with override_settings(SECRET_KEY=NEW, SECRET_KEY_FALLBACKS=[OLD]):
            self.assertEqual(ticket_id_in(code), 7)
            self.assertNotEqual(code_of(7), code)
        with override_settings(SECRET_KEY=NEW, SECRET_KEY_FALLBACKS=[]):
            self.assertIsNone(ticket_id_in(code))
