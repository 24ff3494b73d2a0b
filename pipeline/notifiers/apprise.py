"""Alerts through apprise: Slack, e-mail, webhooks and whatever else it speaks."""

from __future__ import annotations

import hashlib
import itertools
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from pipeline import Message, Notifier
from pipeline.notifiers import urls_env, urls_file

_LONGEST_TIMEOUT = 60
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*(?=://.)")
_ROUNDS = 100_000
"""Makes guessing a weak password by a destination's name, which logs show, a slow business."""


@dataclass(frozen=True, kw_only=True)
class AppriseNotifier(Notifier):
    """Send to apprise URLs, such as slack://…, mailto://…, ntfy://…."""

    urls: tuple[str, ...] = field(default=(), repr=False, metadata={"secret": True})
    """Each is sent to, and retried, by itself; several targets inside one URL are not."""
    urls_file: Path | None = None
    """A file with one URL a line, `#` begins a comment; readable by its owner only."""
    urls_env: str | None = None
    """Name of an environment variable that holds URLs, separated by white space."""
    timeout_seconds: float = 30
    """For connecting, and again for the answer; a URL's own `cto` and `rto` come first."""

    def __post_init__(self) -> None:
        if not 0 < self.timeout_seconds <= _LONGEST_TIMEOUT:
            raise ValueError(f"timeout_seconds must be more than 0, at most {_LONGEST_TIMEOUT}")
        if not self.urls and self.urls_file is None and self.urls_env is None:
            raise ValueError("urls must be given, or urls_file, or urls_env")
        if self.urls_env is not None:
            urls_env.refuse_strange(self.urls_env)
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
            named[free] = replace(self, urls=(url,), urls_file=None, urls_env=None)
        return named

    def check(self) -> None:
        """Ask apprise what it makes of each URL."""
        from pipeline.notifiers.service import objection  # what it imports is slow

        found = ((place, objection(url)) for place, url in self._all())
        faults = [f"{place}: {fault}" for place, fault in found if fault]
        if faults:
            raise ValueError("\n".join(faults))

    def prepare(self) -> None:
        """Load apprise and what it needs for these URLs."""
        from pipeline.notifiers.service import load  # what it imports is slow

        for _, url in self._all():
            load(url)

    def send(self, message: Message) -> str | None:
        """Send to every URL; return what their services answered.

        TryAgain or Rejected with what the service answered where one fails.
        """
        from pipeline.notifiers.service import deliver  # what it imports is slow

        answers = [deliver(url, message, self.timeout_seconds) for _, url in self._all()]
        return "; ".join(filter(None, answers)) or None

    def _all(self) -> Iterator[tuple[str, str]]:
        """Yield every URL after the place where it stands."""
        for number, url in enumerate(self.urls):
            yield f"urls[{number}]", url
        if self.urls_file is not None:
            for number, url in urls_file.read(self.urls_file):
                if not _SCHEME.match(url):
                    raise ValueError(f"urls_file must have URLs like slack://…, not line {number}")
                yield f"urls_file line {number}", url
        if self.urls_env is not None:
            for number, url in enumerate(urls_env.read(self.urls_env), 1):
                place = f"urls_env {self.urls_env} URL {number}"
                if not _SCHEME.match(url):
                    raise ValueError(f"{place}: is not like slack://…")
                yield place, url


def _label(url: str) -> str:
    salt = b"panicpipe destination"
    digest = hashlib.pbkdf2_hmac("sha256", os.fsencode(url), salt, _ROUNDS, dklen=2).hex()
    return f"{url.partition('://')[0]}-{digest}"
