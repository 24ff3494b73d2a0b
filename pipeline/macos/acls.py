"""Whom an ACL lets do something with a file, beyond its owner and mode.

`/bin/ls -ldeq PATH` prints one line for the file and one for each entry of its ACL, in order:

    drwxrwxrwt+ 2 root  wheel  64 Jan  1 12:00 /private/var/tmp/PanicDumps
     0: user:ann allow add_file,delete_child
"""

from __future__ import annotations

import re
from pathlib import Path

from pipeline.display import one_line
from pipeline.machine import Machine

_LS = "/bin/ls"
_ALLOWS = re.compile(r" \d+: (.+?)(?: inherited)? allow \S")
_HARMLESS = ("user:root", "group:wheel")


def allowed_by_acl(machine: Machine, path: Path) -> str | None:
    """Return the first one whom its ACL allows anything, safe to show; None: nobody, or unknown."""
    answer = machine.ask(_LS, "-ldeq", str(machine.place(path)))
    if answer is None or answer.status:
        return None
    for line in answer.out.splitlines()[1:]:
        found = _ALLOWS.match(line)
        if found is not None and found[1] not in _HARMLESS:
            return one_line(found[1].replace(":", " ", 1), 80)
    return None
