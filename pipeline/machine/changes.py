"""Changes to the machine: each is told as the command it comes to, then made; or only told.

Every change is safe to repeat: what is there already as it should be is not touched, and not told.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import stat
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path

from pipeline.display import printable
from pipeline.durability import full_sync
from pipeline.errors import MachineError, Untrusted
from pipeline.machine.giving import give_file, have_directory
from pipeline.machine.machine import Answer, Machine

_DONE = frozenset({0})


class Changes:
    """Carries out changes on one machine, telling each; with `dry_run` it only tells."""

    def __init__(self, machine: Machine, tell: Callable[[str], None], *, dry_run: bool) -> None:
        self.machine = machine
        self.dry_run = dry_run
        self.tell = tell
        self.made = 0
        """How many changes were told so far."""

    def run(
        self,
        program: str,
        *arguments: str,
        accept: Collection[int] = _DONE,
        patience: float = 60.0,
    ) -> Answer | None:
        """Run a program that changes something; None under `dry_run`.

        MachineError, with what it said, where its status is not one of `accept`.
        """
        shown = shlex.join([program, *arguments])
        self._announce(f"run    {printable(shown)}")
        if self.dry_run:
            return None
        answer = self.machine.run(program, *arguments, patience=patience)
        if answer.status not in accept:
            raise MachineError(f"`{printable(shown)}` ended with {answer.status}: {answer.said}")
        return answer

    def directory(self, path: str, owner: str, group: str, mode: int) -> None:
        """Have a directory with exactly this owner, group and mode, where nobody else made one.

        Untrusted where a link, another kind of file, or somebody else's directory is there.
        """
        place = self.machine.place(path)
        owners = self._numbers(owner, group)
        if self._is_hidden(place):
            return
        found = _looked_at(place)
        if found is not None and not stat.S_ISDIR(found.st_mode):
            raise Untrusted(f"{_shown(place)}: is no directory; look who made it, and remove it")
        trusted = {0, os.geteuid(), *(owners or ())[:1]}
        if found is not None and owners and found.st_uid not in trusted:
            raise Untrusted(
                f"{_shown(place)}: was made by uid {found.st_uid}, who can replace what lies in "
                "it; look what is in it, and remove it"
            )
        if found is not None and _is(found, owners, mode):
            return
        self._announce(f"make   {_shown(path)}/  {owner}:{group} {mode:04o}")
        if self.dry_run:
            return
        with _told(place):
            have_directory(place, owners, mode, trusted)

    def file(
        self, path: str, data: bytes, owner: str, group: str, mode: int, content: str | None = None
    ) -> bool:
        """Have a file with exactly this content; returns whether it was not so before.

        It appears whole, under its name, with its owner and mode. `content` says in a dry run what
        is in it, where its lines would be too many.
        """
        place = self.machine.place(path)
        owners = self._numbers(owner, group)
        if self._is_hidden(place):
            return False
        found = _looked_at(place)
        same = found is not None and stat.S_ISREG(found.st_mode) and place.read_bytes() == data
        if same and found is not None and _is(found, owners, mode):
            return False
        self._announce(f"write  {_shown(path)}  {owner}:{group} {mode:04o}, {len(data)} bytes")
        if self.dry_run:
            text = data.decode("utf-8", "replace") if content is None else content
            for line in text.expandtabs(2).splitlines():
                self.tell(f"     | {printable(line)}")
            return True
        with _told(place):
            self._replace(place, data, owners, mode)
        return True

    def access(self, path: str, owner: str, group: str, mode: int) -> bool:
        """Have a file that is there belong so, content untouched; returns whether it did not.

        Untrusted where a link or another kind of file is there.
        """
        place = self.machine.place(path)
        owners = self._numbers(owner, group)
        if self._is_hidden(place):
            return False
        found = _looked_at(place)
        if found is None or not stat.S_ISREG(found.st_mode):
            raise Untrusted(f"{_shown(place)}: is no file; look who made it, and remove it")
        if _is(found, owners, mode):
            return False
        self._announce(f"give   {_shown(path)}  {owner}:{group} {mode:04o}")
        if not self.dry_run:
            with _told(place):
                give_file(place, owners, mode)
        return True

    def files(self, path: str, contents: Mapping[str, bytes]) -> None:
        """Have all these files, by their names below a directory: 0644, in directories of 0755.

        They belong to whoever runs this, and are not on the disk for certain yet.
        """
        size = sum(map(len, contents.values()))
        self._announce(f"write  {_shown(path)}/  {len(contents)} files, {size} bytes")
        if self.dry_run:
            return
        for name, data in contents.items():
            place = self.machine.place(path) / name
            with _told(place):
                _have_folder(place.parent)
                with open(place, "wb", opener=_for_us_to_write) as file:
                    file.write(data)
                    os.fchmod(file.fileno(), 0o644)

    def remove(self, path: str) -> bool:
        """Remove a file or a link, if it is there; returns whether it was."""
        place = self.machine.place(path)
        if self._is_hidden(place) or _looked_at(place) is None:
            return False
        self._announce(f"remove {_shown(path)}")
        if not self.dry_run:
            with _told(place):
                os.unlink(place)
        return True

    def remove_tree(self, path: str) -> bool:
        """Remove a directory with all that is in it, following no link; returns if it was there."""
        place = self.machine.place(path)
        if self._is_hidden(place) or _looked_at(place) is None:
            return False
        self._announce(f"remove {_shown(path)}/ and all that is in it")
        if not self.dry_run:
            with _told(place):
                shutil.rmtree(place)
        return True

    def remove_directory(self, path: str) -> bool:
        """Remove a directory if it is there and nothing is in it; returns whether that was so."""
        place = self.machine.place(path)
        if self._is_hidden(place, inside=True) or not _is_empty_directory(place):
            return False
        self._announce(f"remove {_shown(path)}/")
        if not self.dry_run:
            with _told(place):
                os.rmdir(place)
        return True

    def _is_hidden(self, place: Path, *, inside: bool = False) -> bool:
        """Whether only root may look at what is there, or `inside` of it; told, in a dry run."""
        if not self.dry_run:
            return False
        try:
            (os.listdir if inside else os.lstat)(place)
        except PermissionError:
            self.tell(f"hidden {_shown(place)}: only root may look; put sudo before the command")
            return True
        except OSError:
            pass
        return False

    def _announce(self, change: str) -> None:
        self.made += 1
        self.tell(change)

    def _numbers(self, owner: str, group: str) -> tuple[int, int] | None:
        """Return both as numbers, which they may be already, as for chown(8).

        None while an account is still to be made, in a dry run.
        """
        uid = int(owner) if owner.isdecimal() else self.machine.uid(owner)
        gid = int(group) if group.isdecimal() else self.machine.gid(group)
        if uid is None or gid is None:
            if self.dry_run:
                return None
            raise MachineError(f"there is no account {owner}:{group} on this machine")
        return uid, gid

    def _replace(self, place: Path, data: bytes, owners: tuple[int, int] | None, mode: int) -> None:
        beside = place.with_name(f".{place.name}.new")
        with contextlib.suppress(FileNotFoundError):
            os.unlink(beside)
        fd = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        try:
            with open(fd, "wb", closefd=False) as file:
                file.write(data)
            if owners is not None:
                os.fchown(fd, *owners)
            os.fchmod(fd, mode)
            full_sync(fd)
            os.replace(beside, place)
        except OSError:  # such as a full disk
            with contextlib.suppress(OSError):
                os.unlink(beside)
            raise
        finally:
            os.close(fd)


def _looked_at(place: Path) -> os.stat_result | None:
    try:
        return os.lstat(place)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise MachineError(f"{_shown(place)}: {error.strerror}") from error


def _for_us_to_write(place: str, flags: int) -> int:
    return os.open(place, flags | os.O_NOFOLLOW, 0o644)


def _is_empty_directory(place: Path) -> bool:
    found = _looked_at(place)
    if found is None or not stat.S_ISDIR(found.st_mode):
        return False
    with _told(place):
        return not os.listdir(place)


def _have_folder(place: Path) -> None:
    if not place.is_dir():
        _have_folder(place.parent)
        os.mkdir(place, 0o755)  # whatever the umask: not even for an instant may others write
        os.chmod(place, 0o755)  # noqa: S103 - everybody may read code


def _is(found: os.stat_result, owners: tuple[int, int] | None, mode: int) -> bool:
    return (found.st_uid, found.st_gid) == owners and stat.S_IMODE(found.st_mode) == mode


@contextlib.contextmanager
def _told(place: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise MachineError(f"{_shown(place)}: {error.strerror or error}") from error


def _shown(path: str | Path) -> str:
    return printable(os.fsencode(path))
