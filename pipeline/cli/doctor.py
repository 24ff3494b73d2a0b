"""`panicpipe doctor`: what is wrong, and the command that mends it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from pipeline.cli import output
from pipeline.cli.doctor_text import page
from pipeline.cli.machine_options import root_option
from pipeline.cli.options import config_option, json_option
from pipeline.machine import this_machine


@click.command()
@click.option("--online", is_flag=True, help="Also ask other machines: the archive, a time server.")
@json_option
@root_option
@config_option
def doctor(online: bool, as_json: bool, root: Path | None, config: Path | None) -> int:
    """Look at everything that must be right, and name the command that mends what is not.

    Changes nothing. Exit code 0 when all is well, 10 when something is not as it should be, 11
    when dumps or news of them get lost.
    """
    from pipeline.cli.config_remarks import remarks, template_faults
    from pipeline.doctor.diagnosis import Question, diagnose

    question = Question(
        machine=this_machine(root),
        config=config,
        online=online,
        faults=template_faults,
        remarks=remarks,
    )
    report = diagnose(question)
    for words in _told_of_bugs(report.bugs):
        output.error(words)
    if as_json:
        output.print_json(report.value())
    else:
        for line in page(report, online=online, width=output.width()):
            output.say(line.text, line.style)
    return report.exit_code


def _told_of_bugs(bugs: tuple[str, ...]) -> Iterator[str]:
    for bug in bugs:
        yield "a check failed itself; please report it with these lines:"
        yield from bug.splitlines()
