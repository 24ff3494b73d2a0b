"""What starts the daemon that somebody asks about: the service, or a command in a terminal."""

from __future__ import annotations

from pathlib import Path

from pipeline.cli.layout import Line
from pipeline.machine import Machine
from pipeline.paths import here, system_state_directory


def not_running(state: Path, machine: Machine | None = None) -> Line:
    """Say that no daemon runs with this state directory, and what starts one."""
    return Line(f"The daemon is NOT running: start it with `{_command(state, machine)}`.", "red")


def _command(state: Path, machine: Machine | None) -> str:
    from pipeline.doctor.installed import is_installed

    machine = machine or Machine()
    ours = state == system_state_directory(here(machine.platform))
    return "sudo panicpipe service start" if ours and is_installed(machine) else "panicpipe run"
