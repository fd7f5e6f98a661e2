"""Booking a seat, the seats of a show, and its page."""

from typing import Any

from django.db import transaction
from django.shortcuts import get_object_or_404
from django.urls import path
from rest_framework import generics, serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from benchmarks.peers.textbook import pages
from benchmarks.peers.textbook.models import Booking, Seat, Show


class SeatSerializer(serializers.ModelSerializer[Seat]):
    """A seat."""

    class Meta:
        model = Seat
        fields = ["id", "seat_number", "row", "position", "kind", "is_available"]


class BookingSerializer(serializers.ModelSerializer[Booking]):
    """A booking."""

    class Meta:
        model = Booking
        fields = ["id", "show", "seat_number", "created_at"]
        read_only_fields = ["show", "created_at"]


class Book(APIView):
    """Lock the show, check that the seat is free, insert the booking."""

    permission_classes = [IsAuthenticated]

    def post(self, request: Request, show_id: int) -> Response:
        """Book one seat."""
        serializer = BookingSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        seat_number = serializer.validated_data["seat_number"]
        with transaction.atomic():
            show = get_object_or_404(Show._default_manager.select_for_update(), pk=show_id)
            if not 1 <= seat_number <= show.capacity:
                return Response({"detail": "There is no such seat."}, 400)
            if Booking._default_manager.filter(show=show, seat_number=seat_number).exists():
                return Response({"detail": "This seat is taken."}, 409)
            serializer.save(user=request.user, show=show)
        return Response(serializer.data, 201)


class Seats(generics.ListAPIView[Seat]):
    """All seats of a show."""

    serializer_class = SeatSerializer

    def get_queryset(self) -> Any:
        """Return the seats of the show."""
        return Seat._default_manager.filter(show_id=self.kwargs["show_id"])


urlpatterns = [
    path("api/shows/<int:show_id>/book/", Book.as_view()),
    path("api/shows/<int:show_id>/seats/", Seats.as_view()),
    path("shows/<int:show_id>/", pages.show, name="show"),
    path("shows/<int:show_id>/hold/", pages.hold),
    path("shows/<int:show_id>/book/", pages.book, name="book"),
]
