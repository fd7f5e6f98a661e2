"""What rooms and their listeners count; docs/metrics.md says what each of them means."""

from foundation.metrics import counter, gauge, histogram

ROOMS = gauge("front_row_rooms", "Shows whose seat map this process keeps in memory")
_LISTENERS = gauge("front_row_listeners", "Sockets and streams that are open", "by", "to")
SHOW_SOCKETS, HOUSE_SOCKETS = (_LISTENERS.labels("socket", to) for to in ("show", "house"))
SHOW_STREAMS, HOUSE_STREAMS = (_LISTENERS.labels("stream", to) for to in ("show", "house"))
FRAMES = counter(
    "front_row_frames_total", "Frames sent, each counted once for every listener it went to"
)
_CUT_OFF = counter("front_row_listeners_cut_off_total", "Listeners that this process closed", "why")
TOO_SLOW, BROKEN = _CUT_OFF.labels("too slow"), _CUT_OFF.labels("broken")
LAG = histogram(
    "front_row_lag_seconds",
    "Time from the commit of a change to its frame for the last of a room's listeners",
)
REPAIRS = counter(
    "front_row_repairs_total", "Changes that a room found in the log, and no message told of"
)
RESETS = counter(
    "front_row_resets_total", "Times that a room's log was another one, so all was read anew"
)
