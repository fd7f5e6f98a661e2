"""What is on."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from booking.api import examples
from booking.api.refusals import refusals_of
from booking.bodies import MovieSerializer, ShowSerializer
from booking.inputs import ShowFilterSerializer
from booking.selectors import catalogue
from foundation.web.views import PublicView

TAGS = ["Catalogue"]


class Movies(PublicView):
    """The movies that are on."""

    @extend_schema(
        operation_id="list_movies",
        tags=TAGS,
        summary="Movies now showing",
        description="All movies that have upcoming shows.",
        responses=MovieSerializer(many=True),
        examples=[examples.MOVIE],
    )
    def get(self, request: Request) -> Response:
        movies = catalogue.now_showing(now=timezone.now())
        return Response(list(map(MovieSerializer.of, movies)))


class Movie(PublicView):
    """One movie."""

    errors = refusals_of(catalogue.movie)

    @extend_schema(
        operation_id="get_movie",
        tags=TAGS,
        summary="A movie",
        description="A movie, whether or not it is on.",
        responses=MovieSerializer,
        examples=[examples.MOVIE],
    )
    def get(self, request: Request, movie_id: int) -> Response:
        return Response(MovieSerializer.of(catalogue.movie(movie_id)))


class MovieShows(PublicView):
    """The shows of one movie."""

    errors = refusals_of(catalogue.movie)

    @extend_schema(
        operation_id="list_shows_of_movie",
        tags=TAGS,
        summary="A movie's upcoming shows",
        description="The movie's shows that have not started, in order of time.",
        responses=ShowSerializer(many=True),
        examples=[examples.SHOW],
    )
    def get(self, request: Request, movie_id: int) -> Response:
        movie = catalogue.movie(movie_id)
        shows = catalogue.upcoming_shows(now=timezone.now(), movie_id=movie.pk)
        return Response(list(map(ShowSerializer.of, shows)))


class Shows(PublicView):
    """All shows."""

    @extend_schema(
        operation_id="list_shows",
        tags=TAGS,
        summary="Upcoming shows",
        description="All shows that have not started, in order of time.",
        parameters=[ShowFilterSerializer],
        responses=ShowSerializer(many=True),
        examples=[examples.SHOW],
    )
    def get(self, request: Request) -> Response:
        wanted = ShowFilterSerializer.checked(request.query_params)
        shows = catalogue.upcoming_shows(
            now=timezone.now(), movie_id=wanted.get("movie"), on=wanted.get("date")
        )
        return Response(list(map(ShowSerializer.of, shows)))


class Show(PublicView):
    """One show."""

    errors = refusals_of(catalogue.show)

    @extend_schema(
        operation_id="get_show",
        tags=TAGS,
        summary="A show",
        description="A show with its seats counted, also when it has started.",
        responses=ShowSerializer,
        examples=[examples.SHOW],
    )
    def get(self, request: Request, show_id: int) -> Response:
        return Response(ShowSerializer.of(catalogue.show(show_id, now=timezone.now())))
