"""Encrypts what is on its way to an archive, because cores hold kernel memory."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from pipeline import (
    Artifact,
    Dump,
    FileStage,
    Output,
    Rejected,
    Stage,
    StepResult,
    TryAgain,
    Workspace,
)
from pipeline.stages import age_stream
from pipeline.stages.spool_file import SpoolFile

_KINDS = ("archive", "record")
_MOST_RECIPIENTS = 100
_LONGEST_RECIPIENT = 2048
_LONGEST_RECIPIENTS = 40 << 10
"""Bytes of all together: they are named in this stage's facts and in the manifest."""
_SUFFIXES = (".zst", "-incomplete.gz", "-incomplete", ".json")


@dataclass(frozen=True, kw_only=True)
class Encrypt(FileStage):
    """Encrypts the archive file and its record with age, to public keys.

    Whoever holds the private key of any one of them opens both with `age -d`. The files in the
    clear are removed once the encrypted ones are there.
    """

    needs: ClassVar[frozenset[str]] = frozenset(_KINDS)
    makes: ClassVar[frozenset[str]] = frozenset(_KINDS)
    background: ClassVar[bool] = True
    reads_dump: ClassVar[bool] = False
    keeps: ClassVar[Literal["outputs", "spool"]] = "spool"

    recipients: tuple[str, ...]
    """Public keys: `age1...`, or a line `ssh-ed25519 ...` or `ssh-rsa ...`. The private keys
    belong somewhere else."""

    def __post_init__(self) -> None:
        if not 1 <= len(self.recipients) <= _MOST_RECIPIENTS:
            raise ValueError(
                f"recipients must name at least one public key, and at most {_MOST_RECIPIENTS}"
            )
        if sum(map(len, self.recipients)) > _LONGEST_RECIPIENTS:
            raise ValueError(
                f"recipients must take at most {_LONGEST_RECIPIENTS >> 10} KiB together"
            )
        for number, text in enumerate(self.recipients, 1):
            if len(text) > _LONGEST_RECIPIENT:
                raise ValueError(f"recipients must be public keys: number {number} is too long")
            try:
                age_stream.recipient(text)
            except age_stream.NoRecipientError as error:
                raise ValueError(
                    f"recipients must be public keys: number {number} {error}"
                ) from None

    def run(self, dump: Dump, work: Workspace) -> StepResult:
        """Make both files; Rejected where the clear ones are not what an earlier stage made."""
        job = _Job(dump, work, self)
        archive, file = job.encrypted("archive")
        beside, _ = job.encrypted("record")
        return StepResult(
            outputs=(archive, beside),
            facts={"sha256": file.sha256, "size": file.size, "recipients": list(self.recipients)},
            releases=frozenset(_KINDS),
        )

    def objection(self, chain: Sequence[tuple[str, Stage]]) -> str | None:
        """Object to every chain in which something leaves this machine in the clear."""
        own = next((at for at, (_, stage) in enumerate(chain) if stage is self), None)
        me = '"encrypt"' if own is None else f'"{chain[own][0]}"'
        for at, (name, stage) in enumerate(chain):
            if not stage.remote:
                continue
            clear = f'"{name}" would send dumps from this machine in the clear'
            if own is None or at < own:
                return f"{clear}, though recipients are configured; put {me} before it"
            bare = _clear_kinds(chain, at, own)
            if bare:
                return f"{clear}: what it sends ({', '.join(bare)}) is not what {me} makes"
        return None


def _clear_kinds(chain: Sequence[tuple[str, Stage]], at: int, own: int) -> list[str]:
    """Return what the remote stage at `at` gets that did not come out of the one at `own`."""
    stage = chain[at][1]
    makers = {kind: place for place in range(at) for kind in chain[place][1].makes}
    bare = sorted(kind for kind in stage.needs if makers.get(kind) != own)
    return ["the dump itself", *bare] if stage.reads_dump else bare


class _Job:
    """Both files of one dump, under one measure of progress."""

    def __init__(self, dump: Dump, work: Workspace, stage: Encrypt) -> None:
        self._name = dump.name
        self._work = work
        self._directory = stage.directory
        self._recipients = [age_stream.recipient(text) for text in stage.recipients]
        self._total = sum(work.artifacts[kind].size for kind in _KINDS)
        self._done = 0

    def encrypted(self, kind: str) -> tuple[Output, SpoolFile]:
        artifact = self._work.artifacts[kind]
        seen = hashlib.sha256()

        def taken(piece: bytes) -> None:
            if self._work.cancelled:
                raise TryAgain(f"{self._name}: encrypting it was stopped")
            seen.update(piece)
            self._done += len(piece)
            self._work.progress(self._done, self._total)

        output = self._work.create(kind, _suffix(artifact.path) + ".age")
        file = SpoolFile(output, self._directory)
        before = self._done
        with self._work.open(kind) as clear:
            age_stream.encrypt(clear, file, self._recipients, taken)
        file.finish()
        self._refuse_another(artifact, self._done - before, seen.hexdigest())
        return output, file

    def _refuse_another(self, artifact: Artifact, size: int, sha256: str) -> None:
        """See that what was read is what was made, as far as its maker told."""
        facts = self._work.facts.get(artifact.stage, {})
        told = facts.get("sha256") if artifact.kind == "archive" else None
        if size != artifact.size or told not in (None, sha256):
            raise Rejected(
                f"{artifact.path}: is no longer what {artifact.stage} made; "
                "look after the disk it is on"
            )


def _suffix(path: str) -> str:
    """Return what an earlier stage added to the dump's name."""
    known = (suffix for suffix in _SUFFIXES if path.endswith(suffix))
    return next(known, "")
