"""All checks, in the order of the page."""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from importlib.metadata import version
from itertools import chain
from pathlib import Path

from pipeline.client import checks as client_checks
from pipeline.display import duration, one_line
from pipeline.doctor import (
    clock_facts,
    configuration,
    directory_facts,
    dumps,
    elsewhere_facts,
    server_facts,
    service_facts,
    volume_facts,
)
from pipeline.doctor.configuration import Remarks
from pipeline.doctor.examining import Check, examine, within
from pipeline.doctor.hurried import HurriedMachine
from pipeline.doctor.report import Report, Section
from pipeline.doctor.scene import Scene, gather
from pipeline.doctor.wording import NEEDS_ROOT, fail, unknown
from pipeline.machine import Finding, Machine

TITLES = {
    "service": "Service",
    "configuration": "Configuration",
    "server": "Dump server",
    "client": "Own panics",
    "machine": "Machine",
    "dumps": "Dumps",
    "owed": "What is owed",
    "elsewhere": "Elsewhere",
}
"""What stands on the page before findings whose names begin so, in this order."""

_GATHERING = 10.0
_CHECKING = 15.0
_CHECKING_ONLINE = 60.0
"""Seconds for all that is read first, and for all checks together."""
_MARGIN = 2.0
"""Seconds by which programs have to end before the checks that asked them."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is to be looked at."""

    machine: Machine
    config: Path | None = None
    online: bool = False
    faults: Remarks = lambda _: ()
    remarks: Remarks = lambda _: ()
    """What `config check` says is wrong with a configuration, and what it remarks."""


def diagnose(question: Question) -> Report:
    """Look at everything; never raises for what it finds, and comes back in time."""
    seconds = _CHECKING_ONLINE if question.online else _CHECKING
    look = partial(gather, question.machine, question.config, online=question.online)
    try:
        scene = within(_GATHERING, look)
    except TimeoutError:
        what = f"configuration and journal did not answer within {duration(_GATHERING)}"
        return _report([fail("configuration.failed", what)], needs_root=False, bugs=(what,))
    except Exception as error:  # a bug here must leave a page as well
        what = f"cannot be looked at: {type(error).__name__}: {one_line(str(error), 200)}"
        bug = "".join(traceback.format_exception(error))
        return _report([fail("configuration.failed", what)], needs_root=False, bugs=(bug,))
    scene = replace(scene, machine=HurriedMachine.of(scene.machine, seconds - _MARGIN))
    examined = examine(_checks(scene, question), seconds)
    return _report(
        chain.from_iterable(each.findings for each in examined),
        needs_root=scene.needs_root,
        bugs=tuple(each.bug for each in examined if each.bug is not None),
    )


def _checks(scene: Scene, question: Question) -> Sequence[Check]:
    told = (question.faults, question.remarks)
    return (
        Check(name="service", look=partial(service_facts.findings, scene)),
        Check(name="service.ownership", look=partial(service_facts.ownership, scene)),
        Check(name="configuration", look=partial(configuration.findings, scene, *told)),
        Check(name="configuration.directories", look=partial(directory_facts.findings, scene)),
        Check(name="configuration.source", look=partial(volume_facts.sources, scene)),
        Check(name="server", look=partial(server_facts.findings, scene)),
        Check(name="client", look=partial(client_checks.findings, scene.machine)),
        Check(name="machine.space", look=partial(volume_facts.volumes, scene)),
        Check(name="machine", look=partial(clock_facts.findings, scene)),
        Check(name="dumps", look=partial(_of_journal, scene)),
        Check(name="elsewhere", look=partial(elsewhere_facts.findings, scene)),
    )


def _of_journal(scene: Scene) -> Iterator[Finding]:
    if scene.standing is not None:
        yield dumps.last_dump(scene.standing.last)
        stages = () if scene.settings is None else scene.settings.stages
        has_archive = any(stage.plugin.remote for stage in stages)
        yield from dumps.findings(scene.standing, has_archive=has_archive)
    elif scene.journal_fault is None:
        yield unknown("dumps.journal", "there is no journal: no daemon has run yet")
    elif scene.needs_root:
        yield unknown("dumps.journal", f"dumps and what is owed: {NEEDS_ROOT}")
    else:
        yield fail("dumps.journal", one_line(scene.journal_fault, 300))


def _report(findings: Iterable[Finding], *, needs_root: bool, bugs: tuple[str, ...]) -> Report:
    found: dict[str, list[Finding]] = {title: [] for title in TITLES.values()}
    for finding in findings:
        found[TITLES.get(finding.check.partition(".")[0], "Machine")].append(finding)
    return Report(
        version=version("panicpipe"),
        sections=tuple(
            Section(title=title, findings=tuple(each)) for title, each in found.items() if each
        ),
        needs_root=needs_root,
        bugs=bugs,
    )
