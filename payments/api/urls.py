"""Where the API's endpoints of payments are; that for providers is in no index."""

from django.urls import path

from payments.api import views

app_name = "payments-api"
urlpatterns = [
    path("holds/<str:hold_token>/pay/", views.Pay.as_view(), name="pay-for-hold"),
    path("payments/<str:payment>/", views.Payment.as_view(), name="payment"),
    path("payments/notify/<str:provider>/", views.Notify.as_view(), name="notify"),
]
FOR_CLIENTS = urlpatterns[:-1]
