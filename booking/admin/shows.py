"""Shows."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from booking.admin.calling_off import CallingOff
from booking.admin.catalogue import listed
from booking.admin.forms import CarefulForm
from booking.admin.moments import column
from booking.models import CALL_OFF, Show, ShowSeat, State, Ticket
from booking.seating.kinds import PRICE_FACTS
from booking.services.shows import change_show, create_show


class ShowForm(CarefulForm):
    """A show; whoever bought tickets agreed to all of it but the rule against gaps."""

    agreed = ("movie", "auditorium", "starts_at", *PRICE_FACTS, "price_list")

    def tickets_sold(self) -> int:
        return Ticket.objects.filter(show=self.instance.pk, cancelled_at=None).count()


@admin.register(Show)
class ShowAdmin(CallingOff):
    """Shows, with how well they sell."""

    form = ShowForm
    list_display = ["movie", "auditorium", "starts", "price", "sold", "state"]
    list_filter = [("auditorium", admin.RelatedOnlyFieldListFilter)]
    search_fields = ["movie__title"]
    date_hierarchy = "starts_at"
    ordering = ["-starts_at"]
    fields = [
        "movie",
        "auditorium",
        "starts_at",
        *PRICE_FACTS,
        "price_list",
        "no_gaps",
        "seen",
        "confirm",
    ]
    starts = column("starts_at", "Starts at")

    class Media:
        css = {"all": ["css/admin.css"]}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Show]:
        """Return the listed shows with movie, auditorium and `sold_seats`, in one query."""
        sold = (
            ShowSeat.objects.filter(show=OuterRef("pk"), state=State.BOOKED)
            .order_by()
            .values("show")
            .annotate(count=Count("pk"))
            .values("count")
        )
        shows: QuerySet[Show] = super().get_queryset(request).filter(is_listed=True)
        return shows.select_related("movie", "auditorium").annotate(
            sold_seats=Coalesce(Subquery(sold), 0)
        )

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer what is not only there for shows that are not listed."""
        kwargs["queryset"] = listed(db_field.related_model.objects.all())
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @admin.display(description="Seats sold", ordering="sold_seats")
    def sold(self, show: Any) -> str:
        return f"{show.sold_seats} / {show.auditorium.capacity}"

    @admin.display
    def state(self, show: Show) -> str:
        if show.cancelled_at:
            return "called off"
        return "moved" if show.moved_at else ""

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Show the form, and where to call the show off to those who may."""
        context["may_call_off"] = request.user.has_perm(CALL_OFF)
        return super().render_change_form(request, context, *args, **kwargs)

    def reason_to_keep(self, one: Show) -> str | None:
        count = one.bookings.count()
        bookings = "a booking" if count == 1 else f"{count} bookings"
        return f"{one} has {bookings}. Bookings are kept, cancelled ones, too." if count else None

    def save_model(self, request: HttpRequest, obj: Show, form: Any, change: bool) -> None:
        if change:
            change_show(show_id=obj.pk, now=timezone.now(), **form.cleaned_data)
        else:
            obj.pk = create_show(**form.cleaned_data).pk
