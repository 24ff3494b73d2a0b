"""apprise's object for one URL: made, told how to behave, and sent through.

Its plugins are called directly: apprise's own dispatcher would repeat, wait, start threads, and
take a failure of an `optional` service for a success.
"""

from __future__ import annotations

from typing import Any

from pipeline import Message, TryAgain
from pipeline.notifiers import mail
from pipeline.notifiers.deadline import TooLong, within
from pipeline.notifiers.judging import confirmation, fault
from pipeline.notifiers.listening import AskedAgain, listening
from pipeline.notifiers.marking import mark
from pipeline.notifiers.saying import Saying
from pipeline.notifiers.suiting import suited

_LONGEST = 100.0
"""Seconds for one message, however slowly a service answers: the sender's process has 120."""


def objection(url: str) -> str | None:
    """Return why apprise cannot use a URL; None where it can."""
    with Saying(url) as apprise:
        return None if _made(url) else f"apprise cannot use this URL: {apprise.said}"


def load(url: str) -> None:
    """Have apprise load what it needs to send there: it does so at first use."""
    with Saying(url):
        _made(url)


def deliver(url: str, message: Message, timeout: float) -> str | None:
    """Send a message to a URL; return what the service answered.

    TryAgain or Rejected where it is not taken, also by an address that can never work: whoever
    mends that in the configuration gets what is owed.
    """
    with Saying(url) as apprise:
        service = _made(url)
        if service is None:
            raise TryAgain(f"apprise cannot use this URL: {apprise.said}")
        _set_timeouts(service, url, timeout)
        mark(service, message)
        with listening(lambda text: mail.finished(text, message)) as exchange:
            try:
                with within(min(3 * timeout, _LONGEST)):
                    if _notified(service, url, message):
                        return confirmation(exchange, [url])
            except AskedAgain:
                pass
            except TooLong:
                raise TryAgain("it took too long to answer to the end") from None
            except Exception as error:  # a plugin of apprise that is surprised by an answer
                apprise.note(f"apprise stumbled over the answer: {type(error).__name__}")
        raise fault(exchange, apprise.said, [url])


def _made(url: str) -> Any:
    """Return apprise's object, or None after it has logged why there is none."""
    import apprise  # slow: only where there is something to send

    asset = apprise.AppriseAsset(
        app_id="panicpipe",
        app_desc="panicpipe",
        interpret_emojis=False,
        image_url_mask="",  # apprise's own pictures would be fetched from elsewhere by each reader
        image_url_logo="",
    )
    service: Any = apprise.Apprise.instantiate(url, asset=asset, suppress_exceptions=True)
    if service is not None:
        service.throttle = lambda **_: None  # pauses are the outbox's business
    return service


def _set_timeouts(service: Any, url: str, timeout: float) -> None:
    if "cto=" not in url:
        service.socket_connect_timeout = timeout
    if "rto=" not in url:
        service.socket_read_timeout = timeout


def _notified(service: Any, url: str, message: Message) -> bool:
    suit = suited(service, url, message)
    # What matters stands first, and no service should get half of it twice; mail has no limit.
    cut = None if "overflow=" in url or suit.body_format == "html" else "truncate"
    return bool(
        service.notify(
            title=suit.title,
            body=suit.body,
            body_format=suit.body_format,
            notify_type=suit.notify_type,
            overflow=cut,
        )
    )
