"""Takes the LaunchDaemon away from a Mac, and says what stays and what cannot be taken back."""

from __future__ import annotations

from collections.abc import Callable, Iterator

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
from pipeline.installing.mac_service import LaunchdService
from pipeline.machine import Changes, Machine
from pipeline.macos import account
from pipeline.macos.launchd import disabled
from pipeline.macos.launchd_verbs import Patience

_FOR_GOOD = {
    CONFIGURATION: f"the configuration: sudo rm '{CONFIGURATION}'",
    STATE: f"the journal and what waits to be sent: sudo rm -r '{STATE}'",
    LOGS: f"the log: sudo rm -r '{LOGS}'",
}


def uninstall(
    changes: Changes,
    say: Callable[[str], None],
    *,
    purge: bool,
    waiting: Callable[[], Patience] = Patience,
) -> None:
    """Stop and remove the service; with `purge` also its records, its settings and its account.

    Dumps and zips are never removed. What is there no more is passed over, so that it can be run
    again where it was interrupted.
    """
    machine = changes.machine
    LaunchdService(changes, None, waiting).stop()
    changes.remove(PLIST)
    changes.remove(NEWSYSLOG)
    changes.remove(PATHS)
    changes.remove_tree(HOME)
    if purge:
        changes.remove_tree(STATE)
        changes.remove(CONFIGURATION)
        changes.remove_tree(LOGS)
        changes.remove_directory(SITE)
        account.remove(changes)
    changes.remove_directory(OUTPUTS)
    for line in _remains(machine, purge=purge):
        say(line)


def _remains(machine: Machine, *, purge: bool) -> Iterator[str]:
    yield ""
    kept = [] if purge else [text for path, text in _FOR_GOOD.items() if _is_there(machine, path)]
    if not purge and account.account(machine) is not None:
        kept.append(f"the account {account.NAME}: sudo sysadminctl -deleteUser {account.NAME}")
    if _is_there(machine, OUTPUTS):
        kept.append(f"the zips: sudo rm -r '{OUTPUTS}'")
    kept.append("the dumps themselves, where kdumpd puts them")
    yield "What stays, and what would remove it:"
    yield from (f"  {text}" for text in kept)
    yield "What cannot be taken back:"
    yield "  alerts that were sent, and copies in an archive"
    if disabled(machine, LABEL) is not None:
        yield f"  launchd's record that {LABEL} was once switched on or off"
    yield "A dump server that panicpipe has set up goes on: sudo panicpipe server undo, before this"


def _is_there(machine: Machine, path: str) -> bool:
    return machine.place(path).exists()
