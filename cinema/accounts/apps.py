from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """The people who use Front Row, and how they prove who they are."""

    name = "cinema.accounts"
    label = "accounts"

    def ready(self) -> None:
        """Let letters be written."""
        import cinema.accounts.letters  # noqa: F401
