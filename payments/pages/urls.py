"""Where the pages of payments are."""

from django.urls import path

from payments.pages import payments, pretend

urlpatterns = [
    path("shows/<id:show_id>/pay/<slug:way>/", payments.pay, name="pay"),
    path("payments/pretend/<id:pretended_id>/", pretend.card_page, name="pretended-card"),
    path("payments/<str:address>/", payments.payment, name="payment"),
    path("payments/<str:address>/cancel/", payments.cancel, name="cancel-payment"),
]
