"""Whether the configuration can be used, in the words of `config check`."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence

from pipeline.alerts.routes import check as check_notifiers
from pipeline.config import Settings
from pipeline.display import one_line, printable
from pipeline.doctor.scene import Scene
from pipeline.doctor.wording import counted, fail, ok, unknown, warn
from pipeline.errors import ConfigError
from pipeline.machine import Finding

Remarks = Callable[[Settings], Iterable[str]]
"""What `config check` says of a configuration, a line each."""

_CHECK = "configuration.valid"
_REMARK = "configuration.remark"
_LIMIT = 10.0
"""Seconds that notifiers may take to say whether they can ever send."""
_LONGEST = 300
_REMEDY = "sudo panicpipe config check"


def findings(scene: Scene, faults: Remarks, remarks: Remarks) -> Iterator[Finding]:
    """Ask the same as `config check` does, `faults` and `remarks` included."""
    if scene.settings is None:
        yield invalid(scene.faults, needs_root=scene.needs_root)
        return
    try:
        check_notifiers(scene.settings.notifiers, scene.settings.file, _LIMIT)
    except ConfigError as error:
        yield invalid(str(error).splitlines(), needs_root=scene.needs_root)
        return
    wrong = list(faults(scene.settings))
    yield invalid(wrong, needs_root=False) if wrong else valid(scene.settings)
    yield from (warn(_REMARK, *_remark(line)) for line in remarks(scene.settings))


def valid(settings: Settings) -> Finding:
    """Say what is in effect."""
    file = settings.file
    where = "all defaults" if file is None else printable(os.fsencode(file))
    chain = ", ".join(stage.name for stage in settings.stages)
    told = counted(len(settings.notifiers), "notifier") if settings.notifiers else "tells nobody"
    return ok(_CHECK, one_line(f"{where}: {chain}; {told}", _LONGEST))


def invalid(faults: Sequence[str], *, needs_root: bool) -> Finding:
    """Say the first fault, and how many there are."""
    first = one_line(faults[0], _LONGEST) if faults else "it cannot be used"
    more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    if needs_root and "Permission denied" in first:
        return unknown(_CHECK, first)
    return fail(_CHECK, first + more, _REMEDY)


def _remark(line: str) -> tuple[str, str]:
    """Part a remark from the command that it ends in, where it does."""
    text, _, command = line.removeprefix("warning: ").partition("; run: ")
    return one_line(text, _LONGEST), command or _REMEDY
