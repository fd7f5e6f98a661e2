"""Where the account pages are."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from cinema.accounts.pages import SignIn, SignUp

urlpatterns = [
    path("login/", SignIn.as_view(), name="login"),
    path("signup/", SignUp.as_view(), name="signup"),
    path("logout/", LogoutView.as_view(), name="logout"),
]
