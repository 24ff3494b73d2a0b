"""What is where on a Mac, whose it is, and who may read it."""

from __future__ import annotations

import os

from pipeline.machine import Changes

LABEL = "org.panicpipe.daemon"
PLIST = f"/Library/LaunchDaemons/{LABEL}.plist"
HOME = "/Library/PanicPipe"
WRAPPER = f"{HOME}/bin/panicpipe"
SITE = "/Library/Application Support/PanicPipe"
CONFIGURATION = f"{SITE}/panicpipe.toml"
STATE = f"{SITE}/State"
LOGS = "/Library/Logs/PanicPipe"
LOG = f"{LOGS}/panicpipe.log"
OUTPUTS = "/Users/Shared/PanicPipe"
NEWSYSLOG = "/etc/newsyslog.d/org.panicpipe.conf"
PATHS = "/etc/paths.d/org.panicpipe"
_DIRECTORIES = (
    # path, group, mode. BSD gives a new directory its parent's group, so each is said.
    (HOME, "wheel", 0o755),
    (f"{HOME}/bin", "wheel", 0o755),
    (SITE, "wheel", 0o755),
    (STATE, "wheel", 0o700),
    (LOGS, "admin", 0o750),
    (OUTPUTS, "admin", 0o750),
)
# newsyslog.conf(5): N, for newsyslog would signal syslogd otherwise; the daemon sees for itself
# that its file was renamed. Z: the older ones are compressed.
_ROTATION = f"{LOG} root:admin 640 7 1024 * NZ\n"


def directories(changes: Changes) -> None:
    """Have every directory, each only where nobody else has made it."""
    for path, group, mode in _DIRECTORIES:
        changes.directory(path, "root", group, mode)


def log(changes: Changes) -> None:
    """Have the log, readable by who may read those that newsyslog makes after it."""
    if os.path.lexists(changes.machine.place(LOG)):
        changes.access(LOG, "root", "admin", 0o640)
    else:
        changes.file(LOG, b"", "root", "admin", 0o640)


def rotation(changes: Changes) -> None:
    """Have the log renamed once it is large."""
    _folder_of_the_system(changes, "/etc/newsyslog.d")
    changes.file(NEWSYSLOG, _ROTATION.encode(), "root", "wheel", 0o644)


def on_the_path(changes: Changes) -> None:
    """Have new terminals find the command."""
    _folder_of_the_system(changes, "/etc/paths.d")
    changes.file(PATHS, f"{HOME}/bin\n".encode(), "root", "wheel", 0o644)


def _folder_of_the_system(changes: Changes, path: str) -> None:
    """Have a directory that macOS ships; how it is there is for macOS to say."""
    if not changes.machine.place(path).is_dir():
        changes.directory(path, "root", "wheel", 0o755)
