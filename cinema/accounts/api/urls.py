"""Where the account endpoints are."""

from django.urls import path

from cinema.accounts.api.views import LogIn, LogOut, Refresh, SignUp

app_name = "accounts"
urlpatterns = [
    path("signup/", SignUp.as_view(), name="signup"),
    path("login/", LogIn.as_view(), name="login"),
    path("token/refresh/", Refresh.as_view(), name="refresh"),
    path("logout/", LogOut.as_view(), name="logout"),
]
