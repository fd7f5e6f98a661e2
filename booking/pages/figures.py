"""The evening's figures, for managers: on a page, and as tables for a spreadsheet."""

import csv
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from booking.models import SEE_FIGURES
from booking.rules import FIGURES_DAYS, FIRST_START, LAST_START
from booking.selectors.figures import METHODS, NAMES, Drawer, Line, drawers, figures_of_shows

# What a spreadsheet takes for a formula (OWASP, "CSV Injection").
FORMULAS = ("=", "+", "-", "@", "\t", "\r")
METHOD_HEADS = [method.capitalize() for method in METHODS]
HEADS = ["Sold", "Returned", "Admitted", "Worth", *METHOD_HEADS, "Of it given back", "Due"]
DRAWER_HEADS = ["Day", "Method", "Taken by", "Taken", "Given back", "Together"]


class DaysForm(forms.Form):
    """Which days, and by what their figures are added up."""

    first = forms.DateField(label="From")
    last = forms.DateField(label="To")
    by = forms.ChoiceField(label="By", choices=[(name, name.capitalize()) for name in NAMES])

    def __init__(self, query: QueryDict) -> None:
        today = timezone.localdate().isoformat()
        first = query.get("first") or today
        given = {"first": first, "last": query.get("last") or first, "by": query.get("by", "show")}
        super().__init__(given)
        for name in ("first", "last"):
            self.fields[name].widget = forms.DateInput(attrs={"type": "date"})

    def clean(self) -> dict[str, Any]:
        """Refuse days in the wrong order, too many of them, and those that no calendar has."""
        given = super().clean() or {}
        if not self.errors:
            first, last = given["first"], given["last"]
            if not FIRST_START.date() < first <= last < LAST_START.date():
                raise forms.ValidationError("The first day comes first.")
            if last - first >= timedelta(days=FIGURES_DAYS):
                raise forms.ValidationError(f"At most {FIGURES_DAYS} days at once.")
        return given


@require_safe
@never_cache
@login_required
@permission_required(SEE_FIGURES, raise_exception=True)
def figures(request: HttpRequest) -> HttpResponse:
    """Show what was sold, taken and admitted, today unless other days are asked for."""
    form = DaysForm(request.GET)
    context: dict[str, Any] = {"form": form}
    if form.is_valid():
        first, last, by = (form.cleaned_data[name] for name in ("first", "last", "by"))
        found, taken = figures_of_shows(first, last, by), drawers(first, last)
        context |= {
            "by": by.capitalize(),
            "heads": HEADS,
            "rows": [(line.name, _cells(line)) for line in found.rows],
            "drawer_heads": DRAWER_HEADS,
            "drawers": [_drawer(one) for one in taken],
            "query": urlencode(form.data),
        }
    return render(request, "pages/figures.html", context, status=200 if form.is_valid() else 400)


@require_safe
@never_cache
@login_required
@permission_required(SEE_FIGURES, raise_exception=True)
def shows_table(request: HttpRequest) -> HttpResponse:
    """Give the figures of the shows as comma-separated values."""
    form = DaysForm(request.GET)
    if not form.is_valid():
        return _refusal(form)
    first, last, by = (form.cleaned_data[each] for each in ("first", "last", "by"))
    found = figures_of_shows(first, last, by)
    rows = ([line.name, *_cells(line)] for line in found.rows)
    return _csv(f"shows-by-{by}-{first}-{last}", [by.capitalize(), *HEADS], rows)


@require_safe
@never_cache
@login_required
@permission_required(SEE_FIGURES, raise_exception=True)
def takings_table(request: HttpRequest) -> HttpResponse:
    """Give what was taken as comma-separated values."""
    form = DaysForm(request.GET)
    if not form.is_valid():
        return _refusal(form)
    first, last = form.cleaned_data["first"], form.cleaned_data["last"]
    return _csv(f"takings-{first}-{last}", DRAWER_HEADS, map(_drawer, drawers(first, last)))


def _refusal(form: DaysForm) -> HttpResponse:
    return HttpResponse(form.errors.as_text(), status=400, content_type="text/plain")


def _cells(line: Line) -> list[Any]:
    counts = [line.sold, line.returned, line.admitted]
    return [*counts, line.worth, *line.taken.values(), line.back, line.due]


def _drawer(one: Drawer) -> list[Any]:
    return [one.day, one.method, one.by, one.taken, one.back, one.total]


def _csv(name: str, heads: list[str], rows: Iterable[list[Any]]) -> HttpResponse:
    """Return a file that spreadsheets read as it is meant: text as text, in UTF-8."""
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    response = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8", headers=headers)
    csv.writer(response).writerows([_plain(cell) for cell in row] for row in [heads, *rows])
    return response


def _plain(cell: Any) -> Any:
    is_formula = isinstance(cell, str) and cell.startswith(FORMULAS)
    return f"'{cell}" if is_formula else cell
