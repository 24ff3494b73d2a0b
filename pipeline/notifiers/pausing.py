"""How long a service asks to be left alone."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

LONGEST = 24 * 3600.0
_SECONDS = re.compile(r"\d{1,12}(\.\d{1,9})?")


def asked(headers: Mapping[str, str], body: bytes) -> float | None:
    """Return seconds, at most a day, as an HTTP answer says in any of the usual ways.

    `Retry-After` as seconds or date, `X-RateLimit-Reset-After`, or `retry_after` in JSON.
    """
    told = (
        _seconds(headers.get("Retry-After", "")),
        _until(headers.get("Retry-After", ""), headers.get("Date", "")),
        _seconds(headers.get("X-RateLimit-Reset-After", "")),
        _in_json(body),
    )
    pause = next((each for each in told if each is not None), None)
    return min(pause, LONGEST) if pause else None


def _seconds(text: str) -> float | None:
    text = text.strip()
    return float(text) if _SECONDS.fullmatch(text) else None


def _until(date: str, now: str) -> float | None:
    """Return the time until a date, by the service's own clock where it tells that."""
    end = _timestamp(date)
    if end is None:
        return None
    start = _timestamp(now)
    return max(0.0, end - (time.time() if start is None else start))


def _timestamp(date: str) -> float | None:
    try:
        return parsedate_to_datetime(date).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError, OSError):
        return None


def _in_json(body: bytes) -> float | None:
    """Find what Discord and Telegram (`parameters`), in seconds, and Matrix say."""
    try:
        answer = json.loads(body[:65536])
    except (ValueError, RecursionError):
        return None
    if not isinstance(answer, dict):
        return None
    inner = answer.get("parameters")
    found = answer.get("retry_after", inner.get("retry_after") if isinstance(inner, dict) else None)
    if found is None and _is_number(answer.get("retry_after_ms")):
        return _seconds(f"{answer['retry_after_ms'] / 1000:.3f}")
    return _seconds(f"{found:.3f}") if _is_number(found) else None


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
