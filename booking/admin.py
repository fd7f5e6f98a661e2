"""The box office for its staff; what a service does is done by the service here, too."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import Count, Model, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST

from booking.errors import BookingError, InvalidPlan, LayoutInUse
from booking.models import Auditorium, Booking, Movie, Show, ShowSeat, State
from booking.selectors import bookings, seat_map
from booking.services.auditoriums import change_auditorium, create_auditorium, seats_of_plan
from booking.services.bookings import cancel_booking_as_staff
from booking.services.shows import create_show

admin.site.site_header = admin.site.site_title = "Front Row box office"
admin.site.index_title = "Box office"


class ServiceAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Shows what a service refuses, and names the things to delete without their seats."""

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Answer a refusal with its reason."""
        try:
            return super().changeform_view(request, *args, **kwargs)
        except BookingError as error:
            self.message_user(request, error.detail, messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())

    def get_deleted_objects(
        self, objs: Sequence[Model] | QuerySet[Model], request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[Any]]:
        """Return what would be deleted: by name these objects, by count the rest."""
        _, counts, missing, protected = super().get_deleted_objects(objs, request)
        return [str(one) for one in objs], counts, missing, protected


@admin.register(Movie)
class MovieAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Movies."""

    list_display = ["title", "duration_minutes", "certificate"]
    search_fields = ["title"]


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


@admin.register(Show)
class ShowAdmin(ServiceAdmin):
    """Shows, with how well they sell."""

    list_display = ["movie", "auditorium", "starts_at", "price", "sold"]
    list_filter = ["movie", "auditorium"]
    date_hierarchy = "starts_at"
    ordering = ["-starts_at"]
    fields = ["movie", "auditorium", "starts_at", "price", "premium_surcharge"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Show]:
        """Return the shows with movie, auditorium and `sold_seats`, in one query."""
        sold = (
            ShowSeat.objects.filter(show=OuterRef("pk"), state=State.BOOKED)
            .order_by()
            .values("show")
            .annotate(count=Count("pk"))
            .values("count")
        )
        shows: QuerySet[Show] = super().get_queryset(request)
        return shows.select_related("movie", "auditorium").annotate(
            sold_seats=Coalesce(Subquery(sold), 0)
        )

    @admin.display(description="Seats sold", ordering="sold_seats")
    def sold(self, show: Any) -> str:
        """Return the seats sold, of how many."""
        return f"{show.sold_seats} / {show.auditorium.capacity}"

    def get_readonly_fields(self, request: HttpRequest, obj: Show | None = None) -> list[str]:
        """Return the auditorium once the show's seats were made from it."""
        return ["auditorium"] if obj else []

    def has_delete_permission(self, request: HttpRequest, obj: Show | None = None) -> bool:
        """Refuse to delete a show that somebody booked, also when that was cancelled."""
        allowed = super().has_delete_permission(request, obj)
        return allowed and not (obj and obj.bookings.exists())

    def save_model(self, request: HttpRequest, obj: Show, form: Any, change: bool) -> None:
        """Create a show through its service, which makes its seats."""
        if change:
            super().save_model(request, obj, form, change)
        else:
            obj.pk = create_show(**form.cleaned_data).pk


@admin.register(Booking)
class BookingAdmin(ServiceAdmin):
    """Bookings, to read and to cancel."""

    list_display = ["reference", "user", "show", "seats", "created_at", "status"]
    list_filter = [("cancelled_at", admin.EmptyFieldListFilter), "show__movie"]
    date_hierarchy = "created_at"
    search_fields = ["reference", "user__username"]
    fields = ("reference", "user", "show", "seats", "total", "created_at", "cancelled_at")
    readonly_fields = fields
    actions = ["cancel_bookings"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Booking]:
        """Return the bookings with all that the list shows."""
        return bookings.bookings().select_related("user")

    @admin.display
    def seats(self, booking: Booking) -> str:
        """Return the labels of the seats."""
        return ", ".join(ticket.seat.label for ticket in booking.tickets.all())

    @admin.display
    def total(self, booking: Booking) -> str:
        """Return the price of all tickets."""
        return f"€{sum(ticket.price for ticket in booking.tickets.all()):.2f}"

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Leave booking to moviegoers."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Booking | None = None) -> bool:
        """Leave bookings as they are."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Booking | None = None) -> bool:
        """Keep bookings: they are cancelled, not deleted."""
        return False

    def has_cancel_permission(self, request: HttpRequest) -> bool:
        """Let those cancel who may change bookings."""
        return request.user.has_perm("booking.change_booking")

    @admin.action(description="Cancel the selected bookings", permissions=["cancel"])
    def cancel_bookings(self, request: HttpRequest, chosen: QuerySet[Booking]) -> None:
        """Cancel each booking that can be cancelled, and say so of each."""
        for booking in chosen:
            self._cancel(request, booking)

    def get_urls(self) -> list[URLPattern]:
        """Return the admin's URLs, and that of the button that cancels."""
        cancel = self.admin_site.admin_view(self.cancel_view)
        own = path("<int:booking_id>/cancel/", cancel, name="booking_booking_cancel")
        return [own, *super().get_urls()]

    @method_decorator(require_POST)
    def cancel_view(self, request: HttpRequest, booking_id: int) -> HttpResponse:
        """Cancel one booking and show it again; outside the transaction of a change form."""
        if not self.has_cancel_permission(request):
            return redirect("admin:index")
        booking = self.get_object(request, str(booking_id))
        if booking is not None:
            self._cancel(request, booking)
        return redirect("admin:booking_booking_change", booking_id)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show the booking, and the button that cancels it to those who may."""
        extra = (extra_context or {}) | {"may_cancel": self.has_cancel_permission(request)}
        return super().change_view(request, object_id, form_url, extra)

    def _cancel(self, request: HttpRequest, booking: Booking) -> None:
        try:
            cancel_booking_as_staff(booking_id=booking.pk, now=timezone.now())
        except BookingError as error:
            self.message_user(request, f"{booking.reference}: {error.detail}", messages.ERROR)
        else:
            self.log_change(request, booking, "Cancelled.")
            self.message_user(request, f"{booking.reference} is cancelled.", messages.SUCCESS)
