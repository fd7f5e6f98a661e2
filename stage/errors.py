"""What the stage refuses."""

from foundation.errors import Conflict, NotFound


class StageBusy(Conflict):
    code = "stage_busy"
    detail = "Somebody is on the stage, or it rests. Please try again in a few seconds."


class StageFull(Conflict):
    code = "stage_full"
    detail = "The stage is full. It is cleared as the page is loaded again."


class CueNotFound(NotFound):
    code = "cue_not_found"
    detail = "There is no such act to play: each is played once, right after it was begun."
