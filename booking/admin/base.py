"""What the pages of the staff share."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponseRedirect

from booking.errors import BookingError


# Only the stubs know what a ModelAdmin is of: Django's own class takes no parameter.
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
