"""Messages for notifiers, as rendered ones are, with a different text in each format."""

from __future__ import annotations

from typing import Any

from pipeline import Alert, Message, Rejected, Severity, TryAgain
from pipeline.messages import Style, render
from pipeline.notifiers.apprise import AppriseNotifier

KEY = "0b7f9c-17"
TEXT = "Mac: 10.0.40.7\nPanic: näïve\n\n  Next: attach this zip"
MARKDOWN = "**Mac:** 10.0.40.7  \n**Panic:** `näïve`"
HTML = "<div><table><tr><td>Mac</td><td>10.0.40.7 &amp; näïve</td></tr></table></div>"


def message(
    title: str = "10.0.40.7: core complete é",
    severity: Severity = Severity.NOTICE,
    key: str = KEY,
    **parts: Any,
) -> Message:
    facts = parts.pop("facts", {"size": 64, "kexts": ["a", "b"], "why": "<&>"})
    alert = Alert(event="dump.complete", severity=severity, what="core complete", facts=facts)
    texts = {"text": TEXT, "markdown": MARKDOWN, "html": HTML} | parts
    return Message(alert=alert, key=key, title=title, **texts)


def hostile(words: str) -> Message:
    """A message as the renderer makes it of an alert with these words wherever a dump has a say."""
    alert = Alert(
        event="dump.complete",
        what=f"core of {words} complete",
        about=words,
        lines=((words, words), ("Panic", f"panic(cpu 0): {words}")),
        remarks=(words,),
        facts={"panic": words},
    )
    return render(alert, KEY, Style(dns=False))


def send(url: str, what: Message | None = None, **options: Any) -> str | None:
    return AppriseNotifier(urls=(url,), **options).send(what or message())


def refused(url: str, what: Message | None = None, **options: Any) -> TryAgain | Rejected:
    """Send what is not taken; return the fault that is told."""
    try:
        answer = send(url, what, **options)
    except (TryAgain, Rejected) as fault:
        return fault
    raise AssertionError(f"it was sent: {answer}")
