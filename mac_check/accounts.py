"""The role account: what would be made, and with `--yes` as root, made and removed again."""

from __future__ import annotations

from mac_check.result import Result, Scene, failed, judged, not_here
from pipeline.machine import Changes
from pipeline.macos.account import NAME, account, faults, make, remove


def a_free_number_is_found(scene: Scene) -> Result:
    told: list[str] = []
    if account(scene.machine) is not None:
        return judged(True, f"{NAME} is there already")
    make(Changes(scene.machine, told.append, dry_run=True))
    return judged(bool(told), "; ".join(told))


def an_account_comes_and_goes(scene: Scene) -> Result:
    """The account that `panicpipe install` makes."""
    if account(scene.machine) is not None:
        return not_here(f"{NAME} is there already, and stays")
    if not scene.traces:
        return not_here("macOS keeps a note of it: give --yes")
    changes = Changes(scene.machine, lambda line: None, dry_run=False)
    try:
        make(changes)
        found = account(scene.machine)
    finally:
        remove(changes)
    if found is None:
        return failed("no account was made")
    wrong = list(faults(found))
    gone = account(scene.machine) is None
    return judged(gone and not wrong, f"{found}; {'; '.join(wrong) or 'sound'}; gone: {gone}")
