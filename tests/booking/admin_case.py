"""Forms of the admin, sent as a browser sends them."""

from html.parser import HTMLParser
from typing import Any

from tests.booking.test_admin import AdminTestCase


class Sent(HTMLParser):
    """What a browser sends of a page's form when nothing is typed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.data: dict[str, str] = {}
        self._name = ""
        self._is_text = False
        self.feed(html)
        self.data.pop("csrfmiddlewaretoken", None)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name, value = given.get("name") or "", given.get("value") or ""
        if tag in ("select", "textarea"):
            self._name, self._is_text = name, tag == "textarea"
        elif tag == "option" and "selected" in given:
            self.data[self._name] = value
        elif tag == "input" and given.get("type") not in ("submit", "checkbox"):
            self.data[name] = value
        elif tag == "input" and "checked" in given:
            self.data[name] = "on"

    def handle_data(self, data: str) -> None:
        if self._is_text:
            self.data[self._name] = self.data.get(self._name, "") + data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self.data[self._name] = self.data.get(self._name, "").removeprefix("\n")
            self._is_text = False


class FormTestCase(AdminTestCase):
    def path(self, one: Any) -> str:
        return f"booking/{one._meta.model_name}/{one.pk}/change/"

    def open(self, one: Any) -> dict[str, str]:
        """Return what a browser sends of the page that changes it."""
        return self.sent(self.get(self.path(one)))

    def sent(self, response: Any) -> dict[str, str]:
        return Sent(response.content.decode()).data

    def save(self, one: Any, data: dict[str, str]) -> Any:
        return self.post(self.path(one), data)

    def question(self, response: Any) -> str:
        """Return the key that the box to tick has."""
        return str(response.context["adminform"].form.fields["confirm"].widget.attrs["value"])
