"""Where the account endpoints are."""

from django.urls import path

from cinema.accounts.api.views import LogIn, LogOut, Me, Refresh, SignUp

app_name = "accounts"
urlpatterns = [
    path("signup/", SignUp.as_view(), name="signup"),
    path("login/", LogIn.as_view(), name="login"),
    path("me/", Me.as_view(), name="me"),
    path("token/refresh/", Refresh.as_view(), name="refresh"),
    path("logout/", LogOut.as_view(), name="logout"),
]
