"""What every S3 server tells of what it did. Who does not is none: a captive portal, a proxy."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Any

_PARSERS = "botocore.parsers"


class Untold(Exception):
    """An answer says that all went well, and lacks what would then be in it."""


def told(answer: Mapping[str, Any], name: str) -> Any:
    """Return what an answer tells under this name; Untold where it does not."""
    if answer.get(name) is None:
        raise Untold(f"no {name}")
    return answer[name]


def told_listing(page: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a page of a listing; Untold where it is none, or leaves out how it goes on."""
    if not page.keys() & {"Name", "IsTruncated", "KeyCount"}:
        raise Untold("no listing")
    if page.get("IsTruncated"):
        told(page, "NextContinuationToken")
    return page


def is_untold(error: BaseException) -> bool:
    """Whether the server's answer is what an exception is about.

    botocore has no exception for numbers and dates that are none: its parsers fail at them.
    """
    if isinstance(error, Untold):
        return True
    trace: TracebackType | None = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_globals.get("__name__") == _PARSERS:
            return True
        trace = trace.tb_next
    return False
