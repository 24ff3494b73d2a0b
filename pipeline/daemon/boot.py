"""What tells one boot of this machine from the next, whatever its clock does meanwhile."""

from __future__ import annotations

import ctypes
from contextlib import suppress
from pathlib import Path
from typing import Any

_OF_LINUX = Path("/proc/sys/kernel/random/boot_id")
_OF_MACOS = b"kern.bootsessionuuid"
_LONGEST = 64


def boot_id() -> str | None:
    """Return an identifier that every boot has anew; None where none can be had."""
    return _asked_of_sysctl(ctypes.CDLL(None)) or _read(_OF_LINUX)


def _asked_of_sysctl(libc: Any) -> str | None:
    """Ask as macOS answers it; other systems lack the function, or the name."""
    answer, length = ctypes.create_string_buffer(_LONGEST), ctypes.c_size_t(_LONGEST)
    with suppress(AttributeError):
        if libc.sysctlbyname(_OF_MACOS, answer, ctypes.byref(length), None, 0) == 0:
            return answer.value.decode("ascii", "replace") or None
    return None


def _read(file: Path) -> str | None:
    with suppress(OSError, ValueError):
        return file.read_text("ascii").strip()[:_LONGEST] or None
    return None
