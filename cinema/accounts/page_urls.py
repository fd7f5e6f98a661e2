"""Where the account pages are."""

from django.urls import path

from cinema.accounts.pages import (
    ChangePassword,
    ForgottenPassword,
    NewPassword,
    SignIn,
    SignOut,
    SignUp,
    reset_asked,
)

urlpatterns = [
    path("login/", SignIn.as_view(), name="login"),
    path("signup/", SignUp.as_view(), name="signup"),
    path("logout/", SignOut.as_view(), name="logout"),
    path("password/", ChangePassword.as_view(), name="password-change"),
    path("reset/", ForgottenPassword.as_view(), name="password-reset"),
    path("reset/asked/", reset_asked, name="password-reset-asked"),
    path("reset/<str:uidb64>.<str:token>/", NewPassword.as_view(), name="password-reset-confirm"),
]
