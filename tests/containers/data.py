"""What outlives the containers."""

import json

from tests.containers.case import ContainerCase


class DataTests(ContainerCase):
    def test_bookings_survive_down_and_up(self) -> None:
        show, access = self.show(), self.log_in()
        reference = self.book(show, self.free_seat(show), access)
        before = self.seat_map(show)
        self.compose.down()
        self.assertEqual(self.compose.containers(), [])
        self.compose.up()
        self.assertEqual(self.seat_map(show), before)
        booked = json.load(self.open("/api/my-bookings/", access=access))
        self.assertIn(reference, [each["reference"] for each in booked["results"]])
