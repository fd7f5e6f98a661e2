"""The box office for its staff; what a service does is done by the service here, too."""

from django.contrib import admin

from booking.admin import bookings, catalogue, price_lists, shows  # noqa: F401  (they register themselves)

admin.site.site_header = admin.site.site_title = "Front Row box office"
admin.site.index_title = "Box office"
