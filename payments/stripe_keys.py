"""The keys of the cinema's account at Stripe, as the environment has them."""

from collections.abc import Collection

from foundation.environment import env, required, variable, wrong

# How each begins, so that the one is not given for the other.
SECRET_KEYS, WEBHOOK_SECRETS = ("sk_", "rk_"), ("whsec_",)


def stripe_keys(ways: Collection[str]) -> tuple[str, str]:
    """Return the secret key and the secret of the webhook, or two blanks where neither is set.

    Without them there is no start where `stripe` is one of the ways to pay. Where it is none any
    more, they still serve for refunds of what was paid so. Raises ImproperlyConfigured.
    """
    key = variable(env.str, "STRIPE_SECRET_KEY", default="").strip()
    secret = variable(env.str, "STRIPE_WEBHOOK_SECRET", default="").strip()
    if key or secret or "stripe" in ways:
        _check("STRIPE_SECRET_KEY", key, SECRET_KEYS)
        _check("STRIPE_WEBHOOK_SECRET", secret, WEBHOOK_SECRETS)
    return key, secret


def _check(name: str, value: str, beginnings: tuple[str, ...]) -> None:
    if not value:
        raise required(name, "Stripe takes both of its keys, or none and no `stripe` in PAYMENTS.")
    if not value.startswith(beginnings):
        raise wrong(name, f"it begins with {' or '.join(beginnings)}.")
