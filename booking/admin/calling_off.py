"""The page of a show that can't go on as planned: whom that affects, and what is left to do."""

from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone

from booking.admin.base import ServiceAdmin
from booking.admin.moments import MomentField
from booking.models import CALL_OFF, Auditorium, Show
from booking.selectors.affected import affected
from booking.services.calling_off import cancel_show, move_show
from booking.services.left_over import LeftOver, left_over
from foundation.errors import Refusal
from foundation.instants import moment_in_words

LISTS = {
    "live": "Bookings not cancelled yet",
    "refunds": "Paid online, and not sent back yet",
    "to_give_back": "Paid here: to be given back at the box office",
    "untold": "Not told by mail",
}


class OperationForm(forms.Form):
    """Something to do with the show."""

    operation: ClassVar[str]
    title: ClassVar[str]

    def __init__(self, show: Show, data: Any = None) -> None:
        super().__init__(data, prefix=self.operation)
        self.show = show

    def perform(self, *, now: datetime) -> str:
        """Do it, and return what was done in a sentence. Raises Refusal."""
        raise NotImplementedError


class MoveForm(OperationForm):
    """Another time, or another auditorium with the same layout."""

    operation = "move"
    title = "Move it"

    starts_at = MomentField()
    auditorium = forms.ModelChoiceField(Auditorium.objects.none())

    def __init__(self, show: Show, data: Any = None) -> None:
        super().__init__(show, data)
        alike = Auditorium.objects.filter(layout_hash=show.auditorium.layout_hash)
        self.fields["auditorium"].queryset = alike  # type: ignore[attr-defined]  # declared above
        self.initial = {"starts_at": show.starts_at, "auditorium": show.auditorium_id}

    def perform(self, *, now: datetime) -> str:
        # A time that was left alone keeps its seconds.
        given = {name: self.cleaned_data[name] for name in self.changed_data}
        auditorium = given.get("auditorium")
        show = move_show(
            show_id=self.show.pk,
            now=now,
            starts_at=given.get("starts_at"),
            auditorium_id=auditorium and auditorium.pk,
        )
        return f"Moved to {moment_in_words(show.starts_at)}, {show.auditorium}."


class CancelForm(OperationForm):
    """For good, so it is asked."""

    operation = "cancel"
    title = "Call it off"

    sure = forms.BooleanField(label="It does not take place. This can't be undone.")

    def perform(self, *, now: datetime) -> str:
        cancel_show(show_id=self.show.pk, now=now)
        return "Called off. Its bookings are being cancelled: this page says what is left."


class AgainForm(OperationForm):
    """Takes up what failed for good."""

    operation = "again"
    title = "Try again what failed"

    def perform(self, *, now: datetime) -> str:
        cancel_show(show_id=self.show.pk, now=now)
        return "What failed is tried again."


class CallingOff(ServiceAdmin):
    """Gives shows that page."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.call_off_view)
        own = path("<int:show_id>/call-off/", view, name="booking_show_call_off")
        return [own, *super().get_urls()]

    def call_off_view(self, request: HttpRequest, show_id: int) -> HttpResponse:
        """Say whom it affects, and do what the form sent says in a transaction of its own."""
        if not request.user.has_perm(CALL_OFF):
            raise PermissionDenied
        show = self.get_object(request, str(show_id))
        if show is None:
            raise Http404
        left = left_over(show.pk)
        kinds = _forms_for(show, left)
        sent: OperationForm | None = None
        if request.method == "POST":
            kind = kinds.get(request.POST.get("operation", ""))
            sent = kind(show, request.POST) if kind else None
            if sent and sent.is_valid() and self._do(request, show, sent):
                return redirect("admin:booking_show_call_off", show_id)
        shown = [sent if type(sent) is one else one(show) for one in kinds.values()]
        context = {
            **self.admin_site.each_context(request),
            "title": "Call off or move",
            "subtitle": f"{show.movie}, {moment_in_words(show.starts_at)}",
            "opts": self.opts,
            "original": show,
            "media": self.media,
            "forms": shown,
            "affected": affected(show.pk),
            "left": [(title, getattr(left, name)) for name, title in LISTS.items()],
            "is_done": left.is_done,
        }
        return TemplateResponse(request, "admin/booking/show/call_off.html", context)

    def _do(self, request: HttpRequest, show: Show, form: OperationForm) -> bool:
        try:
            done = form.perform(now=timezone.now())
        except Refusal as error:
            self.message_user(request, error.detail, messages.ERROR)
            return False
        self.log_change(request, show, done)
        self.message_user(request, done, messages.SUCCESS)
        return True


def _forms_for(show: Show, left: LeftOver) -> dict[str, type[OperationForm]]:
    """Return what can be done with the show, by name."""
    if show.cancelled_at is None:
        kinds: list[type[OperationForm]] = [MoveForm, CancelForm]
    else:
        kinds = [AgainForm] if left.live else []
    return {kind.operation: kind for kind in kinds}
