from __future__ import annotations

import dataclasses
import re
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from pipeline.config import load
from pipeline.config.tables import (
    AlertsTable,
    Document,
    InspectTable,
    LimitsTable,
    PipelineTable,
    RouteTable,
    ServerTable,
    SpaceTable,
)
from pipeline.errors import ConfigError
from pipeline.registry import discovery
from pipeline.registry.nesting import inner_tables
from pipeline.stages.age_stream import PLACEHOLDER
from tests.config.hosts import user
from tests.strangers import STAGES, install

OURS = (
    Document,
    AlertsTable,
    InspectTable,
    LimitsTable,
    PipelineTable,
    RouteTable,
    ServerTable,
    SpaceTable,
)
ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "config/panicpipe.toml"
_FENCED = re.compile(r"^( *)```toml\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
_RECIPIENT = "age1qqf7p03n46kpu05k0mwzg2hxlxmw8vm8hypxpynz5pqueeleqc5s02wszq"
_OPTIONAL = re.compile(r"^#(?=\[|\w+ = )", re.MULTILINE)


def _uncommented() -> str:
    return _OPTIONAL.sub("", SHIPPED.read_text()).replace(PLACEHOLDER, _RECIPIENT)


def _examples() -> list[Any]:
    return [
        pytest.param(found[2], id=f"{page.name}:{page.read_text()[: found.start()].count(chr(10))}")
        for page in sorted([*ROOT.glob("docs/**/*.md"), *ROOT.glob("*.md")])
        for found in _FENCED.finditer(page.read_text())
    ]


@pytest.mark.parametrize("platform", ["linux", "darwin"])
def test_the_shipped_file_says_what_holds_without_it(tmp_path: Path, platform: str) -> None:
    shipped = load(SHIPPED, {}, host=dataclasses.replace(user(tmp_path), platform=platform))
    default = load(None, {}, host=dataclasses.replace(user(tmp_path), platform=platform))
    assert dataclasses.replace(shipped, file=None) == default


def test_every_key_that_the_shipped_file_has_commented_out_is_valid(tmp_path: Path) -> None:
    file = tmp_path / "p.toml"
    file.write_text(_uncommented())
    loaded = load(file, {}, host=user(tmp_path))
    assert [each.name for each in loaded.notifiers] == ["ops"]
    assert loaded.state_directory == Path("/var/lib/panicpipe")


def test_the_shipped_file_leaves_no_key_out() -> None:
    table = tomllib.loads(_uncommented())
    tables: list[tuple[type, Mapping[str, Any]]] = [
        (Document, table),
        (InspectTable, table["inspect"]),
        (PipelineTable, table["pipeline"]),
        (LimitsTable, table["limits"]),
        (SpaceTable, table["space"]),
        (AlertsTable, table["alerts"]),
        (ServerTable, table["server"]),
        *((RouteTable, keys) for keys in table["notifiers"].values()),
        *((_class("sources", name), keys) for name, keys in table["source"].items()),
        *((_class("stages", name), keys) for name, keys in table["stages"].items()),
        *((_class("notifiers", keys["use"]), keys) for keys in table["notifiers"].values()),
    ]
    for cls, keys in tables:
        assert {field.name for field in dataclasses.fields(cls)} <= set(keys), cls
        for key, inner in (inner_tables(cls) if cls not in OURS else {}).items():
            assert {field.name for field in dataclasses.fields(inner)} <= set(keys[key]), key
    ours = {plugin.name for plugin in discovery.registered("stages") if plugin.builtin}
    assert set(table["stages"]) == ours


def _class(kind: discovery.Kind, name: str) -> type:
    return discovery.plugin_class(discovery.find(kind, name))


def test_there_are_examples_in_the_documentation() -> None:
    assert len(_examples()) >= 3


@pytest.mark.parametrize("example", _examples())
def test_every_example_in_the_documentation_can_be_used(
    example: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    points = {"panicpipe.stages": {"size-cap": "stranger:SizeCap"}}
    install(tmp_path / "site", "size-cap", points, {"stranger": STAGES})
    monkeypatch.syspath_prepend(tmp_path / "site")
    monkeypatch.delitem(sys.modules, "stranger", raising=False)
    if "project" in tomllib.loads(example):  # the metadata of a distribution
        return
    file = tmp_path / "p.toml"
    file.write_text(example.replace(PLACEHOLDER, _RECIPIENT))
    load(file, {}, host=user(tmp_path))


@pytest.mark.parametrize("page", [ROOT / "README.md", ROOT / "docs/archive.md", SHIPPED])
def test_no_page_hands_out_a_key_that_encrypts(page: Path, tmp_path: Path) -> None:
    text = page.read_text()
    named = re.findall(r"^#?recipients = .*$", text, re.MULTILINE)
    assert named
    for line in named:
        file = tmp_path / "p.toml"
        file.write_text("[stages.encrypt]\n" + line.removeprefix("#"))
        with pytest.raises(ConfigError, match="put a public key in its place"):
            load(file, {}, host=user(tmp_path))
