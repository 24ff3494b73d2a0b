"""Takes the LaunchDaemon away from a Mac, and says what stays and what cannot be taken back."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

from pipeline.installing.configured import Places, places
from pipeline.installing.mac_layout import (
    CONFIGURATION,
    HOME,
    LABEL,
    LOGS,
    NEWSYSLOG,
    OUTPUTS,
    PATHS,
    PLIST,
    SITE,
    STATE,
)
from pipeline.installing.remains import beside_the_journal, line, told
from pipeline.installing.state_removal import names, remove_records
from pipeline.machine import Changes, Machine
from pipeline.machine.patience import Patience
from pipeline.macos import account, launchd_verbs
from pipeline.macos.launchd import disabled
from pipeline.server import record


def uninstall(
    changes: Changes,
    say: Callable[[str], None],
    *,
    purge: bool,
    waiting: Callable[[], Patience] = Patience,
) -> None:
    """Stop and remove the service; with `purge` also its records, its settings and its account.

    Dumps and zips are never removed, nor what the configuration keeps in another place than the
    usual: whatever else may be there. What is there no more is passed over, so that it can be run
    again where it was interrupted.
    """
    named = places(changes.machine, CONFIGURATION)
    launchd_verbs.stop(changes, LABEL, patience=waiting())
    for path in (PLIST, NEWSYSLOG, PATHS):
        changes.remove(path)
    if disabled(changes.machine, LABEL):  # or nothing of this name would start here again
        launchd_verbs.enable(changes, LABEL)
    if purge:
        _purge(changes)
    changes.remove_directory(OUTPUTS)
    kept = _kept(changes.machine, named, purge=purge)
    lines = list(told(kept, _lasting(changes.machine)))
    changes.remove_tree(HOME)  # last: this may run from it, and could import nothing afterwards
    for text in lines:
        say(text)


def _purge(changes: Changes) -> None:
    remove_records(changes, STATE)
    changes.remove(CONFIGURATION)
    changes.remove_tree(LOGS)
    changes.remove_directory(SITE)
    account.remove(changes)


def _lasting(machine: Machine) -> Iterator[str]:
    if disabled(machine, LABEL) is not None:
        yield f"launchd's record that {LABEL} was once switched on or off"


def _kept(machine: Machine, named: Places, *, purge: bool) -> Iterator[str]:
    ours = {} if purge else {"the configuration": CONFIGURATION, "the log": LOGS}
    state = named.state or STATE
    if not purge or state != STATE:
        ours["the journal and what waits to be sent"] = state
    for what, path in ours.items():
        yield from line(machine, what, path)
    if not purge and account.account(machine) is not None:
        yield (
            f"the account {account.NAME}: sudo sysadminctl -deleteUser {account.NAME}; "
            f"sudo dseditgroup -o delete {account.NAME}"
        )
    if purge:
        for path in _beside(machine):
            yield from line(machine, "what else lies beside the configuration", path)
        yield from beside_the_journal(machine, STATE, (*named.outputs, *named.dumps))
    for path in dict.fromkeys((OUTPUTS, *named.outputs)):
        yield from line(machine, "the zips", path)
    if os.path.lexists(machine.place(record.FILE)):
        yield (
            "the dump server, as panicpipe has set it up: any panicpipe can undo that, also one "
            "that is not installed: sudo panicpipe server undo"
        )
    yield "the dumps themselves, where kdumpd puts them"


def _beside(machine: Machine) -> Iterator[str]:
    """Return what people have put beside the configuration, such as a file of secrets."""
    ours = {os.path.basename(path) for path in (CONFIGURATION, STATE, record.FILE)}
    yield from (f"{SITE}/{name}" for name in names(machine, SITE) if name not in ours)
