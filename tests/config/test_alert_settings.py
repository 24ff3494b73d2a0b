from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from pipeline.config import load
from pipeline.messages import Style
from tests.config.hosts import user
from tests.config.loading import faults, loaded


def test_without_a_file_alerts_have_their_defaults(tmp_path: Path) -> None:
    settings = load(None, {}, host=user(tmp_path))
    assert settings.heartbeat_seconds == 7 * 86400
    assert settings.style == Style(hosts={}, dns=True, templates=None)
    assert settings.server_port == 1069
    assert settings.rules == {}


@pytest.mark.parametrize(("platform", "expected"), [("darwin", True), ("linux", False)])
def test_a_dump_server_is_expected_on_a_mac_unless_the_file_says_otherwise(
    tmp_path: Path, platform: str, expected: bool
) -> None:
    host = dataclasses.replace(user(tmp_path), platform=platform)
    assert load(None, {}, host=host).expect_listener is expected
    file = tmp_path / "p.toml"
    for said in (True, False):
        file.write_text(f"[server]\nexpect_listener = {str(said).lower()}\n")
        assert load(file, {}, host=host).expect_listener is said


def test_what_the_file_says_of_alerts_holds(tmp_path: Path) -> None:
    settings = loaded(
        tmp_path,
        """
        [alerts]
        heartbeat_days = 0.5
        dns = false
        templates = "~/templates"
        [hosts]
        "10.0.40.7" = "lab-mini-3"
        "10.0.40.8" = "Büro Süd"
        [server]
        port = 1070
        """,
    )
    assert settings.heartbeat_seconds == 43200
    assert settings.style == Style(
        hosts={"10.0.40.7": "lab-mini-3", "10.0.40.8": "Büro Süd"},
        dns=False,
        templates=f"{tmp_path}/templates",
    )
    assert settings.server_port == 1070


def test_heartbeats_can_be_switched_off(tmp_path: Path) -> None:
    assert loaded(tmp_path, "[alerts]\nheartbeat_days = 0").heartbeat_seconds == 0


@pytest.mark.parametrize(
    ("toml", "fault"),
    [
        (
            "[alerts]\nheartbeat_days = 366",
            "alerts.heartbeat_days: 366 is not allowed: it must be ",
        ),
        (
            "[alerts]\nheartbeat_days = -1",
            "alerts.heartbeat_days: -1 is not allowed: it must be at",
        ),
        (
            "[alerts]\nheartbeat_days = 0.001",
            "alerts.heartbeat_days: 0.001 is not allowed: it must be 0, for never, or at least",
        ),
        ("[alerts]\nheartbeat_days = nan", 'alerts.heartbeat_days: "nan" is not allowed'),
        ("[alerts]\ndns = 'no'", 'alerts.dns: "no" is not allowed: it must be true or false'),
        (
            "[alerts]\ntemplates = 3",
            "alerts.templates: 3 is not allowed: it must be text in quotes",
        ),
        ("[alerts]\ntemplates = 'x'", 'alerts.templates: "x" is not allowed: it must be an abso'),
        ("[alerts]\nheartbeat = 3", 'alerts.heartbeat: is not a known key, did you mean "heartbea'),
        ("[server]\nport = 0", "server.port: 0 is not allowed: it must be at least 1"),
        ("[server]\nport = 65536", "server.port: 65536 is not allowed: it must be at most 65535"),
        ("[server]\nexpect_listener = 1", "server.expect_listener: 1 is not allowed: it must be "),
        ("hosts = 3", "hosts: 3 is not allowed: it must be a table"),
        ("[hosts]\nlab = 'x'", 'hosts.lab: "lab" is not allowed: it must be an IPv4 address such'),
        ("[hosts]\n'10.0.40.256' = 'x'", 'hosts."10.0.40.256": "10.0.40.256" is not allowed'),
        ("[hosts]\n'010.0.40.6' = 'x'", 'hosts."010.0.40.6": "010.0.40.6" is not allowed'),
        ("[hosts]\n'fe80::1' = 'x'", 'hosts."fe80::1": "fe80::1" is not allowed'),
        ("[hosts]\n'10.0.40.7' = 3", 'hosts."10.0.40.7": 3 is not allowed: it must be text'),
        ("[hosts]\n'10.0.40.7' = ''", 'hosts."10.0.40.7": "" is not allowed: it must be 1 to 64'),
        ("[hosts]\n'10.0.40.7' = ' a'", "it must be 1 to 64 characters on one line"),
        ("[hosts]\n'10.0.40.7' = \"a\\nb\"", "it must be 1 to 64 characters on one line"),
        ("[hosts]\n'10.0.40.7' = \"\\u001b[2J\"", "it must be 1 to 64 characters on one line"),
        ("[hosts]\n'10.0.40.7' = \"a\\u202eb\"", "it must be 1 to 64 characters on one line"),
        (f"[hosts]\n'10.0.40.7' = '{65 * 'a'}'", "it must be 1 to 64 characters on one line"),
    ],
)
def test_each_fault_names_its_key_and_what_is_allowed(
    tmp_path: Path, toml: str, fault: str
) -> None:
    told = faults(tmp_path, toml)
    assert len(told) == 1
    assert fault in told[0]
    assert told[0].isprintable()


def test_the_words_of_a_fault_stay_whole_whatever_the_notifiers_hold(tmp_path: Path) -> None:
    told = faults(
        tmp_path,
        "[hosts]\nlab = 'x'\n"
        "[notifiers.ops]\nuse = 'apprise'\nurls = ['json://a']\nevents = ['*']\nhosts = ['be']\n",
    )
    assert told == ['hosts.lab: "lab" is not allowed: it must be an IPv4 address such as 10.0.40.7']
