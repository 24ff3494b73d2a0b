"""Which recipients and which chains the encrypt stage takes."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pyrage
import pytest

from pipeline import Dump, Stage, StepResult, Workspace
from pipeline.config import load
from pipeline.errors import ConfigError
from pipeline.stages.compress import Compress
from pipeline.stages.encrypt import Encrypt
from tests.config.hosts import user

IDENTITY = pyrage.x25519.Identity.generate()
SECRET = str(IDENTITY)
PUBLIC = str(IDENTITY.to_public())
SSH = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHsKLqeplhpW+uObz5dvMgjz1OxfM/XXUB+VHtZ6isGN me@here"
OPENSSH = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQ\n"


@pytest.mark.parametrize(
    "key", [PUBLIC, SSH, SSH.removesuffix(" me@here")], ids=["age", "ssh", "ssh without a comment"]
)
def test_public_keys_of_age_and_ssh_are_taken(key: str) -> None:
    assert Encrypt(recipients=(PUBLIC, key)).recipients == (PUBLIC, key)


@pytest.mark.parametrize(
    ("key", "why"),
    [
        ("", "is neither"),
        ("me@example.com", "is neither"),
        ("/etc/panicpipe/key.txt", "is neither"),
        ("ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAA", "is neither"),
        (PUBLIC[:-1] + ("q" if PUBLIC[-1] != "q" else "p"), "is damaged"),
        (PUBLIC[:30], "is damaged"),
        (PUBLIC + "\n", "is damaged"),
        ("age1yubikey1qqqqqqqqqq", "is damaged"),
        ("ssh-ed25519 nonsense", "is damaged"),
        ("ssh-rsa " + "A" * 3000, "is too long"),
    ],
    ids=range(10),
)
def test_whatever_is_no_public_key_is_refused_by_its_place(key: str, why: str) -> None:
    with pytest.raises(ValueError, match=f"^recipients must be public keys: number 2 {why}"):
        Encrypt(recipients=(PUBLIC, key))


@pytest.mark.parametrize("recipients", [(), (PUBLIC,) * 101])
def test_nobody_is_refused_and_so_is_everybody(recipients: tuple[str, ...]) -> None:
    """A dump encrypted to nobody would be lost."""
    with pytest.raises(ValueError, match=r"^recipients must name at least one .* at most 100$"):
        Encrypt(recipients=recipients)


def test_more_than_a_manifest_can_name_is_refused() -> None:
    """Found out only after each dump was encrypted, it would park them all."""
    long = f"{SSH} {'x' * 1500}"
    with pytest.raises(ValueError, match=r"^recipients must take at most 40 KiB together"):
        Encrypt(recipients=(long,) * 30)
    assert Encrypt(recipients=(PUBLIC,) * 100)


@pytest.mark.parametrize(
    "secret",
    [SECRET, SECRET.lower(), f" {SECRET}", OPENSSH],
    ids=["age", "lower case", "blank before it", "ssh"],
)
@pytest.mark.parametrize("form", ["[{}]", "{}", "[{}, 5]", "[{}, {}, {}, {}]", "[[{}]]"])
def test_a_private_key_given_by_mistake_is_refused_and_never_shown(
    tmp_path: Path, secret: str, form: str
) -> None:
    quoted = '"' + secret.replace("\n", "\\n") + '"'
    file = tmp_path / "p.toml"
    file.write_text(f"[stages.encrypt]\nrecipients = {form.replace('{}', quoted)}\n")
    with pytest.raises(ConfigError) as refusal:
        load(file, {}, host=user(tmp_path))
    told = str(refusal.value)
    assert "stages.encrypt.recipients" in told
    for part in (secret.strip()[:30], secret.strip()[20:40], secret.strip()[-20:]):
        assert part.lower() not in told.lower()


def test_a_private_key_is_called_by_its_name() -> None:
    with pytest.raises(ValueError, match="number 1 is a private key, and this machine must never"):
        Encrypt(recipients=(SECRET,))


@dataclass(frozen=True, kw_only=True)
class Send(Stage):
    """Sends the archive to another machine."""

    needs: ClassVar[frozenset[str]] = frozenset({"archive", "record"})
    remote: ClassVar[bool] = True
    reads_dump: ClassVar[bool] = False

    def run(self, dump: Dump, work: Workspace) -> StepResult:
        return StepResult()


@dataclass(frozen=True, kw_only=True)
class SendZip(Send):
    """Sends what no encryption has seen."""

    needs: ClassVar[frozenset[str]] = frozenset({"zip"})


@dataclass(frozen=True, kw_only=True)
class SendDump(Send):
    """Can read, and so send, the dump itself."""

    reads_dump: ClassVar[bool] = True


ENCRYPT = Encrypt(recipients=(PUBLIC,))
CHAIN: Sequence[tuple[str, Stage]] = (("compress", Compress()), ("encrypt", ENCRYPT))


def test_a_chain_that_sends_only_what_was_encrypted_is_taken() -> None:
    assert ENCRYPT.objection([*CHAIN, ("upload", Send())]) is None
    assert ENCRYPT.objection([*CHAIN, ("upload", Send()), ("again", Send())]) is None


def test_a_chain_that_sends_nothing_is_taken() -> None:
    assert ENCRYPT.objection(CHAIN) is None
    assert ENCRYPT.objection([("compress", Compress())]) is None


@pytest.mark.parametrize(
    "chain",
    [
        [CHAIN[0], ("upload", Send()), CHAIN[1]],
        [CHAIN[0], ("upload", Send())],
        [CHAIN[0], ("upload", Send()), CHAIN[1], ("again", Send())],
    ],
    ids=["too late", "left out", "too late for one of two"],
)
def test_a_chain_that_sends_before_it_encrypts_is_refused(
    chain: Sequence[tuple[str, Stage]],
) -> None:
    assert ENCRYPT.objection(chain) == (
        '"upload" would send dumps from this machine in the clear, though recipients are '
        'configured; put "encrypt" before it'
    )


@pytest.mark.parametrize(
    ("chain", "what"),
    [
        ([*CHAIN, ("upload", SendZip())], "zip"),
        ([*CHAIN, ("upload", SendDump())], "the dump itself"),
        ([*CHAIN, ("compress-again", Compress()), ("upload", Send())], "archive, record"),
    ],
)
def test_a_chain_that_sends_what_was_not_encrypted_is_refused(
    chain: Sequence[tuple[str, Stage]], what: str
) -> None:
    assert ENCRYPT.objection(chain) == (
        f'"upload" would send dumps from this machine in the clear: what it sends ({what}) '
        'is not what "encrypt" makes'
    )


@pytest.mark.parametrize("stages", ['"compress", "upload"', '"compress", "upload", "encrypt"'])
def test_the_configuration_of_such_a_chain_is_refused(tmp_path: Path, stages: str) -> None:
    """Also where `encrypt` was taken out of the chain and its recipients were left."""
    file = tmp_path / "p.toml"
    file.write_text(
        f'[pipeline]\nstages = [{stages}]\n[stages.upload]\nbucket = "panics"\n'
        f'[stages.encrypt]\nrecipients = ["{PUBLIC}"]\n'
    )
    with pytest.raises(ConfigError, match=r'pipeline\.stages: "upload" would send dumps .* clear'):
        load(file, {}, host=user(tmp_path))
