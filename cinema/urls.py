"""Where everything is."""

from django.contrib import admin
from django.urls import include, path, re_path

from cinema import account_pages, mail_preview
from cinema.accounts.pages import AdminSignIn, ConfirmEmail, SignOut
from cinema.admin import house_status
from cinema.api_index import Index
from cinema.confirming import confirm_and_claim
from cinema.schema import Schema, swagger
from foundation.web.health import health
from foundation.web.views import Nowhere

handler400 = "foundation.web.handlers.bad_request"
handler404 = "foundation.web.handlers.not_found"
handler500 = "foundation.web.handlers.server_error"

urlpatterns = [
    path("api/", Index.as_view(), name="api-index"),
    path("api/", include("cinema.accounts.api.urls")),
    path("api/", include("payments.api.urls")),
    path("api/", include("booking.api.urls")),
    path("api/schema/", Schema.as_view(), name="schema"),
    re_path("^api/", Nowhere.as_view()),
    path("accounts/", include("cinema.accounts.page_urls")),
    path(
        "accounts/confirm/<str:token>/",
        ConfirmEmail.as_view(confirm=confirm_and_claim),
        name="confirm-email",
    ),
    path("accounts/", account_pages.account, name="account"),
    path("accounts/data/", account_pages.data, name="account-data"),
    path("accounts/email/", account_pages.ChangeEmail.as_view(), name="change-email"),
    path("accounts/delete/", account_pages.Delete.as_view(), name="delete-account"),
    path("admin/login/", AdminSignIn.as_view()),
    path("admin/logout/", SignOut.as_view()),
    path("admin/status/", admin.site.admin_view(house_status), name="house-status"),
    path("admin/", admin.site.urls),
    path("swagger/", swagger, name="swagger"),
    path("health/", health, name="health"),
    path("stage/", include("stage.urls")),
    path("mails/", mail_preview.mails, name="mail-previews"),
    path("mails/<slug:name>/", mail_preview.mail, name="mail-preview"),
    path("", include("payments.pages.urls")),
    path("", include("booking.pages.urls")),
]
