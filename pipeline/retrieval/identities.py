"""age identities (secret keys) from files, and opening what was encrypted to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from pipeline.display import printable
from pipeline.retrieval.faults import BadIdentityFile, Mismatch, NoIdentity

_LARGEST = 1 << 20
_SSH = b"-----BEGIN "
_ENCRYPTED = (b"age-encryption.org/", b"-----BEGIN AGE ENCRYPTED FILE-----")


class Source(Protocol):
    def read(self, size: int, /) -> bytes: ...


class Sink(Protocol):
    def write(self, data: bytes, /) -> int: ...
    def flush(self) -> None: ...


@dataclass(frozen=True)
class Identities:
    """Secret keys, and where they came from."""

    keys: Sequence[Any] = ()
    files: str = ""

    @classmethod
    def from_files(cls, paths: Sequence[Path]) -> Identities:
        """Read files as `age-keygen` and `ssh-keygen` make them; BadIdentityFile."""
        shown = [printable(str(path)) for path in paths]
        keys = [key for path, name in zip(paths, shown, strict=True) for key in _read(path, name)]
        return cls(keys, ", ".join(shown))

    def decrypt(self, source: Source, sink: Sink) -> None:
        """Copy what is encrypted in one into the other; NoIdentity, or Mismatch.

        What comes out before the end is not proven yet.
        """
        import pyrage

        try:
            pyrage.decrypt_io(source, sink, list(self.keys))
        except pyrage.DecryptError as error:
            if "matching" in str(error):
                raise NoIdentity(f"no key in {self.files} opens it") from None
            raise Mismatch("it is not what age makes") from None
        except OSError as error:
            if error.errno is None:  # pyrage's own word for bytes that are not authentic
                raise Mismatch("it was cut off or changed after it was encrypted") from None
            raise


def _read(path: Path, shown: str) -> list[Any]:
    try:
        with open(path, "rb") as file:
            data = file.read(_LARGEST + 1)
    except OSError as error:
        raise BadIdentityFile(f"{shown}: {error.strerror or error}") from error
    if data.startswith(_ENCRYPTED):
        raise BadIdentityFile(
            f"{shown}: is encrypted with a passphrase; decrypt it first: age -d {shown}"
        )
    keys = _ssh(data, shown) if data.lstrip().startswith(_SSH) else _age(data, shown)
    if not keys or len(data) > _LARGEST:
        raise BadIdentityFile(f"{shown}: holds no age identity (AGE-SECRET-KEY-1…) and no SSH key")
    return keys


def _ssh(data: bytes, shown: str) -> list[Any]:
    import pyrage

    try:
        return [pyrage.ssh.Identity.from_buffer(data)]
    except pyrage.IdentityError:
        raise BadIdentityFile(
            f"{shown}: is no SSH key that can be used; age takes ed25519 and RSA ones without a "
            "passphrase"
        ) from None


def _age(data: bytes, shown: str) -> list[Any]:
    import pyrage

    keys = []
    for number, line in enumerate(data.decode("utf-8", "replace").splitlines(), 1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        try:
            keys.append(pyrage.x25519.Identity.from_str(text))
        except pyrage.IdentityError:
            raise BadIdentityFile(
                f"{shown}:{number}: is no age identity that can be used (AGE-SECRET-KEY-1…)"
            ) from None
    return keys
