"""What ACLs of macOS add to owner and mode, and volumes where owners mean nothing.

Asked of `/bin/ls -lde` and `/sbin/mount`, in the form that they have had since Mac OS X 10.4:

    drwxr-xr-x+ 5 root  wheel  160 Jan  1 12:00 /Library/PanicPipe
     0: user:ann inherited allow add_file,search
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from pipeline.display import one_line
from pipeline.installing.trust.rules import Fault
from pipeline.machine import Machine

_ENTRY = re.compile(r" \d+: (.+?)(?: inherited)? (allow|deny) (\S*)")
_MOUNTED = re.compile(r".*? on (/.*) \(([^()]*)\)")
_CHANGING = {
    "write", "append", "delete", "add_file", "add_subdirectory", "delete_child", "writesecurity",
    "chown",
}  # fmt: skip
_HARMLESS = ("user:root", "group:wheel")
_LONGEST_QUESTION = 200_000
"""Bytes of paths in one call; macOS takes a million bytes of arguments."""
_MOST_FAULTS = 20


def acl_faults(machine: Machine, paths: Sequence[str]) -> Iterator[Fault]:
    """Yield the paths that an ACL lets others change, the first twenty."""
    found = 0
    for batch in _batches(paths):
        for fault in _search(machine, batch):
            yield fault
            found += 1
            if found == _MOST_FAULTS:
                return


def _search(machine: Machine, paths: Sequence[str]) -> Iterator[Fault]:
    """Ask for many at once, and for fewer and fewer where there is something.

    The answer is not searched for paths: a hostile name cannot pretend to be another then.
    """
    what = _what(machine, paths)
    if what is None:
        return
    if len(paths) == 1:
        yield Fault(path=paths[0], what=what)
        return
    middle = len(paths) // 2
    yield from _search(machine, paths[:middle])
    yield from _search(machine, paths[middle:])


def _what(machine: Machine, paths: Sequence[str]) -> str | None:
    # -q: one line for each file, whatever its name holds.
    answer = machine.ask("/bin/ls", "-ldeq", *paths)
    if answer is None or answer.status != 0:
        return "may have an ACL: /bin/ls cannot tell"
    return whom_acls_let_write(answer.out, len(paths))


def whom_acls_let_write(listing: str, files: int) -> str | None:
    """Read what `ls -lde` said of so many files; None where their ACLs let only root write."""
    for line in listing.splitlines():
        if not line.startswith(" "):
            files -= 1
            continue
        entry = _ENTRY.fullmatch(line)
        if entry is None:
            return f"has an ACL that is not understood: {one_line(line.strip(), 80)}"
        who, kind, permissions = entry.groups()
        if kind == "allow" and who not in _HARMLESS and _CHANGING & set(permissions.split(",")):
            return f"can be changed by {one_line(who.replace(':', ' ', 1), 80)}, by its ACL"
    return "may have an ACL: /bin/ls does not tell of each file" if files else None


def _batches(paths: Sequence[str]) -> Iterator[Sequence[str]]:
    start = size = 0
    for end, path in enumerate(paths):
        size += 4 * len(path) + 16
        if size > _LONGEST_QUESTION:
            yield paths[start:end]
            start, size = end, 4 * len(path)
    if start < len(paths):
        yield paths[start:]


def volume_faults(machine: Machine, paths: Sequence[str]) -> Iterator[Fault]:
    """Yield the volumes with any of these paths whose owners macOS ignores: all may write there."""
    answer = machine.ask("/sbin/mount")
    for line in answer.out.splitlines() if answer else ():
        mounted = _MOUNTED.fullmatch(line)
        if mounted is None or "noowners" not in mounted[2].split(", "):
            continue
        volume = str(machine.place(mounted[1]))
        if any(f"{path}/".startswith(f"{volume}/") for path in paths):
            yield Fault(path=volume, what="is a volume where ownership is ignored")
