"""Movies and auditoriums."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString

from booking.admin.base import ServiceAdmin
from booking.admin.forms import CarefulForm
from booking.errors import InvalidPlan, LayoutInUse
from booking.models import Auditorium, Movie, Ticket
from booking.seating.kinds import Kind
from booking.seating.plan import seats_of_plan
from booking.selectors import seat_map
from booking.services.auditoriums import change_auditorium, create_auditorium
from booking.services.shows import change_movie


def listed(those: QuerySet[Any]) -> QuerySet[Any]:
    """Return those movies or auditoriums that have no show which is not listed."""
    return those.exclude(shows__is_listed=False)


class MovieForm(CarefulForm):
    """A movie; whoever bought tickets for a show to come agreed to its title."""

    agreed = ("title",)

    def tickets_sold(self) -> int:
        return _tickets_to_come(show__movie=self.instance.pk)


@admin.register(Movie)
class MovieAdmin(ServiceAdmin):
    """Movies."""

    form = MovieForm
    list_display = ["title", "duration_minutes", "certificate"]
    search_fields = ["title"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Movie]:
        return listed(super().get_queryset(request))

    def reason_to_keep(self, one: Movie) -> str | None:
        return _shows_to_delete_first(one)

    def save_model(self, request: HttpRequest, obj: Movie, form: Any, change: bool) -> None:
        """Change a movie through its service, which tells the shows to come."""
        if change:
            change_movie(movie_id=obj.pk, now=timezone.now(), **form.cleaned_data)
        else:
            super().save_model(request, obj, form, change)


class AuditoriumForm(CarefulForm):
    """A name, which buyers agreed to, and a plan, checked as the service will check it."""

    agreed = ("name",)
    plan = forms.CharField(
        strip=False,
        widget=forms.Textarea(
            attrs={"rows": 20, "cols": 80, "class": "plan", "spellcheck": "false"}
        ),
        help_text=(
            "One line is one row, the row nearest the screen first. Its letters are seats: "
            + ", ".join(f"{kind.letter} for {kind.word}" for kind in Kind)
            + ". A dot is an aisle; a line without seats is a cross-aisle. "
            "Rows are named A, B, C … without I and O; a line that begins with a name and a colon, "
            "such as I:SSSS, is named so."
        ),
    )

    class Meta:
        model = Auditorium
        fields = ["name", "plan"]

    def clean_plan(self) -> str:
        """Return the plan, as it was if only its blank ends differ. Raises ValidationError."""
        plan = _without_blank_ends(self.cleaned_data["plan"])
        current: str = self.instance.plan
        if plan == _without_blank_ends(current):
            return current
        try:
            seats_of_plan(plan)
        except InvalidPlan as error:
            raise ValidationError(error.detail, error.code) from None
        if self.instance.pk and self.instance.shows.exists():
            raise ValidationError(LayoutInUse.detail, LayoutInUse.code)
        return plan

    def tickets_sold(self) -> int:
        return _tickets_to_come(show__auditorium=self.instance.pk)


def _tickets_to_come(**of: int) -> int:
    coming = Ticket.objects.filter(cancelled_at=None, show__starts_at__gt=timezone.now())
    return coming.filter(**of).count()


def _shows_to_delete_first(one: Movie | Auditorium) -> str | None:
    count = one.shows.count()
    if not count:
        return None
    shows = "a show" if count == 1 else f"{count} shows"
    return f"{one} has {shows}. Delete them first; those with bookings are kept."


def _without_blank_ends(plan: str) -> str:
    return "\n".join(line.rstrip() for line in plan.rstrip().splitlines())


@admin.register(Auditorium)
class AuditoriumAdmin(ServiceAdmin):
    """Auditoriums, with a picture of what their plan draws."""

    form = AuditoriumForm
    list_display = ["name", "capacity"]
    search_fields = ["name"]
    readonly_fields = ["capacity", "layout"]

    class Media:
        css = {"all": ["css/admin.css"]}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Auditorium]:
        return listed(super().get_queryset(request))

    @admin.display(description="Layout")
    def layout(self, auditorium: Auditorium) -> SafeString | str:
        """Return a drawing of the seats, the screen on top."""
        if not auditorium.pk:
            return "The seats are drawn here once the auditorium is saved."
        context = {"name": auditorium.name, "layout": seat_map.layout(auditorium)}
        return render_to_string("admin/booking/auditorium/layout.html", context)

    def reason_to_keep(self, one: Auditorium) -> str | None:
        return _shows_to_delete_first(one)

    def save_model(self, request: HttpRequest, obj: Auditorium, form: Any, change: bool) -> None:
        if change:
            now = timezone.now()
            change_auditorium(auditorium_id=obj.pk, name=obj.name, plan=obj.plan, now=now)
        else:
            obj.pk = create_auditorium(name=obj.name, plan=obj.plan).pk
