"""What staff see of the outbox, and what they can do."""

from django.test import TestCase
from django.utils import timezone

from foundation.outbox.models import Message
from foundation.outbox.services import claim, enqueue, note_failure
from tests import factories

PATH = "/admin/outbox/message/"


class OutboxAdminTests(TestCase):
    def setUp(self) -> None:
        self.client.force_login(factories.user(is_staff=True, is_superuser=True))
        self.now = timezone.now()
        enqueue("tests.admin", {"booking": 7}, about="user:7", now=self.now)
        message = claim(now=self.now, kinds=["tests.admin"])
        assert message is not None
        self.path = f"{PATH}{message.pk}/change/"
        note_failure(message, "550 no such user", now=self.now, for_good=True)

    def test_what_failed_is_listed_with_its_reason(self) -> None:
        enqueue("tests.other", {}, now=self.now)
        page = self.client.get(PATH, {"failed_at__isempty": 0})
        self.assertContains(page, "550 no such user")
        self.assertNotContains(page, 'field-kind">tests.other')
        self.assertContains(self.client.get(self.path), "user:7")

    def test_what_failed_is_sent_again(self) -> None:
        enqueue("tests.other", {}, now=self.now)
        every = list(Message.objects.values_list("pk", flat=True))
        data = {"action": "send_again", "_selected_action": every}
        answer = self.client.post(PATH, data, follow=True)
        self.assertContains(answer, "To be sent again: 1.")
        self.assertEqual({one.status for one in Message.objects.all()}, {"waiting"})

    def test_none_is_made_by_hand(self) -> None:
        self.assertEqual(self.client.get(f"{PATH}add/").status_code, 403)
