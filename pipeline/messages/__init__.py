"""Renders alerts for people: one text each for mail, chats, and plain reading."""

from pipeline.messages.style import Style
from pipeline.model import Alert, Message

__all__ = ["Style", "check_templates", "render"]


def render(alert: Alert, key: str, style: Style) -> Message:
    """Return the alert in every format; may take seconds where the DNS does."""
    from pipeline.messages import rendering  # Jinja2: only where there is something to say

    return rendering.render(alert, key, style)


def check_templates(directory: str) -> list[str]:
    """Return what is wrong with the templates in a directory, a line each."""
    from pipeline.messages import checking

    return checking.check_templates(directory)
