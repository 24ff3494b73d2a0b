"""Alerts through apprise: Slack, e-mail, webhooks and whatever else it speaks."""

from __future__ import annotations

import hashlib
import itertools
import logging
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pipeline import Message, Notifier, Rejected, TryAgain
from pipeline.notifiers import urls_file
from pipeline.redaction import without_secrets

_LONGEST_TIMEOUT = 60
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*(?=://.)")
_ROUNDS = 100_000
"""Makes guessing a weak password by a destination's name, which logs show, a slow business."""
_CAUSE = re.compile(
    r"\[Errno -?\d+\] [A-Za-z ,]+|timed out|CERTIFICATE_VERIFY_FAILED|\((\d{3}), b['\"]"
)


@dataclass(frozen=True, kw_only=True)
class AppriseNotifier(Notifier):
    """Send to apprise URLs, such as slack://…, mailto://…, ntfy://…."""

    urls: tuple[str, ...] = field(default=(), repr=False, metadata={"secret": True})
    """Each is sent to, and retried, by itself; several targets inside one URL are not."""
    urls_file: Path | None = None
    """A file with one URL a line, `#` begins a comment; readable by its owner only."""
    timeout_seconds: float = 30
    """For connecting, and again for the answer; a URL's own `cto` and `rto` come first."""

    def __post_init__(self) -> None:
        if not 0 < self.timeout_seconds <= _LONGEST_TIMEOUT:
            raise ValueError(f"timeout_seconds must be more than 0, at most {_LONGEST_TIMEOUT}")
        if not self.urls and self.urls_file is None:
            raise ValueError("urls or urls_file must be given")
        for number, url in enumerate(self.urls):
            if not _SCHEME.match(url):
                raise ValueError(f"urls must be like slack://…, but urls[{number}] is not")

    def destinations(self) -> Mapping[str, Notifier]:
        """One for each URL, named by its scheme and a little of its hash: a URL is a secret."""
        named: dict[str, Notifier] = {}
        for url in dict.fromkeys(url for _, url in self._all()):
            label = _label(url)
            names = itertools.chain([label], (f"{label}-{n}" for n in itertools.count(2)))
            free = next(name for name in names if name not in named)
            named[free] = replace(self, urls=(url,), urls_file=None)
        return named

    def check(self) -> None:
        """Ask apprise what it makes of each URL."""
        faults = []
        for place, url in self._all():
            with _Log(url) as log:
                if _service(url, self.timeout_seconds) is None:
                    faults.append(f"{place}: apprise cannot use this URL: {log.said}")
        if faults:
            raise ValueError("\n".join(faults))

    def send(self, message: Message) -> None:
        """Send to every URL; TryAgain with what the service answered where one fails."""
        for _, url in self._all():
            with _Log(url) as log:
                service = _service(url, self.timeout_seconds)
                if service is None:
                    raise Rejected(f"apprise cannot use this URL: {log.said}")
                if not _notify(service, message):
                    raise TryAgain(log.said or "not delivered, and no reason was given")

    def _all(self) -> Iterator[tuple[str, str]]:
        """Yield every URL after the place where it stands."""
        for number, url in enumerate(self.urls):
            yield f"urls[{number}]", url
        if self.urls_file is not None:
            for number, url in urls_file.read(self.urls_file):
                if not _SCHEME.match(url):
                    raise ValueError(f"urls_file must have URLs like slack://…, not line {number}")
                yield f"urls_file line {number}", url


def _service(url: str, timeout: float) -> Any:
    """Return apprise's object for a URL, or None after it has logged why there is none."""
    import apprise  # slow: only where there is something to send

    asset = apprise.AppriseAsset(
        app_id="panicpipe", app_desc="panicpipe", async_mode=False, interpret_emojis=False
    )
    service = apprise.Apprise.instantiate(url, asset=asset, suppress_exceptions=True)
    if service is None:
        return None
    if "cto=" not in url:
        service.socket_connect_timeout = timeout
    if "rto=" not in url:
        service.socket_read_timeout = timeout
    if "overflow=" not in url:  # what matters stands first, and half of it must not be sent twice
        service.overflow_mode = apprise.OverflowMode.TRUNCATE
    return service


def _notify(service: Any, message: Message) -> bool:
    import apprise

    sender = apprise.Apprise(asset=service.asset)
    sender.add(service)
    text = apprise.NotifyFormat.TEXT
    return bool(sender.notify(title=message.title, body=message.text, body_format=text))


class _Log(logging.Handler):
    """Gathers what apprise says; of its details, which hold secrets, only a failure's cause."""

    def __init__(self, url: str) -> None:
        super().__init__(logging.DEBUG)
        self._url = url
        self._said: list[str] = []
        self._logger = logging.getLogger("apprise")

    @property
    def said(self) -> str:
        return without_secrets(" ".join(dict.fromkeys(self._said)), [self._url])

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage()
        if record.levelno >= logging.WARNING:
            self._said.append(text)
        elif text.startswith("Socket Exception") and (cause := _CAUSE.search(text)):
            answer = cause[1] and f"the server answered {cause[1]}"
            self._said.append(f"({answer or cause[0].rstrip()})")

    def __enter__(self) -> _Log:
        self._logger.setLevel(logging.DEBUG)
        self._logger.propagate = False
        self._logger.addHandler(self)
        return self

    def __exit__(self, *_: object) -> None:
        self._logger.removeHandler(self)


def _label(url: str) -> str:
    salt = b"panicpipe destination"
    digest = hashlib.pbkdf2_hmac("sha256", os.fsencode(url), salt, _ROUNDS, dklen=2).hex()
    return f"{url.partition('://')[0]}-{digest}"
