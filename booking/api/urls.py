"""Where the API's endpoints are, in the order of the documentation."""

from django.urls import path

from booking.api.views import (
    bookings,
    calling_off,
    catalogue,
    door,
    events,
    holds,
    log,
    seat_map,
    waitlist,
)

app_name = "api"
urlpatterns = [
    path("movies/", catalogue.Movies.as_view(), name="movies"),
    path("movies/<id:movie_id>/", catalogue.Movie.as_view(), name="movie"),
    path("movies/<id:movie_id>/shows/", catalogue.MovieShows.as_view(), name="movie-shows"),
    path("shows/", catalogue.Shows.as_view(), name="shows"),
    path("shows/events/", events.HouseEvents.as_view(), name="house-events"),
    path("shows/<id:show_id>/", catalogue.Show.as_view(), name="show"),
    path("shows/<id:show_id>/seats/", seat_map.ShowSeats.as_view(), name="seats"),
    path("shows/<id:show_id>/changes/", log.ShowChanges.as_view(), name="changes"),
    path("shows/<id:show_id>/events/", events.ShowEvents.as_view(), name="events"),
    path("shows/<id:show_id>/hold/", holds.PlaceHold.as_view(), name="place-hold"),
    path("holds/<str:token>/", holds.Hold.as_view(), name="hold"),
    path("shows/<id:show_id>/waitlist/", waitlist.Waitlist.as_view(), name="waitlist"),
    path("shows/<id:show_id>/book/", bookings.Book.as_view(), name="book"),
    path("auditoriums/<id:auditorium_id>/layout/", seat_map.Layout.as_view(), name="layout"),
    path("bookings/<id:booking_id>/", bookings.Booking.as_view(), name="booking"),
    path("bookings/<id:booking_id>/exchange/", bookings.Exchange.as_view(), name="exchange"),
    path("bookings/<id:booking_id>/cancel/", bookings.Cancel.as_view(), name="cancel-booking"),
    path("my-bookings/", bookings.MyBookings.as_view(), name="my-bookings"),
    path("door/shows/<id:show_id>/", door.DoorList.as_view(), name="door-list"),
    path("door/admit/", door.Admit.as_view(), name="admit"),
    path(
        "door/admissions/<id:admission_id>/undo/",
        door.UndoAdmission.as_view(),
        name="undo-admission",
    ),
    path("shows/<id:show_id>/move/", calling_off.MoveShow.as_view(), name="move-show"),
    path("shows/<id:show_id>/cancel/", calling_off.CancelShow.as_view(), name="cancel-show"),
]
