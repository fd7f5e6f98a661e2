"""Signing up and in with a browser: sessions and CSRF, where API clients use tokens."""

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth import authenticate, get_user_model, login
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.forms import PasswordChangeForm, SetPasswordForm
from django.contrib.auth.views import (
    LoginView,
    LogoutView,
    PasswordChangeView,
    PasswordResetConfirmView,
    PasswordResetView,
    RedirectURLMixin,
)
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.generic import FormView, View
from django.views.generic.base import TemplateResponseMixin
from rest_framework.exceptions import Throttled

from cinema.accounts.letters import confirmed_in, reset_tokens
from cinema.accounts.services import ask_for_reset, confirm_email, sign_up
from foundation.web.clients import address_of, forget_browser
from foundation.web.throttling import (
    ClientThrottle,
    LoginThrottle,
    ResetThrottle,
    SignupThrottle,
    throttled,
)


class LimitedFormView(FormView):  # type: ignore[type-arg]  # takes no argument at run time
    """Answers a form with 429 when there were too many of its sender's address, or account."""

    throttle: type[ClientThrottle]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        seconds = throttled(request, self.throttle)
        if seconds is None:
            try:
                return self.judge(request, *args, **kwargs)
            except Throttled as refusal:
                seconds = float(vars(refusal)["wait"])
        empty = {k: v for k, v in self.get_form_kwargs().items() if k not in ("data", "files")}
        form = self.get_form_class()(**empty)
        context = self.get_context_data(form=form, too_many=True)
        headers = {"Retry-After": str(round(seconds) + 1)}
        return self.render_to_response(context, status=429, headers=headers)

    def judge(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Answer a form that is within the limit."""
        return super().post(request, *args, **kwargs)


class SignIn(LimitedFormView, LoginView):
    """Signs a moviegoer in and leads back to where they came from."""

    template_name = "accounts/login.html"
    redirect_authenticated_user = True
    throttle = LoginThrottle


class AdminSignIn(SignIn):
    """Gives staff the admin's own form, within the same limit."""

    redirect_authenticated_user = False

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return admin.site.login(request)

    def judge(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return admin.site.login(request)


class SignUpForm(forms.Form):
    """Takes a user name, a password and maybe an e-mail address; the service judges them."""

    username = forms.CharField(max_length=150)
    password = forms.CharField(max_length=128, strip=False)
    email = forms.CharField(max_length=254, required=False)


class SignUp(RedirectURLMixin, LimitedFormView):
    """Makes an account, signs its owner in and leads back to where they came from."""

    template_name = "accounts/signup.html"
    form_class = SignUpForm
    next_page = "landing"
    throttle = SignupThrottle

    def form_valid(self, form: forms.Form) -> HttpResponse:
        try:
            address = address_of(self.request)
            user = sign_up(now=timezone.now(), address=address, **form.cleaned_data)
        except ValidationError as error:
            return self.form_invalid(_with_errors(form, error.message_dict))
        login(self.request, user)
        return redirect(self.get_success_url())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(next=self.get_redirect_url(), **kwargs)


def _with_errors(form: forms.Form, errors: Mapping[str, list[str]]) -> forms.Form:
    for field, said in errors.items():
        for message in said:
            form.add_error(field if field in form.fields else None, message)
    return form


@method_decorator(never_cache, name="dispatch")
class ConfirmEmail(TemplateResponseMixin, View):
    """Confirms an address by a button: what follows links in mails, such as scanners, does not."""

    template_name = "accounts/confirm_email.html"
    confirm: Callable[..., bool] = staticmethod(confirm_email)

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        """Say which address the link confirms, while it is good."""
        said = confirmed_in(token)
        context = {"email": said and said["email"]}
        return self.render_to_response(context, status=200 if said else 410)

    def post(self, request: HttpRequest, token: str) -> HttpResponse:
        said = confirmed_in(token)
        if said is not None and self.confirm(user_id=said["user"], email=said["email"]):
            messages.success(request, f"{said['email']} is confirmed.")
            return redirect("landing")
        return self.render_to_response({"email": None}, status=410)


class AskedAgain:
    """A form that takes the password of whoever is signed in once more."""

    cleaned_data: dict[str, Any]

    def __init__(self, *args: Any, request: HttpRequest, **options: Any) -> None:
        super().__init__(*args, **options)
        self.request = request

    def checked(self, field: str) -> str:
        """Check it, within the count of attempts. Raises ValidationError, Throttled."""
        password: str = self.cleaned_data[field]
        name = self.request.user.get_username()
        if authenticate(self.request, username=name, password=password) is None:
            raise ValidationError("This is not your password.")
        return password


class PasswordForm(AskedAgain, forms.Form):
    """Takes the password, and nothing else."""

    password = forms.CharField(max_length=128, strip=False)

    def clean_password(self) -> str:
        return self.checked("password")


class PasswordAlone:
    """Writes the new password of a form of Django's, and nothing else that the form read before."""

    def save(self, commit: bool = True) -> Any:
        user: AbstractBaseUser = super().save(commit=False)  # type: ignore[misc]
        # No row of somebody who was erased meanwhile comes back.
        get_user_model().objects.filter(pk=user.pk).update(password=user.password)
        return user


class OwnPasswordForm(AskedAgain, PasswordAlone, PasswordChangeForm):
    """Asks for the password of now as well."""

    def clean_old_password(self) -> str:
        return self.checked("old_password")


class LostPasswordForm(PasswordAlone, SetPasswordForm):  # type: ignore[type-arg]  # takes no argument at run time
    """Asks for a new password only."""


class ChangePassword(LimitedFormView, PasswordChangeView):
    """Changes the password, by Django's form."""

    template_name = "accounts/password.html"
    form_class = OwnPasswordForm
    success_url = reverse_lazy("account")
    throttle = LoginThrottle

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "request": self.request}

    def form_valid(self, form: Any) -> HttpResponse:
        messages.success(self.request, "Your password is changed.")
        return super().form_valid(form)


class ResetForm(forms.Form):
    """Takes an address, and says nothing of whether anybody has it."""

    email = forms.EmailField(max_length=254)

    def clean_email(self) -> str:
        """Return it in lower case, which may be longer. Raises ValidationError."""
        email: str = self.cleaned_data["email"].lower()
        self.fields["email"].run_validators(email)
        return email

    def save(self, **options: Any) -> None:
        """Ask for a link to be sent there; the worker finds out whether it is anybody's."""
        ask_for_reset(email=self.cleaned_data["email"], now=timezone.now())


class ForgottenPassword(LimitedFormView, PasswordResetView):
    """Sends a link to a new password."""

    template_name = "accounts/reset.html"
    form_class = ResetForm  # type: ignore[assignment]  # all that the view calls is `save`
    success_url = reverse_lazy("password-reset-asked")
    throttle = ResetThrottle


def reset_asked(request: HttpRequest) -> HttpResponse:
    """Say that a link is on its way, if there is anybody who gets it."""
    return render(request, "accounts/reset.html", {"asked": True})


class NewPassword(PasswordResetConfirmView):
    """Sets a new password behind the link of a mail, by Django's form."""

    template_name = "accounts/reset_confirm.html"
    form_class = LostPasswordForm
    token_generator = reset_tokens
    success_url = reverse_lazy("login")

    def form_valid(self, form: Any) -> HttpResponse:
        messages.success(self.request, "Your password is changed. Sign in with the new one.")
        return super().form_valid(form)


class SignOut(LogoutView):
    """Signs out; whoever uses the browser next finds nothing that was kept for it."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = super().post(request, *args, **kwargs)
        forget_browser(response)
        return response
