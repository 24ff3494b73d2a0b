"""The installed command: asked as the service's own Python runs it."""

from __future__ import annotations

import json

from pipeline.errors import ConfigError, ExitCode, MachineError
from pipeline.machine import Answer, Changes, Machine

_PATIENCE = 120.0


class Command:
    """`panicpipe` of one environment, on one machine."""

    def __init__(self, machine: Machine, python: str, config: str) -> None:
        """Take the interpreter and the configuration, paths of the machine."""
        self._machine = machine
        self._python = python
        self._config = config

    def ask(self, *arguments: str) -> Answer:
        """Run it with the service's configuration, on nobody's behalf but root's."""
        config = str(self._machine.place(self._config))
        words = ("-I", "-m", "pipeline", *arguments, "--config", config)
        return self._machine.run(self._python, *words, patience=_PATIENCE)

    def check(self, changes: Changes) -> None:
        """Refuse a configuration that the service could not use, before anything is stopped."""
        changes.tell(f"check  {self._config}")
        if changes.dry_run:
            return
        answer = self.ask("config", "check")
        remarks = [line.removeprefix("panicpipe: ") for line in answer.err.strip().splitlines()]
        if answer.status == ExitCode.CONFIGURATION and remarks:
            raise ConfigError("\n".join(remarks))
        if answer.status:
            raise MachineError(
                f"`panicpipe config check` ended with {answer.status}: {answer.said}"
            )
        for remark in remarks:
            changes.tell(f"note   {remark}")

    def runs(self) -> bool:
        """Whether a daemon works with the service's state directory; a rehearsal has none."""
        if not self._machine.real:
            return True
        try:
            answer = self.ask("status", "--json")
            return answer.status == 0 and json.loads(answer.out)["running"] is True
        except (MachineError, ValueError, LookupError, TypeError):
            return False

    def status(self) -> str:
        """Return what `panicpipe status` prints; a rehearsal has nothing to say.

        Nothing either where it gives no answer: what is asked for is done by then.
        """
        try:
            return self.ask("status").out if self._machine.real else ""
        except MachineError:
            return ""
