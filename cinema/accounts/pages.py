"""Signing up, in and out with a browser: sessions and CSRF, where API clients use tokens."""

from typing import Any

from django.contrib.auth import login
from django.contrib.auth.views import LoginView, RedirectURLMixin
from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.generic import FormView

from cinema.accounts.forms import SignUpForm


class SignIn(LoginView):
    """Signs a moviegoer in and leads back to where they came from."""

    template_name = "accounts/login.html"
    redirect_authenticated_user = True


class SignUp(RedirectURLMixin, FormView):  # type: ignore[type-arg]
    """Makes an account, signs its owner in and leads back to where they came from."""

    template_name = "accounts/signup.html"
    form_class = SignUpForm
    next_page = "landing"

    def form_valid(self, form: SignUpForm) -> HttpResponse:
        try:
            with transaction.atomic():
                user = form.save()
        except IntegrityError:
            form.add_error("username", "A user with that username already exists.")
            return self.form_invalid(form)
        login(self.request, user)
        return redirect(self.get_success_url())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(next=self.get_redirect_url(), **kwargs)
