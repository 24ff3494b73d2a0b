"""A sandbox profile that a process puts on itself: sandbox_init(3), deprecated, and still there.

It restricts what is acquired afterwards; descriptors that are passed go on working. So nothing is
refused here that a system call on such a descriptor could need: fstat(2) asks for metadata, and
ftruncate(2) for file-write-data, of the path that the file has.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Sequence
from typing import Any

_PRIVATE = ("/Users", "/Volumes", "/private/var/root")
_REFUSED = (
    "process-fork",
    "process-exec*",
    "signal",
    "iokit-open",
    "system-kext-load",
    "file-write-create",
    "file-write-unlink",
    "file-write-mode",
    "file-write-owner",
    "file-write-flags",
    "file-write-setugid",
    "file-write-xattr",
)
_REFUSED_WITHOUT_NETWORK = ("network*", "mach-lookup")


class NoSandbox(Exception):
    """The system put no sandbox around us; the text says why."""


def profile(hidden: Sequence[str], *, remote: bool) -> str:
    """Return the profile: all is allowed but what is listed. `hidden` are real paths."""
    return "\n".join(_lines(hidden, remote))


def _lines(hidden: Sequence[str], remote: bool) -> Iterator[str]:
    yield "(version 1)"
    yield "(allow default)"
    for operation in _REFUSED if remote else (*_REFUSED, *_REFUSED_WITHOUT_NETWORK):
        yield f"(deny {operation})"
    yield "(allow signal (target self))"
    for path in (*_PRIVATE, *hidden):
        yield f"(deny file-read-data (subpath {_quoted(path)}))"


def _quoted(path: str) -> str:
    escaped = path.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def enter(text: str, libc: Any = None) -> None:
    """Put the profile on this process for good; NoSandbox where that fails or cannot be done."""
    libc = ctypes.CDLL(None) if libc is None else libc
    fault = ctypes.c_char_p()
    try:
        failed = libc.sandbox_init(
            ctypes.c_char_p(text.encode()), ctypes.c_uint64(0), ctypes.byref(fault)
        )
    except AttributeError:
        raise NoSandbox("this system has no sandbox_init") from None
    if failed:
        said = (fault.value or b"no reason was given").decode("utf-8", "replace")
        raise NoSandbox(f"sandbox_init refused: {said}")
