"""Whether another process still has a file open for writing: a cheap hint that may be missing.

True: one has. False: none has. None: the system does not tell, or not to us.
"""

from __future__ import annotations

import fcntl
import signal
import sys

from pipeline.sources.open_files_macos import macos_openers


def writers(fd: int, *, platform: str = sys.platform) -> bool | None:
    """Tell whether the file behind `fd`, which is open for reading, is open for writing elsewhere.

    macOS does not say who reads and who writes, so there anybody outside our own process group
    counts.
    """
    if platform == "darwin":
        return macos_openers(fd)
    if platform == "linux":
        return linux_writers(fd)
    return None


def linux_writers(fd: int) -> bool | None:
    """Ask for a read lease, which the kernel grants only while nobody has the file open to write.

    The kernel counts writers by inode, so it knows those of every user and container, also where
    /proc would not show them to us; readers do not matter. Only root and the file's owner may
    ask. The lease is given back at once: somebody who opens the file to write in that instant
    waits for no longer than it takes us to get to the next line, and the signal that tells us of
    him is one that is ignored.
    """
    if sys.platform != "linux":
        return None
    try:
        fcntl.fcntl(fd, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except BlockingIOError:
        return True
    except OSError:
        return None
    fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    return False
