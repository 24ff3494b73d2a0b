"""One machine, seen through its root directory.

With another root than `/`, paths, accounts and programs are those below it: a rehearsal of a Mac or
a Linux machine, which changes nothing outside that directory. Programs are always called by the
absolute path where the system has them: root runs nothing that PATH names.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from pipeline.display import one_line, printable
from pipeline.errors import MachineError
from pipeline.machine.accounts import gid_of, uid_of

_MARK_OF_A_MAC = "System/Library/CoreServices/SystemVersion.plist"
_PATH = "/usr/bin:/bin:/usr/sbin:/sbin"
_LONGEST_ANSWER = 4 << 20


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a program said. `status` as os.waitstatus_to_exitcode gives it."""

    status: int
    out: str
    err: str

    @property
    def said(self) -> str:
        """Return its words in one line, those on standard error first, for an error's text."""
        return one_line(" ".join(f"{self.err}\n{self.out}".split()), 300)


@dataclass(frozen=True)
class Machine:
    """The machine below a root directory."""

    root: Path = Path("/")
    platform: str = sys.platform

    @property
    def mac(self) -> bool:
        return self.platform == "darwin"

    @property
    def real(self) -> bool:
        """Whether this is the machine that runs us, and no rehearsal."""
        return self.root == Path("/")

    def place(self, path: str | Path) -> Path:
        """Return where an absolute path of the machine is for us."""
        return self.root / Path(path).relative_to("/")

    def uid(self, name: str) -> int | None:
        """Return a user's number; None where there is no such user."""
        return uid_of(name, self.root, mac=self.mac)

    def gid(self, name: str) -> int | None:
        """Return a group's number; None where there is no such group."""
        return gid_of(name, self.root, mac=self.mac)

    def has(self, program: str) -> bool:
        """Whether there is an executable of this absolute path."""
        return os.access(self.place(program), os.X_OK)

    def ask(self, program: str, *arguments: str, patience: float = 30.0) -> Answer | None:
        """Run a program that changes nothing; None where it is missing or does not answer."""
        try:
            return self.run(program, *arguments, patience=patience)
        except MachineError:
            return None

    def run(
        self, program: str, *arguments: str, patience: float = 60.0, text: str | None = None
    ) -> Answer:
        """Run a program with an environment of its own; MachineError where it cannot be run.

        `text` goes to its standard input, which is empty otherwise. What it answers is text in
        the C locale; a status other than 0 is the caller's to judge.
        """
        try:
            done = subprocess.run(
                [self.place(program), *arguments],
                env={"PATH": _PATH, "LC_ALL": "C", **self._root_variable()},
                cwd="/",
                umask=0o022,  # what root makes is for all to read, whatever sudo's caller has set
                input=(text or "").encode(),
                capture_output=True,
                timeout=patience,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise MachineError(f"{program}: no answer within {patience:.0f} s") from None
        except OSError as error:
            name = printable(os.fsencode(self.place(program)))
            raise MachineError(f"{name}: cannot be run: {error.strerror or error}") from error
        return Answer(status=done.returncode, out=_text(done.stdout), err=_text(done.stderr))

    def _root_variable(self) -> dict[str, str]:
        """Tell rehearsing programs where they are; real ones are told nothing."""
        return {} if self.real else {"PANICPIPE_ROOT": str(self.root)}


def this_machine(root: Path | None = None) -> Machine:
    """Return the machine below `root`; whether that is a Mac shows in the root itself."""
    if root is None or root == Path("/"):
        return Machine()
    place = root.absolute()
    if not place.is_dir():
        raise MachineError(f"{printable(os.fsencode(place))}: there is no such directory")
    mac = (place / _MARK_OF_A_MAC).exists()
    return Machine(place.resolve(), "darwin" if mac else "linux")


def _text(data: bytes) -> str:
    return data[:_LONGEST_ANSWER].decode("utf-8", "replace")
