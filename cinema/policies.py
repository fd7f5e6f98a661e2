"""What our pages may load, and what pages of other origins may read."""

from csp.constants import NONE, SELF

CONTENT = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "base-uri": [NONE],
        "object-src": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
# Paths of what anybody may read; deploy/nginx.conf repeats it.
PUBLIC = (
    r"^/api/(?:(?:schema|movies(?:/[0-9]+(?:/shows)?)?|auditoriums/[0-9]+/layout"
    r"|shows(?:/events|/[0-9]+(?:/(?:seats|changes|events))?)?)/)?$"
)
