"""A file of secret URLs, one a line, that nobody else may read."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from pipeline.display import printable

_MOST_BYTES = 1 << 20


def read(path: Path) -> list[tuple[int, str]]:
    """Return line numbers and URLs, without comments (`#` first) and blank lines.

    ValueError, which names the key and the file, where it cannot be trusted or has no URL.
    """
    shown = printable(os.fsencode(path))
    try:
        lines = [(number, line.strip()) for number, line in enumerate(_lines(path), 1)]
    except OSError as error:
        raise ValueError(f"urls_file {shown}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ValueError(f"urls_file {shown}: is not UTF-8 text") from None
    except _Refused as refusal:
        raise ValueError(f"urls_file {shown}: {refusal}") from None
    urls = [(number, url) for number, url in lines if url and not url.startswith("#")]
    if not urls:
        raise ValueError(f"urls_file {shown}: no URL is in it")
    return urls


class _Refused(Exception):
    pass


def _lines(path: Path) -> list[str]:
    # Not blocking: somebody may have put a FIFO there.
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    with os.fdopen(fd, "rb") as file:
        _refuse_strange(os.fstat(fd))
        return file.read(_MOST_BYTES).decode("utf-8-sig").splitlines()


def _refuse_strange(found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise _Refused("must be a regular file")
    if found.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise _Refused("others can read or change these secrets; run chmod 600 on it")
    if found.st_uid not in (0, os.geteuid()):
        raise _Refused(f"belongs to somebody else (uid {found.st_uid})")
    if found.st_size > _MOST_BYTES:
        raise _Refused("is too long for a list of URLs")
