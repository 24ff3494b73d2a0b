"""Files that are installed, read by the programs that will read them."""

from __future__ import annotations

import sys

from mac_check.result import Result, Scene, failed, judged
from pipeline.installing import material

_PLUTIL = "/usr/bin/plutil"
_PATIENCE = 300


def property_lists_are_valid(scene: Scene) -> Result:
    names = [name for name in material.names() if name.endswith(".plist")]
    for name in names:
        path = scene.directory / name
        path.write_bytes(material.data(name))
        answer = scene.machine.run(_PLUTIL, "-lint", str(path))
        if answer.status != 0:
            return failed(f"{name}: {answer.said}")
    return judged(bool(names), f"plutil takes {', '.join(names)}")


def installing_can_be_rehearsed(scene: Scene) -> Result:
    """`panicpipe install --dry-run` on this very Mac, which changes nothing."""
    arguments = ("-m", "pipeline", "install", "--dry-run")
    answer = scene.machine.run(sys.executable, *arguments, patience=_PATIENCE)
    lines = [line for line in answer.out.splitlines() if line.strip()]
    first = answer.said if answer.status else (lines or ["nothing was printed"])[0]
    return judged(answer.status == 0, f"status {answer.status}, {len(lines)} lines: {first}")
