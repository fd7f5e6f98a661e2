"""Forms for moviegoers who come with a browser."""

from django import forms
from django.contrib.auth import get_user_model, password_validation
from django.core.exceptions import ValidationError

User = get_user_model()


class SignUpForm(forms.ModelForm):  # type: ignore[type-arg]
    """Makes an account from a user name and a password."""

    password = forms.CharField(strip=False, max_length=128)

    class Meta:
        model = User
        fields = ["username"]

    def _post_clean(self) -> None:
        # Here, as in Django's own forms, because the instance has the user name by now.
        super()._post_clean()  # type: ignore[misc]
        password = self.cleaned_data.get("password")
        if password:
            try:
                password_validation.validate_password(password, self.instance)
            except ValidationError as error:
                self.add_error("password", error)

    def save(self, commit: bool = True) -> object:
        self.instance.set_password(self.cleaned_data["password"])
        return super().save(commit)
