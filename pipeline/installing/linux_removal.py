"""Takes the service away from a Linux machine; says what stays and what cannot be taken back."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator

from pipeline.installing.configured import Places, places
from pipeline.installing.linux_layout import (
    CONFIGURATION,
    DIRECTORIES,
    DROP_INS,
    HOME,
    OUTPUTS,
    SITE,
    STATE,
    UNIT,
    WRAPPER,
)
from pipeline.installing.linux_service import SystemdService
from pipeline.installing.remains import beside_the_journal, is_within, line, told
from pipeline.installing.state_removal import names, remove_records
from pipeline.linux import account, systemd
from pipeline.machine import Changes, Machine

_CHOWN = "/usr/bin/chown"
_OURS = "-I -m pipeline"
_LASTING = ("what systemd's journal holds of the log, until it is rotated away",)


def uninstall(changes: Changes, say: Callable[[str], None], *, purge: bool) -> None:
    """Stop and remove the service; with `purge` also its records, its settings and its account.

    Dumps and zips are never removed, nor what the configuration keeps in another place than the
    usual: whatever else may be there. What is there no more is passed over, so that it can be run
    again where it was interrupted.
    """
    named = places(changes.machine, CONFIGURATION, home=STATE)
    found = account.account(changes.machine)
    SystemdService(changes).stop()
    removed = [changes.remove(UNIT), changes.remove(DIRECTORIES)]
    changes.remove_directory(DROP_INS)
    if any(removed):
        systemd.reload(changes)
    if _is_ours(changes.machine):
        changes.remove(WRAPPER)
    if purge:
        _purge(changes)
    lines = list(told(_kept(changes.machine, named, purge=purge), _LASTING))
    if purge and found is not None:
        lines += _orphans(changes.machine, named, found.uid)
    changes.remove_tree(HOME)  # last: this may run from it, and could import nothing afterwards
    for text in lines:
        say(text)


def _purge(changes: Changes) -> None:
    """Remove what is ours; the rest becomes root's: an account's number is given away again."""
    place = changes.machine.place(STATE)
    remove_records(changes, STATE)
    if place.is_dir():
        changes.run(_CHOWN, "-R", "--no-dereference", "root:root", str(place))
    changes.remove(CONFIGURATION)
    changes.remove_directory(SITE)
    account.remove(changes)


def _orphans(machine: Machine, named: Places, uid: int) -> Iterator[str]:
    """Tell of what the account that is gone still owns: its number is given away again."""
    for path in filter(None, (named.state, *named.outputs)):
        place = machine.place(path)
        if not is_within(path, STATE) and place.is_dir() and place.stat().st_uid == uid:
            shown = shlex.quote(path)
            yield f"What stays in {shown} is its account's, which is gone; have it be root's:"
            yield f"  sudo chown -R -h root:root {shown}"


def _kept(machine: Machine, named: Places, *, purge: bool) -> Iterator[str]:
    zips = dict.fromkeys((OUTPUTS, *named.outputs))
    if not purge:
        yield from line(machine, "the configuration", CONFIGURATION)
        if machine.place(STATE).exists():
            yield f"{_all_below(named)}: sudo rm -r {STATE}"
        zips = {path: None for path in zips if not is_within(path, STATE)}
    if named.state is not None and not is_within(named.state, STATE):
        yield from line(machine, "the journal and what waits to be sent", named.state)
    for path in zips:
        yield from line(machine, "the zips", path)
    if purge:
        yield from beside_the_journal(machine, STATE, (*zips, *named.dumps))
    if not purge and account.account(machine) is not None:
        yield f"the account {account.NAME}: sudo userdel {account.NAME}"
    if _others(machine, DROP_INS, DIRECTORIES):
        yield f"what you have set for the unit yourself: sudo rm -r {DROP_INS}"
    if purge and _others(machine, SITE, CONFIGURATION):
        yield f"what you have put beside the configuration: sudo rm -r {SITE}"
    yield "the dumps themselves, where they arrive"


def _all_below(named: Places) -> str:
    """Say what is in the account's own directory."""
    what = "the zips and the dumps" if _has_dumps(named) else "the zips"
    return f"the journal and what waits to be sent, and {what} below it"


def _has_dumps(named: Places) -> bool:
    return any(is_within(path, STATE) for path in named.dumps)


def _is_ours(machine: Machine) -> bool:
    """Whether the command there is the one that we put there."""
    try:
        return _OURS in machine.place(WRAPPER).read_text("utf-8", "replace")
    except OSError:
        return False


def _others(machine: Machine, directory: str, ours: str) -> bool:
    """Whether somebody else's file is there; ours still is after a rehearsal."""
    return any(f"{directory}/{name}" != ours for name in names(machine, directory))
