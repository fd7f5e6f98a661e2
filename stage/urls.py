"""Where the stage is; `stage.endpoint` has another path."""

from django.urls import path

from stage import pages

urlpatterns = [
    path("", pages.stage, name="stage"),
    path("begin/", pages.begin, name="begin-act"),
    path("clear/", pages.clear, name="clear-stage"),
]
