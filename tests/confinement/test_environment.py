"""Secrets in the daemon's environment are for the children that have a use for them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pipeline.confinement import environment
from tests.confinement.bench import facts, stage


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hunter2")


def test_who_reads_dumps_sees_no_secret(tmp_path: Path) -> None:
    assert facts(tmp_path, stage("Sees")) == {"now": False, "ever": False}


def test_who_needs_the_time_zone_sees_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Europe/Zurich")
    assert facts(tmp_path, stage("Sees", variable="TZ"))["now"]


def test_who_talks_to_others_sees_its_credentials(tmp_path: Path) -> None:
    assert facts(tmp_path, stage("SeesFar")) == {"now": True, "ever": False}


def test_who_talks_to_others_keeps_no_other_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "hunter2")
    expected = {"then": True, "now": False, "ever": False}
    assert facts(tmp_path, stage("SeesFarBefore", variable="GITHUB_TOKEN")) == expected


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("AWS_PROFILE", True),
        ("HTTPS_PROXY", True),
        ("no_proxy", True),
        ("REQUESTS_CA_BUNDLE", True),
        ("PROXY_PASSWORD", False),
        ("VAULT_TOKEN", False),
        ("MY_AWS_KEY", False),
    ],
)
def test_who_talks_to_others_keeps_what_that_takes(
    monkeypatch: pytest.MonkeyPatch, name: str, kept: bool
) -> None:
    monkeypatch.setenv(name, "x")
    given = environment.others()
    environment.drop(given, remote=True)
    assert (name in os.environ) is kept
    monkeypatch.setenv(name, "x")
    environment.drop(given, remote=False)
    assert name not in os.environ


def test_who_prepares_sees_them_until_there_is_a_dump(tmp_path: Path) -> None:
    expected = {"then": True, "now": False, "ever": False}
    assert facts(tmp_path, stage("SeesBefore")) == expected


def test_what_is_no_text_is_handed_on_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environb, b"ODD", b"\xff=")
    found = dict(environment.others())
    assert found[b"ODD"] == b"\xff="
    assert not found.keys() & environment.harmless().keys()
