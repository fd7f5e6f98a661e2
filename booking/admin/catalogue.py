"""Movies and auditoriums."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from booking.admin.base import ServiceAdmin
from booking.errors import InvalidPlan, LayoutInUse
from booking.models import Auditorium, Movie
from booking.selectors import seat_map
from booking.services.auditoriums import change_auditorium, create_auditorium, seats_of_plan


# Only the stubs know what a ModelAdmin is of: Django's own class takes no parameter.
@admin.register(Movie)
class MovieAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Movies."""

    list_display = ["title", "duration_minutes", "certificate"]
    search_fields = ["title"]


# Only the stubs know what a ModelForm is of: Django's own class takes no parameter.
class AuditoriumForm(forms.ModelForm):  # type: ignore[type-arg]
    """A name and a plan, checked as the service will check it."""

    plan = forms.CharField(
        strip=False,
        widget=forms.Textarea(
            attrs={"rows": 20, "cols": 80, "class": "plan", "spellcheck": "false"}
        ),
        help_text=(
            "One line is one row, the row nearest the screen first. S is a standard seat, "
            "P premium, W a wheelchair space, C a companion seat, a dot an aisle; "
            "a line without seats is a cross-aisle."
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

    @admin.display(description="Layout")
    def layout(self, auditorium: Auditorium) -> SafeString | str:
        """Return a drawing of the seats, the screen on top."""
        if not auditorium.pk:
            return "The seats are drawn here once the auditorium is saved."
        context = {"layout": seat_map.layout(auditorium)}
        return render_to_string("admin/booking/auditorium/layout.html", context)

    def save_model(self, request: HttpRequest, obj: Auditorium, form: Any, change: bool) -> None:
        """Create or change the auditorium through its service."""
        if change:
            change_auditorium(auditorium_id=obj.pk, name=obj.name, plan=obj.plan)
        else:
            obj.pk = create_auditorium(name=obj.name, plan=obj.plan).pk
