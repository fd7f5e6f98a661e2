"""Forms for moviegoers who come with a browser."""

from django import forms


class SignUpForm(forms.Form):
    """Takes a user name and a password; the service judges them."""

    username = forms.CharField(max_length=150)
    password = forms.CharField(max_length=128, strip=False)
