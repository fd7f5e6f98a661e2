"""Forms of the staff that overwrite nobody's work and ask before they change what was sold."""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, ClassVar, cast

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Field, ForeignKey, Model
from django.http import QueryDict
from django.utils.functional import cached_property

from booking.admin.moments import MomentField
from foundation.errors import Refusal
from foundation.instants import moment_in_words

OWN = ("seen", "confirm")
LONGEST_SHOWN = 60


class CarefulForm(forms.ModelForm):  # type: ignore[type-arg]  # takes no argument at run time
    """Checks, when it is sent, that what it shows is still so.

    `seen` are the values that it was opened with. Where somebody else has saved others meanwhile,
    it says so, takes them over where nothing was typed, and waits to be saved again. Where
    something `agreed` changes though tickets were sold, it asks: `confirm` names what was asked. A
    service's `refusal` is shown, with all that was typed.
    """

    seen = forms.JSONField(widget=forms.HiddenInput, required=False)
    confirm = forms.CharField(
        label="Change it all the same", widget=forms.HiddenInput, required=False
    )

    refusal: ClassVar[Refusal | None] = None
    agreed: ClassVar[tuple[str, ...]] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = [name for name in self.fields if name not in OWN]
        self.stored = {
            name: self._model_field(name).value_to_string(self.instance) for name in names
        }
        self.initial["seen"] = self.stored

    def tickets_sold(self) -> int:
        """Return how many tickets were sold by what is `agreed`."""
        return 0

    @cached_property
    def changed_data(self) -> list[str]:
        """The names of the fields that were changed, without those of the form's own."""
        return [name for name in self.fields if name not in OWN and self._is_typed(name)]

    def _is_typed(self, name: str, over: Any = None) -> bool:
        """Tell whether another value was typed than what is stored, or than one it stands over.

        A value that is none, such as a signalling NaN, can't even be compared.
        """
        field, key = self.fields[name], self.add_prefix(name)
        sent = field.widget.value_from_datadict(self.data, self.files, key)
        before = self[name].initial if over is None else over
        return name in self.errors or field.has_changed(before, sent)

    def clean(self) -> dict[str, Any]:
        """Check what is to be saved against what is stored. Raises ValidationError."""
        super().clean()
        seen = self.cleaned_data.pop("seen", None)
        confirmed = self.cleaned_data.pop("confirm", "")
        if self.refusal is not None:
            raise ValidationError(self.refusal.detail, self.refusal.code)
        if self.instance.pk is not None:
            self._keep_fractions_of_seconds()
            theirs = self._changed_by_others(seen if isinstance(seen, dict) else {})
            if theirs:
                self._take_over(theirs)
            elif not self.errors:
                self._ask(confirmed)
        return self.cleaned_data

    def _keep_fractions_of_seconds(self) -> None:
        for name, field in self.fields.items():
            if isinstance(field, MomentField) and name not in self.changed_data:
                self.cleaned_data[name] = getattr(self.instance, name)

    def _model_field(self, name: str) -> "Field[Any, Any]":
        field: Field[Any, Any] = self._meta.model._meta.get_field(name)
        return field

    def _changed_by_others(self, seen: Mapping[str, Any]) -> dict[str, Any]:
        """Return the values seen of those fields that have others now, as the model has them."""
        return {
            name: self._as_stored(name, seen[name])
            for name, stored in self.stored.items()
            if isinstance(seen.get(name), str) and seen[name] != stored
        }

    def _as_stored(self, name: str, text: str) -> Any:
        field = self._model_field(name)
        is_none = isinstance(field, ForeignKey) and text == str(None)
        return None if is_none else field.to_python(text)

    def _copy(self) -> QueryDict:
        """Return what was sent, to be changed."""
        return cast("QueryDict", self.data).copy()

    def _take_over(self, theirs: Mapping[str, Any]) -> None:
        """Show what others changed where nothing was typed over it, and say so."""
        data = self._copy()
        kept = []
        for name, seen in theirs.items():
            if self._is_typed(name, seen):
                kept.append(self._label(name))
            else:
                _put(data, self.add_prefix(name), self.fields[name], self.initial.get(name))
        data[self.add_prefix("seen")] = json.dumps(self.stored)
        self.data = data
        what = "; ".join(
            self._told(name, seen, self.initial.get(name)) for name, seen in theirs.items()
        )
        yours = f" What you typed for {', '.join(kept)} is still here." if kept else ""
        self.add_error(
            None,
            ValidationError(
                f"Somebody else has saved this meanwhile: {what}.{yours} Check it and save again.",
                "changed_meanwhile",
            ),
        )

    def _ask(self, confirmed: str) -> None:
        """Ask whether what was agreed shall be changed, unless just this was confirmed."""
        question = self.question()
        key = sha256(question.encode()).hexdigest()
        if not question or confirmed == key:
            return
        data = self._copy()
        data.pop(self.add_prefix("confirm"), None)
        self.data = data
        self.fields["confirm"].widget = forms.CheckboxInput(attrs={"value": key})
        self.add_error(
            "confirm",
            ValidationError(question, "tickets_sold"),
        )

    def question(self) -> str:
        """Return what is to be confirmed first, or nothing."""
        changes = [name for name in self.agreed if name in self.changed_data]
        sold = self.tickets_sold() if changes else 0
        if not sold:
            return ""
        what = "; ".join(
            self._told(name, self.initial.get(name), self.cleaned_data[name]) for name in changes
        )
        tickets = "1 ticket is" if sold == 1 else f"{sold} tickets are"
        return f"{tickets} sold. You are about to change: {what}."

    def _label(self, name: str) -> str:
        return str(self[name].label)

    def _told(self, name: str, before: Any, after: Any) -> str:
        words = [_in_words(self._model_field(name), value) for value in (before, after)]
        if max(map(len, words)) > LONGEST_SHOWN or any("\n" in one for one in words):
            return self._label(name)
        return f"{self._label(name)} from {words[0]} to {words[1]}"


def _put(data: Any, key: str, field: forms.Field, value: Any) -> None:
    """Write a value into a form's data as a browser would send it."""
    widget: Any = field.widget
    value = field.prepare_value(value)
    if hasattr(widget, "decompress"):
        for suffix, part in zip(widget.widgets_names, widget.decompress(value), strict=True):
            data[key + suffix] = str(part)
    elif isinstance(value, bool):
        data.pop(key, None)
        if value:
            data[key] = "on"
    else:
        data[key] = "" if value is None else str(value)


def _in_words(field: "Field[Any, Any]", value: Any) -> str:
    if isinstance(value, Model):
        return str(value)
    if isinstance(field, ForeignKey):
        return str(field.related_model._default_manager.filter(pk=value).first() or "nothing")
    if isinstance(value, bool):
        return "yes" if value else "no"
    if field.get_internal_type() == "DateTimeField" and value:
        return moment_in_words(value)
    return str(value) if value not in (None, "") else "nothing"
