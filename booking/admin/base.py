"""What the pages of the staff share."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.views.main import ERROR_FLAG
from django.db import DataError, IntegrityError, models
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponseRedirect

from booking.admin.amounts import AmountField
from booking.admin.forms import OWN
from booking.admin.moments import MomentField, MomentWidget
from foundation.db.locks import lock
from foundation.errors import Refusal


class SteadyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # takes no argument at run time
    """Takes times by the cinema's clock, and no filter and no selection amiss."""

    formfield_overrides = {
        models.DateTimeField: {"form_class": MomentField, "widget": MomentWidget},
        models.DecimalField: {"form_class": AmountField},
    }
    list_per_page = 50
    # Nobody needs to know how many there are without the search, and it takes a count of all.
    show_full_result_count = False

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Show the list, or answer as Django does to an impossible filter or row number."""
        try:
            if all(one.isdecimal() for one in request.POST.getlist(ACTION_CHECKBOX_NAME)):
                return super().changelist_view(request, *args, **kwargs)
        except (OverflowError, DataError):
            pass
        return HttpResponseRedirect(f"{request.path}?{ERROR_FLAG}=1")


class ServiceAdmin(SteadyAdmin):
    """Shows what a service refuses, and names the things to delete without their seats."""

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Answer a refusal with the form as it was sent, and the reason."""
        try:
            return super().changeform_view(request, *args, **kwargs)
        except Refusal as error:
            request.refusal = error  # type: ignore[attr-defined]  # for get_form
        except IntegrityError:
            pass  # somebody else inserted the row first, which the form sees when it looks again
        return super().changeform_view(request, *args, **kwargs)

    def get_form(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Return the form, which shows the refusal if there was one."""
        form = super().get_form(request, *args, **kwargs)
        refusal = getattr(request, "refusal", None)
        return type(form.__name__, (form,), {"refusal": refusal}) if refusal else form

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Return the fields, the form's own only to those who may send it."""
        fields = super().get_fields(request, obj)
        if obj is not None and self.has_change_permission(request, obj):
            return fields
        return [name for name in fields if name not in OWN]

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Any:
        """Return what the page is about; while it is being saved nobody else saves it."""
        if request.method == "POST":
            lock(f"editing {self.opts.label} {object_id}")
        return super().get_object(request, object_id, from_field)

    def reason_to_keep(self, one: Any) -> str | None:
        """Return why this can't be deleted, if so."""
        return None

    def get_deleted_objects(
        self, objs: Sequence[Model] | QuerySet[Model], request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[Any]]:
        """Return these objects by name and the rest by count, or the reasons to keep some."""
        names = [str(one) for one in objs]
        if reasons := [reason for one in objs if (reason := self.reason_to_keep(one))]:
            return names, {}, set(), reasons
        _, counts, missing, protected = super().get_deleted_objects(objs, request)
        return names, counts, missing, protected

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Ask, and delete, unless what must be kept has come between."""
        return self._unless_used(request, super().delete_view, *args, **kwargs)

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Show the list and do its actions, unless what must be kept has come between."""
        return self._unless_used(request, super().changelist_view, *args, **kwargs)

    def _unless_used(self, request: HttpRequest, view: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return view(request, *args, **kwargs)
        except (models.ProtectedError, models.RestrictedError, IntegrityError):
            self.message_user(
                request, "Somebody has just come to use it. Nothing was deleted.", messages.ERROR
            )
            return HttpResponseRedirect(request.get_full_path())
