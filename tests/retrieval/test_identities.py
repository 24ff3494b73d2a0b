"""What is taken as a key, and how it is told what is not."""

from __future__ import annotations

import io
import subprocess
from pathlib import Path

import pyrage
import pytest

from pipeline.errors import ExitCode
from pipeline.retrieval.faults import BadIdentityFile, Mismatch, NoIdentity
from pipeline.retrieval.identities import Identities


def test_a_file_of_age_keygen_opens_what_the_age_program_encrypted(tmp_path: Path) -> None:
    key = tmp_path / "key"
    made = subprocess.run(["age-keygen", "-o", key], capture_output=True, text=True, check=True)
    public = made.stderr.split()[-1]
    data = subprocess.run(["age", "-r", public], input=b"core", capture_output=True, check=True)
    clear = io.BytesIO()
    Identities.from_files([key]).decrypt(io.BytesIO(data.stdout), clear)
    assert clear.getvalue() == b"core"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "holds no age identity"),
        (b"# only a comment\n", "holds no age identity"),
        (b"age1publickeys\n", ":1: is no age identity"),
        (b"# x\n\nAGE-SECRET-KEY-1BROKEN\n", ":3: is no age identity"),
        (b"age-encryption.org/v1\n-> scrypt", "encrypted with a passphrase; decrypt it first"),
        (b"-----BEGIN OPENSSH PRIVATE KEY-----\nx\n", "is no SSH key that can be used"),
        (b"\x00\xff" * 99, "is no age identity"),
    ],
)
def test_what_is_no_key_is_told(tmp_path: Path, content: bytes, told: str) -> None:
    file = tmp_path / "key"
    file.write_bytes(content)
    with pytest.raises(BadIdentityFile) as caught:
        Identities.from_files([file])
    assert f"{file}" in str(caught.value)
    assert told in str(caught.value)
    assert "BROKEN" not in str(caught.value)


def test_an_ssh_key_with_a_passphrase_opens_nothing_and_is_told(tmp_path: Path) -> None:
    file = tmp_path / "id"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "pass", "-f", file], check=True)
    public = pyrage.ssh.Recipient.from_str(file.with_suffix(".pub").read_text().strip())
    data = pyrage.encrypt(b"core", [public])
    with pytest.raises((BadIdentityFile, NoIdentity), match=str(file)):
        Identities.from_files([file]).decrypt(io.BytesIO(data), io.BytesIO())


def test_a_key_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadIdentityFile, match="No such file") as caught:
        Identities.from_files([tmp_path / "none"])
    assert caught.value.exit_code == ExitCode.UNREADABLE


def test_bytes_that_age_did_not_make_are_told(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(str(pyrage.x25519.Identity.generate()))
    with pytest.raises(Mismatch, match="not what age makes"):
        Identities.from_files([file]).decrypt(io.BytesIO(b"x" * 500), io.BytesIO())
