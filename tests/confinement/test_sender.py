"""What the child that sends an alert has given up by then."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

import pytest

from pipeline import Alert
from pipeline.alerts.delivery import deliver
from pipeline.alerts.receipts import Outcome, Receipt, Slip
from pipeline.alerts.sender import Letter, Recipe
from pipeline.confinement import Account, Terms
from pipeline.messages import Style
from tests.confinement.bench import as_root, listening, on_linux, somebody

pytestmark = [as_root, on_linux]


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "secret"
    path.write_text("hunter2")
    path.chmod(0o600)
    return path


def sent(secret: Path, cls: str, terms: Terms, style: Style | None = None) -> Receipt:
    with listening() as server, contextlib.closing(Slip(secret.with_name("slip"))) as slip:
        config = {"secret": str(secret), "port": server.getsockname()[1]}
        recipe = Recipe(f"tests.confinement.notifiers:{cls}", config)
        alert = Alert(event="x", what="x")
        letter = Letter(recipe, alert, "key", style or Style(dns=False), 30, terms)
        return asyncio.run(deliver(letter, slip))


def test_it_is_somebody_else_with_the_network_and_what_it_prepared(secret: Path) -> None:
    account = somebody()
    receipt = sent(secret, "Reaches", Terms(account=account))
    assert receipt.outcome is Outcome.SENT
    assert receipt.answer == (
        f"{account.uid}:{account.gid}:[] hunter2 "
        "file=PermissionError fork=PermissionError connect=done"
    )


def test_a_notifier_with_the_daemon_s_rights_has_them(secret: Path) -> None:
    assert sent(secret, "Trusted", Terms(account=somebody())).answer == "0 hunter2"


def test_secrets_of_the_environment_are_there_only_while_it_prepares(
    secret: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("GITHUB_TOKEN", "HTTPS_PROXY", "TZ"):
        monkeypatch.setenv(name, "" if name == "TZ" else "hunter2")
    seen = sent(secret, "Sees", Terms()).answer
    assert seen == "GITHUB_TOKEN HTTPS_PROXY TZ; HTTPS_PROXY TZ; False"


def test_templates_of_root_s_are_read_before(secret: Path) -> None:
    templates = secret.with_name("templates")
    templates.mkdir(mode=0o700)
    (templates / "title.j2").write_text("by a template of root's")
    style = Style(dns=False, templates=str(templates))
    receipt = sent(secret, "Repeats", Terms(account=somebody()), style)
    assert receipt.answer == "by a template of root's"


def test_one_that_cannot_become_the_account_sends_nothing_and_keeps_the_alert(secret: Path) -> None:
    impossible = Account(name="impossible", uid=2**32 - 1, gid=2**32 - 1)
    receipt = sent(secret, "Reaches", Terms(account=impossible))
    assert receipt.outcome is Outcome.AGAIN
    assert "could not give up" in receipt.reason
