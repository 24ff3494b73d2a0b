"""The last resort: an alert as a message without its templates, where rendering has failed."""

from __future__ import annotations

import html
import re

from pipeline.display import one_line
from pipeline.model import Alert, Message

_CALLING = re.compile(r"[@<!&\[(](?=\S)")
"""What may begin a mention or a link, in whatever a service reads."""


def plain(alert: Alert, key: str) -> Message:
    """Return title and text as they are, but for a space after what a service would act upon."""
    text = "\n".join(_harmless(one_line(line)) for line in alert.body.splitlines())
    return Message(
        alert=alert,
        key=key,
        title=_harmless(one_line(alert.title, 200)),
        text=text,
        markdown=text,
        html=f"<pre>{html.escape(text)}</pre>",
    )


def _harmless(line: str) -> str:
    return _CALLING.sub(lambda sign: f"{sign[0]} ", line)
