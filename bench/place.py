"""The directories that a bench works in, and the cores that lie there."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

PANICPIPE = Path(sys.executable).with_name("panicpipe")
ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Cores:
    """The same core twice: as the kernel compresses it, and raw."""

    size: int
    """Of the raw one, about."""
    gzipped: Path
    raw: Path


@dataclass(frozen=True)
class Place:
    """One directory for everything; its owner removes it."""

    root: Path

    @property
    def config(self) -> Path:
        return self.root / "panicpipe.toml"

    @property
    def dumps(self) -> Path:
        """What the daemon watches."""
        return self.root / "dumps"

    @property
    def made(self) -> Path:
        """Where every program puts what it makes."""
        return self.root / "made"

    def prepare(self) -> None:
        self.dumps.mkdir()
        self.made.mkdir(mode=0o750)
        self.config.write_text(
            f'state_directory = "{self.root / "state"}"\n'
            f'[source.directory]\npath = "{self.dumps}"\n'
            f'[stages.package]\ndirectory = "{self.made}"\n'
        )

    def clear_made(self) -> None:
        for path in self.made.iterdir():
            path.unlink()

    def start_afresh(self) -> None:
        """Forget all dumps and what was made of them."""
        shutil.rmtree(self.root / "state", ignore_errors=True)
        for path in self.dumps.iterdir():
            path.unlink()
        self.clear_made()

    def cores(self, size: int) -> Cores:
        directory = self.root / f"cores-{size}"
        directory.mkdir()
        return Cores(size, _core(directory, size, "--gzip"), _core(directory, size))


def _core(directory: Path, size: int, *options: str) -> Path:
    command = [sys.executable, "-m", "tests.cores", "--size", str(size), *options, str(directory)]
    made = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    return Path(made.stdout.strip())
