"""The stage itself."""

from django.db import models

from booking.models import Show


class Act(models.TextChoices):
    """What can be played."""

    RACE = "race"
    MEANWHILE = "meanwhile"
    REWRITE = "rewrite"


class Stage(models.Model):
    """The one stage of the site, a single row that all processes share.

    Nobody may begin an act before `free_at`. `cue_hash` is the SHA-256 of what lets a request play,
    once, the act that was begun: `act`, and `seat_number` where it is about a seat. `used_at` is
    when that was, or when the stage was cleared.
    """

    ONLY = 1

    show = models.OneToOneField(Show, on_delete=models.PROTECT, null=True, related_name="+")
    used_at = models.DateTimeField()
    free_at = models.DateTimeField()
    cue_hash = models.CharField(max_length=64, blank=True)
    act = models.CharField(max_length=10, choices=Act.choices, blank=True)
    seat_number = models.PositiveIntegerField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="one_stage")]

    def __str__(self) -> str:
        return f"the stage with show {self.show_id}"
