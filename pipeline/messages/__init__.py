"""Renders alerts for people: one text each for mail, chats, and plain reading."""

from collections.abc import Callable

from pipeline.messages.style import Style
from pipeline.model import Alert, Message

__all__ = ["Style", "check_templates", "render", "renderer"]


def render(alert: Alert, key: str, style: Style) -> Message:
    """Return the alert in every format; may take seconds where the DNS does."""
    return renderer(style)(alert, key)


def renderer(style: Style) -> Callable[[Alert, str], Message]:
    """Read the templates now; what is returned renders an alert, with its key, and reads none."""
    from pipeline.messages import rendering  # Jinja2: only where there is something to say

    return rendering.renderer(style)


def check_templates(directory: str) -> list[str]:
    """Return what is wrong with the templates in a directory, a line each."""
    from pipeline.messages import checking

    return checking.check_templates(directory)
