"""launchd's verbs, on a job of a moment that does nothing but sleep. Needs root."""

from __future__ import annotations

import os
import plistlib
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager

from mac_check.result import Result, Scene, failed, judged, not_here, seen

_LAUNCHCTL = "/bin/launchctl"
_DAEMONS = "/Library/LaunchDaemons"
_LABEL = "org.panicpipe.mac-check"
_NOT_LOADED = 113
_NOTHING_TO_BOOT_OUT = 3
_LINE = re.compile(r'^\t\t"[^"]+" => (enabled|disabled|true|false)$', re.MULTILINE)


def the_list_of_switches_is_as_we_read_it(scene: Scene) -> Result:
    """`print-disabled`: one line a label, with words of this or of that age."""
    answer = scene.machine.run(_LAUNCHCTL, "print-disabled", "system")
    words = sorted(set(_LINE.findall(answer.out)))
    return judged(bool(words), f"status {answer.status}, words: {', '.join(words) or 'none'}")


def what_is_not_loaded_is_told(scene: Scene) -> Result:
    """Without root already: 113 for a label that nobody has."""
    answer = scene.machine.run(_LAUNCHCTL, "print", f"system/{_LABEL}")
    return judged(answer.status == _NOT_LOADED, f"print ends with {answer.status}: {answer.said}")


def a_job_comes_and_goes(scene: Scene) -> Result:
    """Bootstrap, list, kickstart, bootout: each as `panicpipe install` and `service` use it."""
    with _job(scene) as (label, plist):
        target = f"system/{label}"
        steps = [
            ("bootstrap", _status(scene, "bootstrap", "system", plist)),
            ("list", _status(scene, "list", label)),
            ("kickstart", _status(scene, "kickstart", "-k", target)),
        ]
        running = _has_a_pid(scene, label)
        steps.append(("bootstrap again", _status(scene, "bootstrap", "system", plist)))
        steps.append(("bootout", _status(scene, "bootout", target)))
        gone = _gone(scene, label)
        steps.append(("bootout again", _status(scene, "bootout", target)))
    told = ", ".join(f"{name} {status}" for name, status in steps)
    ends = dict(steps)
    good = (
        not any(ends[name] for name in ("bootstrap", "list", "kickstart", "bootout"))
        and running
        and gone
        and ends["bootstrap again"] != 0
        and ends["bootout again"] == _NOTHING_TO_BOOT_OUT
    )
    return judged(good, f"{told}; running: {running}; gone: {gone}")


def a_switched_off_job_is_told(scene: Scene) -> Result:
    """Disabled: bootstrap is refused, and print-disabled says so; enabled again afterwards.

    launchd keeps a note of the label for good, so this is done with `--yes` only.
    """
    if not scene.traces:
        return not_here("leaves a note with launchd: give --yes")
    with _job(scene) as (label, plist):
        target = f"system/{label}"
        _status(scene, "disable", target)
        refused = _status(scene, "bootstrap", "system", plist)
        listed = scene.machine.run(_LAUNCHCTL, "print-disabled", "system").out
        found = re.search(rf'"{re.escape(label)}" => (\w+)', listed)
        _status(scene, "enable", target)
        taken = _status(scene, "bootstrap", "system", plist)
    word = found[1] if found else "nothing"
    what = f"bootstrap of a disabled job {refused}, listed as {word}, enabled {taken}"
    return judged(refused != 0 and word in ("disabled", "true") and taken == 0, what)


def restarts_follow_the_exit_code(scene: Scene) -> Result:
    """KeepAlive with SuccessfulExit false: an end with 0 is the end."""
    with _job(scene, program=["/usr/bin/true"], KeepAlive={"SuccessfulExit": False}) as (
        label,
        plist,
    ):
        _status(scene, "bootstrap", "system", plist)
        _status(scene, "kickstart", f"system/{label}")
        time.sleep(12)  # launchd waits 10 s before it starts a job again
        answer = scene.machine.run(_LAUNCHCTL, "print", f"system/{label}")
    runs = re.search(r"^\truns = (\d+)$", answer.out, re.MULTILINE)
    return seen(f"runs after 12 s: {runs[1] if runs else 'not told'}")


@contextmanager
def _job(
    scene: Scene, program: list[str] | None = None, **more: object
) -> Iterator[tuple[str, str]]:
    """Write a property list for a moment; whatever happens, it goes again."""
    name = f"{_DAEMONS}/{_LABEL}.plist"
    path = scene.machine.place(name)
    value = {"Label": _LABEL, "ProgramArguments": program or ["/bin/sleep", "300"], **more}
    path.write_bytes(plistlib.dumps({**value, "RunAtLoad": True}))
    try:
        os.chown(path, 0, 0)
        path.chmod(0o644)
        yield _LABEL, name
    finally:
        _status(scene, "bootout", f"system/{_LABEL}")
        path.unlink(missing_ok=True)


def _status(scene: Scene, *arguments: str) -> int:
    return scene.machine.run(_LAUNCHCTL, *arguments).status


def _has_a_pid(scene: Scene, label: str) -> bool:
    answer = scene.machine.run(_LAUNCHCTL, "list", label)
    return re.search(r'^\t"PID" = \d+;$', answer.out, re.MULTILINE) is not None


def _gone(scene: Scene, label: str) -> bool:
    for _ in range(50):
        if _status(scene, "list", label) == _NOT_LOADED:
            return True
        time.sleep(0.2)
    return False


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
