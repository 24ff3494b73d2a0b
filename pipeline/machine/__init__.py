"""The machine that is looked at or changed: its paths, its accounts, its programs, and changes."""

from pipeline.machine.changes import Changes
from pipeline.machine.finding import Finding, Level
from pipeline.machine.machine import Answer, Machine, this_machine

__all__ = ["Answer", "Changes", "Finding", "Level", "Machine", "this_machine"]
