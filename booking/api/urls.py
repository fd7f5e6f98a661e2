"""Where the API's endpoints are."""

from django.urls import path

from booking.api.views import bookings, catalogue, holds, line, seat_maps

app_name = "api"
urlpatterns = [
    path("movies/", catalogue.Movies.as_view(), name="movies"),
    path("movies/<id:movie_id>/", catalogue.Movie.as_view(), name="movie"),
    path("movies/<id:movie_id>/shows/", catalogue.MovieShows.as_view(), name="movie-shows"),
    path("shows/", catalogue.Shows.as_view(), name="shows"),
    path("shows/<id:show_id>/", catalogue.Show.as_view(), name="show"),
    path("shows/<id:show_id>/seats/", seat_maps.ShowSeats.as_view(), name="seats"),
    path("shows/<id:show_id>/hold/", holds.PlaceHold.as_view(), name="place-hold"),
    path("shows/<id:show_id>/line/", line.Line.as_view(), name="line"),
    path("holds/<str:token>/", holds.Hold.as_view(), name="hold"),
    path("shows/<id:show_id>/book/", bookings.Book.as_view(), name="book"),
    path("auditoriums/<id:auditorium_id>/layout/", seat_maps.Layout.as_view(), name="layout"),
    path("bookings/<id:booking_id>/", bookings.Booking.as_view(), name="booking"),
    path("bookings/<id:booking_id>/cancel/", bookings.Cancel.as_view(), name="cancel-booking"),
    path("bookings/<id:booking_id>/exchange/", bookings.Exchange.as_view(), name="exchange"),
    path("my-bookings/", bookings.MyBookings.as_view(), name="my-bookings"),
]
