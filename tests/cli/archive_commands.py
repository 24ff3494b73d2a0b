"""The `archive` commands, run against a server."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.cli.command import PANICPIPE, Terminal, environment, panicpipe
from tests.s3.servers import S3Server

STEM = "core-xnu-8019.41.5-10.0.40.7-1f0c3a9e"


@dataclass(frozen=True)
class Commands:
    """A place to work in, and a server that the options name."""

    home: Path
    server: S3Server

    @property
    def where(self) -> list[str]:
        return [
            f"--bucket={self.server.bucket}",
            "--prefix=panics",
            f"--endpoint-url={self.server.endpoint}",
        ]

    def run(
        self, *arguments: str | Path, where: list[str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        chosen = self.where if where is None else where
        return panicpipe(self.home, "archive", *arguments, *chosen, env=self.server.environment())

    def lines(self, *arguments: str | Path, code: int = 0) -> list[str]:
        """Run a command that is to say nothing on standard error; returns its lines."""
        done = self.run(*arguments)
        assert (done.stderr, done.returncode) == ("", code)
        return done.stdout.splitlines()

    def fault(self, *arguments: str | Path, code: int = 1, where: list[str] | None = None) -> str:
        """Run a command that is to fail; returns what it says, without its own name."""
        done = self.run(*arguments, where=where)
        assert done.returncode == code, done.stderr
        assert "Traceback" not in done.stderr
        return done.stderr.replace("panicpipe: ", "").rstrip()

    def values(self, *arguments: str | Path, code: int = 0) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.lines(*arguments, "--json", code=code)]

    def start(self, *arguments: str | Path) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [PANICPIPE, "archive", *arguments, *self.where],
            env=environment(self.home, **self.server.environment()),
            cwd=self.home,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def terminal(self, *arguments: str | Path) -> Terminal:
        return Terminal(
            self.home, "archive", *arguments, *self.where, env=self.server.environment()
        )

    def behind(self, endpoint: str) -> Commands:
        return Commands(self.home, self.server.behind(endpoint))

    def configure(self, *lines: str) -> Path:
        """Write a configuration with this archive in it; returns it."""
        file = self.home / "panicpipe.toml"
        upload = [
            "[stages.upload]",
            f'bucket = "{self.server.bucket}"',
            'prefix = "panics"',
            f'endpoint_url = "{self.server.endpoint}"',
        ]
        file.write_text("\n".join([f'state_directory = "{self.home}/state"', *upload, *lines]))
        return file
