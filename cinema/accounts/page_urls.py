"""Where the account pages are."""

from django.urls import path

from cinema.accounts.pages import ConfirmEmail, SignIn, SignOut, SignUp

urlpatterns = [
    path("login/", SignIn.as_view(), name="login"),
    path("signup/", SignUp.as_view(), name="signup"),
    path("logout/", SignOut.as_view(), name="logout"),
    path("confirm/<str:token>/", ConfirmEmail.as_view(), name="confirm-email"),
]
