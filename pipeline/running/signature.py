"""What makes two alerts of one Mac alike: the same signature. Pure, and stable across releases.

What differs from one time to the next (addresses, which are slid at every start, processor and
other numbers, UUIDs, a dump's own name) is taken out of the text; the rest is hashed.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

from pipeline.corefile.backtrace import telling_frames
from pipeline.journal.rows import DumpRow, State
from pipeline.model import Inspection, Panic

_PLACE = r"@[\w.+/-]{1,200}:\d{1,7}"
"""The line of the kernel's source that panicked: `@zalloc.c:1234`."""
_VARYING = re.compile(
    rf"(?P<place>{_PLACE})"
    r"|[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"
    r"|0x[0-9A-Fa-f]+"
    r"|(?<![0-9A-Za-z_])(?=[0-9A-Fa-f]{0,15}\d)[0-9A-Fa-f]{8,}(?![0-9A-Za-z_])"
    r"|(?i:(?<![a-z])cpu ?)\d+"
    r"|(?<![\w@.])\d+(?:[.,]\d+)*",
)
_DIGEST = 16


def of_outcome(row: DumpRow) -> str:
    """Return the signature of an outcome's alert."""
    if row.state in (State.PARKED, State.GONE):
        return of_reason(str(row.state), row.reason or "", row)
    found = row.inspection
    if found is None or found.panic is None:
        return of_verdict(found)
    return of_panic(found.panic)


def of_panic(panic: Panic) -> str:
    """The same panic: the same words, the same line of code, the same extensions."""
    words = without_what_varies(panic.reason)
    parts = ["panic", words, *sorted({_unversioned(kext) for kext in panic.kexts})]
    if re.search(_PLACE, panic.reason) is None:
        parts += _function(panic)  # a trap says the same wherever it happens
    return _hashed(parts)


def of_verdict(found: Inspection | None) -> str:
    """Nothing is known but what came."""
    if found is None:
        return _hashed(["unread"])
    return _hashed(["verdict", found.kind, found.verdict, found.cause or "", found.check or ""])


def of_reason(about: str, reason: str, row: DumpRow) -> str:
    """The same trouble, whatever the dump is called."""
    for name in (row.name, row.name.removesuffix(".gz")):
        reason = reason.replace(name, "#")
    return _hashed([about, without_what_varies(reason)])


def without_what_varies(text: str) -> str:
    """Return the text with `#` for what is another one each time."""
    return " ".join(_VARYING.sub(lambda found: found["place"] or "#", text).split())


def _unversioned(kext: str) -> str:
    return kext.partition("(")[0]


def _function(panic: Panic) -> Iterable[str]:
    """Name the function that failed, without where in it; addresses say nothing lasting."""
    first = next(iter(telling_frames(panic.frames)), "")
    return [] if first.startswith("0x") else [first.partition(" + ")[0]]


def _hashed(parts: Iterable[str]) -> str:
    text = "\n".join(parts)
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:_DIGEST]
