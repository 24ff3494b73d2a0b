"""launchd's verbs, on a job of a moment that does nothing but sleep. Needs root."""

from __future__ import annotations

import os
import plistlib
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager

from mac_check.result import Result, Scene, failed, judged, not_here, seen
from pipeline.machine import Changes
from pipeline.macos.launchd import LAUNCHCTL, NOT_LOADED, look
from pipeline.macos.launchd_verbs import await_pid, kick, load, unload

_DAEMONS = "/Library/LaunchDaemons"
_LABEL = "org.panicpipe.mac-check"
_NOTHING_TO_BOOT_OUT = 3
_LOADED_ALREADY = (5, 17, 37)
_BUSY = (36, 37)
_LINE = re.compile(r'^\s+"[^"]+" => (enabled|disabled|true|false)$', re.MULTILINE)


def the_list_of_switches_is_as_we_read_it(scene: Scene) -> Result:
    """`print-disabled`: one line a label, with words of this or of that age."""
    answer = scene.machine.run(LAUNCHCTL, "print-disabled", "system")
    words = sorted(set(_LINE.findall(answer.out)))
    return judged(bool(words), f"status {answer.status}, words: {', '.join(words) or 'none'}")


def what_is_not_loaded_is_told(scene: Scene) -> Result:
    """Without root already: 113 for a label that nobody has."""
    answer = scene.machine.run(LAUNCHCTL, "print", f"system/{_LABEL}")
    return judged(answer.status == NOT_LOADED, f"print ends with {answer.status}: {answer.said}")


def a_job_comes_and_goes(scene: Scene) -> Result:
    """Loaded, started, ended by the code of `install` and `service`; twice does no harm."""
    told: list[str] = []
    changes = Changes(scene.machine, told.append, dry_run=False)
    with _job(scene) as plist:
        load(changes, _LABEL, plist)
        load(changes, _LABEL, plist)
        kick(changes, _LABEL)
        pid = await_pid(changes, _LABEL)
        loaded = look(scene.machine, _LABEL)
        ended = unload(changes, _LABEL)
        gone = look(scene.machine, _LABEL)
        again = unload(changes, _LABEL)
    good = pid is not None and loaded.loaded is True and gone.loaded is False
    what = f"pid {pid}, loaded {loaded.loaded}, then {gone.loaded}; calls: {len(told)}"
    return judged(good and ended and not again, what)


def launchd_refuses_with_known_numbers(scene: Scene) -> Result:
    """What it says to a job that is loaded already, and to one that is not loaded."""
    with _job(scene) as plist:
        first = _status(scene, "bootstrap", "system", plist)
        second = _status(scene, "bootstrap", "system", plist)
        bootout = _status(scene, "bootout", f"system/{_LABEL}")
        _gone(scene)
        nothing = _status(scene, "bootout", f"system/{_LABEL}")
    what = f"bootstrap {first}, again {second}; bootout {bootout}, again {nothing}"
    good = first == 0 and second in _LOADED_ALREADY and bootout in (0, *_BUSY)
    return judged(good and nothing in (_NOTHING_TO_BOOT_OUT, NOT_LOADED), what)


def a_switched_off_job_is_told(scene: Scene) -> Result:
    """Disabled: bootstrap is refused, and print-disabled says so; enabled again afterwards.

    launchd keeps a note of the label for good, so this is done with `--yes` only.
    """
    if not scene.traces:
        return not_here("leaves a note with launchd: give --yes")
    with _job(scene) as plist:
        _status(scene, "disable", f"system/{_LABEL}")
        refused = _status(scene, "bootstrap", "system", plist)
        told = look(scene.machine, _LABEL).disabled
        _status(scene, "enable", f"system/{_LABEL}")
        taken = _status(scene, "bootstrap", "system", plist)
    what = f"bootstrap of a disabled job {refused}, told as disabled: {told}; enabled: {taken}"
    return judged(refused != 0 and told is True and taken == 0, what)


def restarts_follow_the_exit_code(scene: Scene) -> Result:
    """KeepAlive with SuccessfulExit false: an end with 0 is the end."""
    with _job(scene, ["/usr/bin/true"], KeepAlive={"SuccessfulExit": False}) as plist:
        _status(scene, "bootstrap", "system", plist)
        time.sleep(12)  # launchd waits 10 s before it starts a job again
        answer = scene.machine.run(LAUNCHCTL, "print", f"system/{_LABEL}")
    runs = re.search(r"^\truns = (\d+)$", answer.out, re.MULTILINE)
    return seen(f"runs after 12 s: {runs[1] if runs else 'not told'}")


@contextmanager
def _job(scene: Scene, program: list[str] | None = None, **more: object) -> Iterator[str]:
    """Write a property list for a moment; whatever happens, it goes again, and its job with it."""
    name = f"{_DAEMONS}/{_LABEL}.plist"
    path = scene.machine.place(name)
    value = {"Label": _LABEL, "ProgramArguments": program or ["/bin/sleep", "300"], **more}
    path.write_bytes(plistlib.dumps({**value, "RunAtLoad": True}))
    try:
        os.chown(path, 0, 0)
        path.chmod(0o644)
        yield name
    finally:
        _status(scene, "bootout", f"system/{_LABEL}")
        _gone(scene)
        path.unlink(missing_ok=True)


def _status(scene: Scene, *arguments: str) -> int:
    return scene.machine.run(LAUNCHCTL, *arguments).status


def _gone(scene: Scene) -> None:
    """Wait until launchd knows the job no more."""
    for _ in range(50):
        if look(scene.machine, _LABEL).loaded is False:
            return
        time.sleep(0.2)


def kdumpd_is_as_known(scene: Scene) -> Result:
    """Apple's own property list: what we take the directory from."""
    path = scene.machine.place("/System/Library/LaunchDaemons/com.apple.kdumpd.plist")
    if not path.exists():
        return failed(f"{path}: is not there")
    with path.open("rb") as file:
        value = plistlib.load(file)
    told = ", ".join(f"{key}={value[key]!r}" for key in sorted(value))
    arguments = value.get("ProgramArguments", [])
    good = value.get("Label") == "com.apple.kdumpd" and arguments[:1] == ["/usr/libexec/kdumpd"]
    return judged(good, told)
