"""Price lists with their types of ticket."""

from hashlib import sha256
from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest
from django.utils import timezone

from booking.admin.amounts import AmountField
from booking.admin.base import ServiceAdmin
from booking.admin.forms import CarefulForm
from booking.models import PriceList, TicketType
from booking.services.price_lists import TypeGiven, save_price_list, shows_to_come
from foundation.canonical import canonical

SHOWS_NAMED = 5
TYPES = "types"


class PriceListForm(CarefulForm):
    """A list; it says first which shows change with it, and minds that others change its types."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        types = canonical(self.instance.facts["ticket_types"] if self.instance.pk else [])
        self.types = sha256(types.encode()).hexdigest()
        self.initial["seen"] = {**self.stored, TYPES: self.types}

    def clean(self) -> dict[str, Any]:
        """Refuse to overwrite types that somebody else has changed. Raises ValidationError."""
        seen = self.cleaned_data.get("seen")
        if isinstance(seen, dict) and seen.get(TYPES, self.types) != self.types:
            raise ValidationError(
                "Somebody else has changed the types of ticket meanwhile. Open the list again to "
                "see them.",
                "changed_meanwhile",
            )
        return super().clean()

    def question(self) -> str:
        """Return which shows change with the list, if some do."""
        shows = shows_to_come(self.instance, timezone.now()).select_related("movie")
        names = [str(show) for show in shows.order_by("starts_at", "pk")]
        if not names:
            return ""
        named = "; ".join(names[:SHOWS_NAMED])
        more = f"; and {len(names) - SHOWS_NAMED} more" if len(names) > SHOWS_NAMED else ""
        changes = "1 show changes" if len(names) == 1 else f"{len(names)} shows change"
        return f"{changes} with this list: {named}{more}. Tickets that are sold keep their price."


class TicketTypeInline(admin.TabularInline):  # type: ignore[type-arg]  # takes no argument at run time
    """The types of ticket of a list."""

    model = TicketType
    fields = ["name", "code", "price", "premium_surcharge", "position"]
    prepopulated_fields = {"code": ["name"]}
    formfield_overrides = {models.DecimalField: {"form_class": AmountField}}
    extra = 1


@admin.register(PriceList)
class PriceListAdmin(ServiceAdmin):
    """Price lists."""

    form = PriceListForm
    fields = ["name", "vat_rate", "companions_free", "seen", "confirm"]
    inlines = [TicketTypeInline]
    list_display = ["name", "vat_rate", "companions_free"]
    search_fields = ["name"]

    class Media:
        css = {"all": ["css/admin.css"]}

    def reason_to_keep(self, one: PriceList) -> str | None:
        count = one.shows.count()
        shows = "A show uses" if count == 1 else f"{count} shows use"
        return f"{shows} {one}. Past shows keep their list, too." if count else None

    def save_model(self, request: HttpRequest, obj: PriceList, form: Any, change: bool) -> None:
        """Leave it to `save_related`: a list and its types are saved at once."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Save a list through its service, which tells the shows to come."""
        [formset] = formsets
        formset.save(commit=False)  # only notes what has changed, for the history
        kept = [
            one.cleaned_data
            for one in formset.forms
            if one.cleaned_data.get("code") and one not in formset.deleted_forms
        ]
        form.instance.pk = save_price_list(
            price_list_id=form.instance.pk,
            types=[
                TypeGiven(one["code"], one["name"], one["price"], one["premium_surcharge"])
                for one in sorted(kept, key=_position)
            ],
            now=timezone.now(),
            **form.cleaned_data,
        ).pk


def _position(ticket_type: dict[str, Any]) -> int:
    position: int = ticket_type["position"]
    return position
