"""Looks at paths for whoever cannot afford to hang: run as a program of its own, and killed.

Its arguments are a time limit in seconds and paths; it prints a JSON object for each path as soon
as that one has answered. Started without site packages, so it imports the standard library only.
"""

from __future__ import annotations

import json
import os
import signal
import stat
import sys
import threading

_LONGEST_STRERROR = 200


def _described(path: str) -> dict[str, object]:
    try:
        found = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return {"kind": "missing"}
    except OSError as error:
        return {"kind": None, "error": error.errno, "fault": _reason(error)}
    what: dict[str, object] = {
        "kind": _kind(found.st_mode),
        "owner": found.st_uid,
        "group": found.st_gid,
        "mode": stat.S_IMODE(found.st_mode),
        "modified": found.st_mtime,
    }
    if stat.S_ISDIR(found.st_mode):
        what.update(_opened(path))
    return what


def _opened(path: str) -> dict[str, object]:
    """Open a directory and read one entry: only that asks for the right to do it."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            with os.scandir(fd) as entries:
                next(iter(entries), None)
            volume = os.fstatvfs(fd)
            return {
                "free": volume.f_bavail * volume.f_frsize,
                "volume": os.fstat(fd).st_dev,
                "read_only": bool(volume.f_flag & os.ST_RDONLY),
            }
        finally:
            os.close(fd)
    except OSError as error:
        return {"error": error.errno, "fault": _reason(error)}


def _kind(mode: int) -> str:
    if stat.S_ISLNK(mode):
        return "link"
    if stat.S_ISDIR(mode):
        return "directory"
    return "file" if stat.S_ISREG(mode) else "other"


def _reason(error: OSError) -> str:
    return (error.strerror or str(error))[:_LONGEST_STRERROR]


def _tell(number: int, path: str) -> None:
    line = json.dumps({"number": number, **_described(path)}) + "\n"
    os.write(1, line.encode())  # in one piece: shorter than any pipe's buffer


def main() -> None:
    """Look at every path at once: one that hangs keeps no other from being told."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, float(sys.argv[1]))
    threads = [
        threading.Thread(target=_tell, args=item, daemon=True) for item in enumerate(sys.argv[2:])
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main()
