"""The dynamic libraries that this process has loaded, by the system's own account."""

from __future__ import annotations

import ctypes
import re
import sys
from collections.abc import Iterator

_EXECUTABLE = re.compile(r"[0-9a-f]+-[0-9a-f]+ ..x. \S+ \S+ \S+ +(/.*)")
_REPLACED = " (deleted)"
_NO_FILES = ("/memfd:", "/dev/", "/SYSV")


def loaded_libraries() -> tuple[str, ...]:
    """Return their paths, that of the program among them."""
    return tuple(dict.fromkeys(_of_dyld() if sys.platform == "darwin" else _of_proc()))


def _of_proc() -> Iterator[str]:
    try:
        with open("/proc/self/maps", encoding="utf-8", errors="surrogateescape") as maps:
            yield from executable_files(maps.read())
    except FileNotFoundError:
        return


def executable_files(maps: str) -> Iterator[str]:
    """Read /proc/PID/maps, as proc(5) describes it: files that are mapped to be executed."""
    for line in maps.splitlines():
        mapped = _EXECUTABLE.fullmatch(line)
        if mapped and not mapped[1].startswith(_NO_FILES):
            # Replaced by an upgrade since: what lies there now is loaded next time.
            yield mapped[1].removesuffix(_REPLACED).replace("\\012", "\n")


def _of_dyld() -> Iterator[str]:
    """Ask dyld(3). Apple's own libraries have names, and no files since macOS 11."""
    loaded = ctypes.CDLL(None)
    count, name_of = loaded["_dyld_image_count"], loaded["_dyld_get_image_name"]
    count.restype = ctypes.c_uint32
    name_of.argtypes = [ctypes.c_uint32]
    name_of.restype = ctypes.c_char_p
    for number in range(count()):
        name = name_of(number)
        if name:
            yield name.decode("utf-8", "surrogateescape")
