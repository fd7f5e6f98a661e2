"""The log of a show's seat map, chained so that anyone can check it."""

from urllib.parse import urlencode

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from booking.api import examples
from booking.api.refusals import refusals_of
from booking.api.views.seat_map import ETAG, IF_NONE_MATCH, NOT_MODIFIED, REVALIDATE, TAGS
from booking.inputs import LOG_ENTRIES, LogRangeSerializer
from booking.log_bodies import LogPageSerializer
from booking.selectors.log import log_page
from foundation.web.views import PublicView, etag_of, has_current, not_modified


class ShowChanges(PublicView):
    """The entries of a show's log."""

    errors = refusals_of(log_page)

    @extend_schema(
        operation_id="list_changes",
        tags=TAGS,
        summary="The log of a show's seat map",
        description=(
            "Every change from the first on, each with a digest that covers it and all before it, "
            f"so that anyone can check that none was altered. At most {LOG_ENTRIES:,} entries a "
            "page. A page that another follows stays as it is, unless history is rewritten: its "
            "ETag is the version and the digest that it ends with."
        ),
        parameters=[LogRangeSerializer, IF_NONE_MATCH, ETAG],
        responses={200: LogPageSerializer, 304: NOT_MODIFIED},
        examples=[examples.LOG],
    )
    def get(self, request: Request, show_id: int) -> Response:
        page = log_page(show_id, **LogRangeSerializer.checked(request.query_params))
        headers = {"ETag": etag_of(page.name), "Cache-Control": REVALIDATE}
        if has_current(request, headers["ETag"]):
            return not_modified(headers)
        following = request.query_params.dict() | {"after": page.end}
        url = None if page.is_last else request.build_absolute_uri(f"?{urlencode(following)}")
        return Response(LogPageSerializer.of(page, next=url), headers=headers)
