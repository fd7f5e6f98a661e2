"""Shows, and the counter of each: its seats, to sell and to block."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone

from booking.admin import counter
from booking.admin.base import ServiceAdmin
from booking.admin.counter import CounterForm
from booking.errors import BookingError
from booking.models import Show, ShowSeat, State
from booking.services.shows import create_show


@admin.register(Show)
class ShowAdmin(ServiceAdmin):
    """Shows, with how well they sell."""

    list_display = ["movie", "auditorium", "starts_at", "price", "sold"]
    list_filter = ["movie", "auditorium"]
    date_hierarchy = "starts_at"
    ordering = ["-starts_at"]
    fields = ["movie", "auditorium", "starts_at", "price", "premium_surcharge", "no_gaps"]

    class Media:
        css = {"all": ["css/admin.css"]}

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

    def get_urls(self) -> list[URLPattern]:
        """Return the admin's URLs, and that of the counter."""
        counter = self.admin_site.admin_view(self.counter_view)
        own = path("<int:show_id>/counter/", counter, name="booking_show_counter")
        return [own, *super().get_urls()]

    def counter_view(self, request: HttpRequest, show_id: int) -> HttpResponse:
        """Show the seats of a show and do with them what the form that was sent says.

        Outside the transaction of a change form: every operation has its own.
        """
        show = self.get_object(request, str(show_id))
        if not self.has_view_permission(request, show):
            raise PermissionDenied
        if show is None:
            raise Http404
        forms = counter.forms_for(show, request)
        if request.method == "POST":
            sent = forms.get(request.POST.get("operation", ""))
            if sent is None:
                raise PermissionDenied
            if sent.is_valid() and self._perform(request, show, sent):
                return redirect("admin:booking_show_counter", show_id)
        context = {
            **self.admin_site.each_context(request),
            **counter.seats_of(show),
            "title": "Counter",
            "subtitle": f"{show.movie}, {timezone.localtime(show.starts_at):%-d %b %Y, %H:%M}",
            "opts": self.opts,
            "original": show,
            "media": self.media,
            "forms": forms.values(),
        }
        return TemplateResponse(request, "admin/booking/show/counter.html", context)

    def _perform(self, request: HttpRequest, show: Show, form: CounterForm) -> bool:
        """Do what a valid form says, and say what became of it."""
        try:
            done = form.perform(now=timezone.now())
        except BookingError as error:
            self.message_user(request, error.detail, messages.ERROR)
            return False
        self.log_change(request, show, done)
        self.message_user(request, done, messages.SUCCESS)
        return True
