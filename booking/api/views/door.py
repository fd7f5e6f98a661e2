"""Letting people in."""

from typing import Any

from django.utils import timezone
from django.utils.http import http_date
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.authentication import SessionAuthentication
from rest_framework.permissions import BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from booking.api import examples
from booking.api.refusals import refusals_of
from booking.door_bodies import AdmissionSerializer, DoorListSerializer
from booking.errors import NotAtTheDoor, NotAtTheTill
from booking.inputs import AdmitSerializer
from booking.models import ADMIT, TAKE_MONEY
from booking.selectors import door
from booking.services.admission import admit, undo_admission
from foundation.web.clients import member
from foundation.web.views import ID_TYPE, ApiView, etag_of, has_current, not_modified

TAGS = ["Door"]
ADMISSION_ID = OpenApiParameter(
    "admission_id", ID_TYPE, OpenApiParameter.PATH, description="The id that admitting gave."
)


class WorksAtTheDoor(BasePermission):
    """Lets in whoever lets others in."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if not request.user.has_perm(ADMIT):
            raise NotAtTheDoor
        return True


class DoorView(ApiView):
    """Staff at the door call it, with an access token or from the door's own page."""

    authentication_classes = [*ApiView.authentication_classes, SessionAuthentication]
    permission_classes = [IsAuthenticated, WorksAtTheDoor]


class Admit(DoorView):
    """Admitting tickets."""

    errors = (NotAtTheDoor(), NotAtTheTill(), *refusals_of(admit))

    @extend_schema(
        operation_id="admit_ticket",
        tags=TAGS,
        summary="Let somebody in",
        description=(
            "Admit the ticket with this code, or that of a reference and seat, to this show: each "
            "once. Where the booking is not paid for, a 409 `unpaid` says what is `due`; send that "
            "`amount` and the `method` along to take it and let them in. Whoever is let in by "
            "mistake can be [let out again](#undo_admission)."
        ),
        request=AdmitSerializer,
        responses={201: AdmissionSerializer},
        examples=[examples.ADMIT, examples.ADMISSION],
    )
    def post(self, request: Request) -> Response:
        wanted = AdmitSerializer.checked(request.data)
        if "amount" in wanted and not request.user.has_perm(TAKE_MONEY):
            raise NotAtTheTill
        show_id = wanted.pop("show")
        admission = admit(show_id=show_id, by=member(request), now=timezone.now(), **wanted)
        return Response(AdmissionSerializer.of(admission), 201)


class UndoAdmission(DoorView):
    """Taking an admission back."""

    errors = (NotAtTheDoor(), *refusals_of(undo_admission))

    @extend_schema(
        operation_id="undo_admission",
        tags=TAGS,
        summary="Undo an admission",
        description="The ticket can be admitted again. What is undone already stays so.",
        parameters=[ADMISSION_ID],
        request=None,
        responses=AdmissionSerializer,
        examples=[examples.UNDONE_ADMISSION],
    )
    def post(self, request: Request, admission_id: int) -> Response:
        undone = undo_admission(admission_id=admission_id, by=member(request), now=timezone.now())
        return Response(AdmissionSerializer.of(undone))


class DoorList(DoorView):
    """The tickets of a show."""

    errors = (NotAtTheDoor(), *refusals_of(door.door_list))

    @extend_schema(
        operation_id="list_tickets_of_show",
        tags=TAGS,
        summary="The list of a show",
        description=(
            "All live tickets of a show, and who of them is in. The ETag changes with any of it, "
            "so a door that asks again and again mostly gets a 304. Keep the list to yourself: "
            "whoever has a code gets in."
        ),
        responses={200: DoorListSerializer, 304: None},
        examples=[examples.DOOR_LIST],
    )
    def get(self, request: Request, show_id: int) -> Response:
        # The door goes by our clock while it can't ask; nginx tells the time, Daphne does not.
        date = http_date()
        etag = etag_of(f"{show_id}-{door.door_list_name(show_id)}")
        if has_current(request, etag):
            return not_modified({"ETag": etag, "Date": date})
        found = door.door_list(show_id)
        headers = {"ETag": etag_of(f"{show_id}-{found.name}"), "Date": date}
        return Response(DoorListSerializer.of(found), headers=headers)
