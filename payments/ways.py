"""Which ways to pay are offered, as PAYMENTS names them."""

from collections.abc import Sequence

from foundation.environment import wrong

# At the box office, which needs no provider and is always there.
COUNTER = "counter"
PRETEND = "pretend"
# Where each provider is; it is imported when it is first asked for anything.
PROVIDERS = {
    PRETEND: "payments.providers.pretend.Pretend",
    "stripe": "payments.providers.stripe.Stripe",
}
# The setting by which each knows who tells it something, where it takes one.
KEYS = {"stripe": "STRIPE_WEBHOOK_SECRET"}


def ways_to_pay(names: Sequence[str], *, is_debug: bool) -> list[str]:
    """Return the ways, the counter first. Raises ImproperlyConfigured."""
    for name in names:
        if name not in (COUNTER, *PROVIDERS):
            known = ", ".join([COUNTER, *PROVIDERS])
            raise wrong("PAYMENTS", f"there is no way to pay named {name!r}, but {known}.")
    if PRETEND in names and not is_debug:
        raise wrong("PAYMENTS", "nobody pays by pretending: that is for DEBUG=true.")
    return list(dict.fromkeys([COUNTER, *names]))
