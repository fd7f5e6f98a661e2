"""Where the pages are."""

from django.urls import path

from booking.pages import (
    bookings,
    catalogue,
    crawlers,
    door,
    figures,
    holds,
    log,
    programme,
    seat_list,
    waitlist,
)

urlpatterns = [
    path("", catalogue.landing, name="landing"),
    path("favicon.ico", catalogue.favicon),
    path("robots.txt", crawlers.robots),
    path("sitemap.xml", crawlers.site_map, name="sitemap"),
    path("movies/", programme.movies, name="movies"),
    path("movies/<id:movie_id>/", programme.movie, name="movie"),
    path("shows/<id:show_id>/", catalogue.show, name="show"),
    path("shows/<id:show_id>/list/", seat_list.seat_list, name="seat-list"),
    path("shows/<id:show_id>/log/", log.log, name="log"),
    path("shows/<id:show_id>/hold/", holds.hold, name="hold"),
    path("shows/<id:show_id>/mine/", bookings.mine, name="mine"),
    path("shows/<id:show_id>/waitlist/", waitlist.join, name="join-waitlist"),
    path("shows/<id:show_id>/waitlist/leave/", waitlist.leave, name="leave-waitlist"),
    path("shows/<id:show_id>/waitlist/offer/", waitlist.offer, name="take-offer"),
    path("shows/<id:show_id>/book/", bookings.book, name="book"),
    path("door/", door.doors, name="doors"),
    path("door/worker.js", door.worker, name="door-worker"),
    path("door/<id:show_id>/", door.door, name="door"),
    path("figures/", figures.figures, name="figures"),
    path("figures/shows.csv", figures.shows_table, name="figures-of-shows"),
    path("figures/takings.csv", figures.takings_table, name="figures-of-takings"),
    path("bookings/", bookings.bookings, name="bookings"),
    path("bookings/<slug:reference>/", bookings.booking, name="booking"),
    path("bookings/<slug:reference>/cancel/", bookings.cancel_booking, name="cancel-booking"),
    path("bookings/<slug:reference>/exchange/", bookings.exchange, name="exchange-seats"),
    path("bookings/<slug:reference>/calendar.ics", bookings.calendar, name="booking-calendar"),
]
