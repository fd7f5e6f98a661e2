"""One's account: the address, the data, and the end of it."""

import json
from contextlib import suppress
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from cinema.accounts.pages import LimitedFormView, PasswordForm
from cinema.accounts.services import give_email
from cinema.erasure import erase_user, outlook
from cinema.personal_data import data_of
from foundation.errors import UserNotFound
from foundation.outbox.addresses import mail_address
from foundation.web.throttling import LoginThrottle


@require_safe
@never_cache
@login_required
def account(request: HttpRequest) -> HttpResponse:
    """Show what there is to do with one's account."""
    return render(request, "accounts/account.html")


@require_safe
@never_cache
@login_required
def data(request: HttpRequest) -> HttpResponse:
    """Give all that is known of the user as a file."""
    found = json.dumps(data_of(_user(request)), indent=2, ensure_ascii=False)
    return HttpResponse(
        found,
        content_type="application/json",
        headers={"Content-Disposition": 'attachment; filename="front-row.json"'},
    )


@method_decorator([never_cache, login_required], name="dispatch")
class OwnFormView(LimitedFormView):
    """A form about one's account that wants the password."""

    throttle = LoginThrottle
    form_class = PasswordForm

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "request": self.request}


class EmailForm(PasswordForm):
    """Takes another address, or none."""

    email = forms.CharField(max_length=254, required=False)

    def clean_email(self) -> str:
        """Return the address as it is kept. Raises ValidationError."""
        email: str = self.cleaned_data["email"]
        return email and mail_address(email)


class ChangeEmail(OwnFormView):
    """Gives the account another address, which is asked whether it is right."""

    template_name = "accounts/email.html"
    form_class = EmailForm

    def form_valid(self, form: Any) -> HttpResponse:
        email = form.cleaned_data["email"]
        give_email(user_id=_user(self.request).pk, email=email, now=timezone.now())
        said = "No mails will come any more."
        if email:
            said = f"A mail to {email} asks whether it is yours. Until then nothing changes."
        messages.success(self.request, said)
        return redirect("account")


class Delete(OwnFormView):
    """Erases the account, and says before what that does."""

    template_name = "accounts/delete.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        found = outlook(_user(self.request), now=timezone.now())
        return super().get_context_data(outlook=found, **kwargs)

    def form_valid(self, form: Any) -> HttpResponse:
        with suppress(UserNotFound):  # it was sent twice
            erase_user(user_id=_user(self.request).pk, now=timezone.now())
        logout(self.request)
        messages.success(self.request, "Your account is deleted.")
        return redirect("landing")


def _user(request: HttpRequest) -> Any:
    """Return the user, whom `login_required` let through."""
    return request.user
