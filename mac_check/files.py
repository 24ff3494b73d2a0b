"""Files that are installed, read by the programs that will read them."""

from __future__ import annotations

import sys

from mac_check.result import Result, Scene, failed, judged
from pipeline.installing import mac_layout, mac_plist, material
from pipeline.machine import Changes

_PLUTIL = "/usr/bin/plutil"
_NEWSYSLOG = "/usr/sbin/newsyslog"
_PATIENCE = 300
_SHOWN = "     | "  # what Changes puts before the lines of a file that it would write


def property_lists_are_valid(scene: Scene) -> Result:
    """Those that are shipped, and ours with an interpreter in it."""
    lists = {name: material.data(name) for name in material.names() if name.endswith(".plist")}
    lists["rendered.plist"] = mac_plist.rendered("/Library/PanicPipe/environments/1/bin/python")
    for name, data in lists.items():
        path = scene.directory / name
        path.write_bytes(data)
        answer = scene.machine.run(_PLUTIL, "-lint", str(path))
        if answer.status != 0:
            return failed(f"{name}: {answer.said}")
    return judged(len(lists) > 1, f"plutil takes {', '.join(lists)}")


def the_rotation_is_valid(scene: Scene) -> Result:
    """Our line of newsyslog's, in a trial run that rotates nothing."""
    path = scene.directory / "org.panicpipe.conf"
    path.write_text("\n".join(rotation(scene)) + "\n")
    answer = scene.machine.run(_NEWSYSLOG, "-n", "-v", "-r", "-f", str(path))
    good = answer.status == 0 and "malformed" not in answer.said
    return judged(good and mac_layout.LOG in answer.out, f"status {answer.status}: {answer.said}")


def rotation(scene: Scene) -> list[str]:
    """Return the lines that would be written, from a dry run of what installs them."""
    told: list[str] = []
    mac_layout.rotation(Changes(scene.machine, told.append, dry_run=True))
    return [line.removeprefix(_SHOWN) for line in told if line.startswith(_SHOWN)]


def installing_can_be_rehearsed(scene: Scene) -> Result:
    """`panicpipe install --dry-run` on this very Mac, which changes nothing."""
    arguments = ("-m", "pipeline", "install", "--dry-run")
    answer = scene.machine.run(sys.executable, *arguments, patience=_PATIENCE)
    lines = [line for line in answer.out.splitlines() if line.strip()]
    first = answer.said if answer.status else (lines or ["nothing was printed"])[0]
    return judged(answer.status == 0, f"status {answer.status}, {len(lines)} lines: {first}")
