"""Where everything is."""

from csp.constants import SELF, UNSAFE_INLINE
from csp.decorators import csp_update
from django.contrib import admin
from django.urls import include, path, re_path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from booking.api.views.base import Nowhere
from cinema.accounts.pages import AdminSignIn
from cinema.health import health

# Swagger UI writes style attributes and carries its icons in its style sheet.
swagger_policy = csp_update({"style-src": [SELF, UNSAFE_INLINE], "img-src": [SELF, "data:"]})
swagger = swagger_policy(SpectacularSwaggerSplitView.as_view(authentication_classes=[]))

handler400 = "cinema.handlers.bad_request"

urlpatterns = [
    path("api/", include("booking.api.urls")),
    path("api/", include("cinema.accounts.api.urls")),
    path("api/schema/", SpectacularAPIView.as_view(authentication_classes=[]), name="schema"),
    re_path("^api/", Nowhere.as_view()),
    path("accounts/", include("cinema.accounts.page_urls")),
    path("admin/login/", AdminSignIn.as_view()),
    path("admin/", admin.site.urls),
    path("swagger/", swagger, name="swagger"),
    path("health/", health, name="health"),
    path("", include("booking.pages.urls")),
]
