"""Where no mail server is set: mails for whoever watches the console."""

from django.core.mail import EmailMessage
from django.core.mail.backends.console import EmailBackend


class ConsoleBackend(EmailBackend):
    """Prints of each mail what a person would read, and no pictures or files in base64."""

    def write_message(self, message: EmailMessage) -> None:
        """Print one mail."""
        rule = "-" * 79
        lines = [rule, f"To: {', '.join(message.to)}", f"Subject: {message.subject}", ""]
        files = [one for one in message.attachments if isinstance(one, tuple)]
        if files:
            lines.insert(3, f"Attached: {', '.join(str(one[0]) for one in files)}")
        self.stream.write("\n".join([*lines, str(message.body), rule, ""]))
