"""The box office for its staff; what a service does is done by the service here, too."""

from django.contrib import admin

from booking.admin.bookings import BookingAdmin
from booking.admin.catalogue import AuditoriumAdmin, MovieAdmin
from booking.admin.shows import ShowAdmin

__all__ = ["AuditoriumAdmin", "BookingAdmin", "MovieAdmin", "ShowAdmin"]

admin.site.site_header = admin.site.site_title = "Front Row box office"
admin.site.index_title = "Box office"
