from __future__ import annotations

import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.config import load
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
    settings = load(first, {}, host=host)
    second = tmp_path / "second.toml"
    second.write_text(toml(effective(settings)))
    again = load(second, {}, host=host)
    assert effective(again) == effective(settings)
    assert (again.stages, again.sources) == (settings.stages, settings.sources)


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
