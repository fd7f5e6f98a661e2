"""What mails lead to, as a browser sends it: with the origin that its page has."""

from urllib.parse import urlsplit

from django.test import tag
from playwright.sync_api import Page, expect

from cinema.accounts.letters import confirm_mail, reset_mail
from tests import factories
from tests.journeys.browser import BrowserTestCase

NEW = "at-eleven-sharp"


@tag("browser")
class MailedLinkTests(BrowserTestCase):
    def open(self, url: str) -> Page:
        return self.window(urlsplit(url).path)

    def test_address_is_confirmed_by_its_button(self) -> None:
        user = factories.user(email="ada@example.org")
        page = self.open(confirm_mail(user).context["url"])

        page.get_by_role("button", name="Confirm").click()

        expect(page.get_by_text("ada@example.org is confirmed.")).to_be_visible()

    def test_lost_password_is_set_anew(self) -> None:
        address = "ada@example.org"
        user = factories.user(email=address, confirmed_email=address)
        page = self.open(reset_mail(user).context["url"])

        page.locator("[name=new_password1]").fill(NEW)
        page.locator("[name=new_password2]").fill(NEW)
        page.get_by_role("button", name="Set it").click()

        expect(page.get_by_text("Sign in with the new one.")).to_be_visible()
        user.refresh_from_db()
        self.assertTrue(user.check_password(NEW))
