from __future__ import annotations

import dataclasses
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as running
from hypothesis import strategies as st

from pipeline.config import load
from pipeline.config.loading import settings
from pipeline.config.location import Text
from pipeline.config.rendering import effective, toml
from tests.config.hosts import user
from tests.strangers import STAGES, install

_SCALARS = (
    st.text(st.characters(exclude_categories=["Cs"]))
    | st.integers(-(2**63), 2**63 - 1)
    | st.booleans()
    | st.floats(allow_nan=False, allow_infinity=False)
)
_KEYS = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
_TABLES = st.dictionaries(
    _KEYS,
    st.recursive(
        _SCALARS,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=3),
        max_leaves=8,
    ),
    max_size=4,
)


@given(_TABLES)
def test_whatever_is_written_as_toml_reads_back_the_same(table: dict[str, Any]) -> None:
    assert tomllib.loads(toml(table)) == table


def test_what_is_none_is_left_out() -> None:
    assert tomllib.loads(toml({"a": None, "b": {"c": None, "d": 1}})) == {"b": {"d": 1}}


def test_the_configuration_in_effect_loads_as_the_same_again(tmp_path: Path) -> None:
    first = tmp_path / "first.toml"
    first.write_text(
        '[pipeline]\nworkers = 4\n[source.directory]\npath = "~/in"\n[stages.package]\nlevel = 9\n'
    )
    host = user(tmp_path)
    once = load(first, {}, host=host)
    second = tmp_path / "second.toml"
    second.write_text(toml(effective(once)))
    again = load(second, {}, host=host)
    assert effective(again) == effective(once)
    assert (again.stages, again.sources) == (once.stages, once.sources)


_ROUTES = st.fixed_dictionaries(
    {"use": st.just("apprise"), "urls": st.just(["json://localhost"])},
    optional={
        "events": st.sampled_from([["*"], ["!dump.archived"], ["dump.*", "!dump.gone", "heart*"]]),
        "severity": st.sampled_from(["info", "notice"]),
        "verdicts": st.lists(st.sampled_from(["truncated", "complete"]), min_size=1, max_size=3),
        "hosts": st.lists(st.sampled_from(["10.0.0.7/8", "lab-*", "10.0.40.7"]), min_size=1),
        "group_minutes": st.floats(0, 360),
    },
)
_ALERTING = st.fixed_dictionaries(
    {},
    optional={
        "alerts": st.fixed_dictionaries(
            {},
            optional={
                "heartbeat_days": st.just(0) | st.floats(0.04, 365),
                "dns": st.booleans(),
                "templates": st.just("~/templates"),
            },
        ),
        "hosts": st.just({"10.0.40.7": 'Büro "Süd"', "10.0.40.8": "lab-2"}),
        "server": st.fixed_dictionaries(
            {}, optional={"expect_listener": st.booleans(), "port": st.integers(1, 65535)}
        ),
        "notifiers": st.dictionaries(st.sampled_from(["ops", "a b"]), _ROUTES, max_size=2),
    },
)


@running(max_examples=60, deadline=None)
@given(_ALERTING)
def test_what_is_said_of_alerts_loads_as_the_same_again(table: dict[str, Any]) -> None:
    host = user(Path("/home/ann"))
    first = settings(Text(None, table), host)
    shown = effective(first)
    again = settings(Text(None, tomllib.loads(toml(shown))), host)
    assert effective(again) == shown
    assert (again.style, again.server_port) == (first.style, first.server_port)
    assert again.expect_listener is first.expect_listener
    assert again.heartbeat_seconds == pytest.approx(first.heartbeat_seconds, abs=1e-3)
    for name, rule in first.rules.items():
        close = dataclasses.replace(again.rules[name], group_seconds=rule.group_seconds)
        assert close == rule
        assert again.rules[name].group_seconds == pytest.approx(rule.group_seconds, abs=1e-6)


def test_secrets_are_hidden_but_for_the_scheme_of_a_url(tmp_path: Path) -> None:
    file = tmp_path / "p.toml"
    file.write_text(
        '[notifiers.ops]\nuse = "apprise"\nurls = ["slack://A/B/hunter2", "mailto://u:hunter2@x"]\n'
    )
    shown = toml(effective(load(file, {}, host=user(tmp_path))))
    assert "hunter2" not in shown
    assert 'urls = ["slack://…", "mailto://…"]' in shown


def test_secrets_in_inner_tables_are_hidden_and_the_rest_reads_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    points = {"panicpipe.stages": {"ruled": "stranger:Ruled"}}
    install(tmp_path / "site", "ruled", points, {"stranger": STAGES})
    monkeypatch.syspath_prepend(tmp_path / "site")
    monkeypatch.delitem(sys.modules, "stranger", raising=False)
    file = tmp_path / "p.toml"
    file.write_text(
        '[stages.ruled]\nmore = [{password = "hunter2"}]\n'
        '[stages.ruled.cores]\nlimit = 9\npassword = "hunter2"\n'
    )
    first = effective(load(file, {}, host=user(tmp_path)))
    shown = toml(first)
    assert "hunter2" not in shown
    cores = tomllib.loads(shown)["stages"]["ruled"]["cores"]
    assert cores == {"limit": 9, "password": "…"}
    again = tmp_path / "again.toml"
    again.write_text(shown)
    assert effective(load(again, {}, host=user(tmp_path))) == first
