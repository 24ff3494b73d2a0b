"""Makes a message of an alert."""

from __future__ import annotations

import html

from pipeline.messages.style import Style
from pipeline.model import Alert, Message


def render(alert: Alert, key: str, style: Style) -> Message:
    """Return the alert in every format."""
    name = style.hosts.get(alert.client or "")
    title = f"{name} ({alert.client}): {alert.what}" if name else alert.title
    return Message(
        alert=alert,
        key=key,
        title=title,
        text=alert.body,
        markdown=alert.body,
        html=f"<pre>{html.escape(alert.body)}</pre>",
    )
