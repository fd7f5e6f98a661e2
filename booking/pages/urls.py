"""Where the pages are."""

from django.urls import path

from booking.pages import holding, line, views

urlpatterns = [
    path("", views.landing, name="landing"),
    path("favicon.ico", views.favicon),
    path("shows/<id:show_id>/", views.show, name="show"),
    path("shows/<id:show_id>/hold/", holding.hold, name="hold"),
    path("shows/<id:show_id>/line/", line.join, name="join-line"),
    path("shows/<id:show_id>/line/leave/", line.leave, name="leave-line"),
    path("shows/<id:show_id>/line/turn/", line.turn, name="turn"),
    path("shows/<id:show_id>/book/", views.book, name="book"),
    path("bookings/", views.bookings, name="bookings"),
    path("bookings/<slug:reference>/", views.booking, name="booking"),
    path("bookings/<slug:reference>/cancel/", views.cancel_booking, name="cancel-booking"),
    path("bookings/<slug:reference>/exchange/", views.exchange, name="exchange-seats"),
    path("bookings/<slug:reference>/calendar.ics", views.booking_calendar, name="booking-calendar"),
]
