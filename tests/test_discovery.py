from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.errors import ConfigError
from pipeline.paths import Host
from pipeline.registry import discovery
from tests.strangers import STAGES, install

FILE = Path("/etc/p.toml")
HOST = Host(
    platform="linux",
    euid=501,
    home=Path("/home/ann"),
    user_configuration=None,
    user_state=None,
    site_configurations=(),
)
CLASSES = {
    "size-cap": "SizeCap",
    "crush": "Crush",
    "undecorated": "Undecorated",
    "unfinished": "Unfinished",
    "elsewhere": "Elsewhere",
    "misplaced": "Misplaced",
    "odd": "Odd",
    "factory": "factory",
    "absent": "Absent",
    "pager-as-stage": "Pager",
}


@pytest.fixture
def stranger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    points = {
        "panicpipe.stages": {name: f"stranger:{cls}" for name, cls in CLASSES.items()},
        "panicpipe.notifiers": {"pager": "stranger:Pager"},
    }
    modules = {"stranger": STAGES, "stranger_broken": "raise SystemExit('no licence\\nfound')"}
    install(tmp_path / "site", "size-cap-plugin", points, modules)
    monkeypatch.syspath_prepend(tmp_path / "site")
    monkeypatch.delitem(sys.modules, "stranger", raising=False)
    return tmp_path / "site"


def _build(name: str, **table: object) -> discovery.Built[object]:
    return discovery.build("stages", name, name, table, f"stages.{name}", FILE, host=HOST)


def _refusal(name: str, **table: object) -> str:
    with pytest.raises(ConfigError) as refused:
        _build(name, **table)
    return str(refused.value)


def test_the_built_in_plugins_are_registered_as_a_stranger_s_are() -> None:
    ours = {kind: [p.name for p in discovery.registered(kind)] for kind in discovery._BASES}
    assert "directory" in ours["sources"]
    assert {"verify", "package"} <= set(ours["stages"])
    assert "apprise" in ours["notifiers"]
    assert all(p.builtin for p in discovery.registered("stages") if p.name == "verify")


@pytest.mark.usefixtures("stranger")
def test_a_stranger_s_plugin_comes_after_ours_with_its_distribution() -> None:
    found = discovery.registered("stages")
    cap = next(plugin for plugin in found if plugin.name == "size-cap")
    assert (cap.reference, cap.distribution) == ("stranger:SizeCap", "size-cap-plugin")
    assert not cap.builtin
    assert [plugin.builtin for plugin in found] == sorted(
        (plugin.builtin for plugin in found), reverse=True
    )


def test_two_plugins_of_one_name_are_refused_and_both_distributions_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for distribution in ("acme-verify", "other-verify"):
        points = {"panicpipe.stages": {"acme": f"{distribution[:4]}:Verify"}}
        install(tmp_path, distribution, points)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ConfigError, match='two stages are called "acme"') as refused:
        discovery.registered("stages")
    assert "acme-verify" in str(refused.value)
    assert "other-verify" in str(refused.value)


def test_nobody_can_take_the_name_of_a_built_in_stage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path, "evil", {"panicpipe.stages": {"verify": "evil:Verify"}})
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ConfigError, match=r"panicpipe.* and .*evil|evil.* and .*panicpipe"):
        discovery.find("stages", "package")


@pytest.mark.usefixtures("stranger")
def test_an_unknown_name_gets_the_closest_and_all_that_are_installed() -> None:
    with pytest.raises(ConfigError) as refused:
        discovery.find("stages", "sizecap")
    assert 'no stage "sizecap", did you mean "size-cap"?' in str(refused.value)
    assert "verify" in str(refused.value)


def test_a_module_that_fails_while_it_is_imported_is_one_plain_line(stranger: Path) -> None:
    assert (stranger / "stranger_broken.py").exists()
    with pytest.raises(ConfigError) as refused:
        discovery.load_class("stranger_broken:Thing")
    assert "\n" not in str(refused.value)
    assert "stranger_broken:Thing cannot be loaded: SystemExit: no licence found" in str(
        refused.value
    )


@pytest.mark.usefixtures("stranger")
@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("absent", "cannot be loaded"),
        ("factory", "is not a class"),
        ("pager-as-stage", "is not a subclass of pipeline.Stage"),
        ("undecorated", "is not a frozen dataclass"),
        ("unfinished", "does not define run"),
        ("elsewhere", "runs_in 'cloud'; it must be 'worker' or 'daemon'"),
        ("misplaced", "keeps 'attic'; it must be 'outputs' or 'spool'"),
    ],
)
def test_what_is_no_plugin_is_refused_with_the_reason(name: str, fault: str) -> None:
    refusal = _refusal(name)
    assert refusal.startswith(f"/etc/p.toml: stages.{name}: ")
    assert fault in refusal
    assert "\n" not in refusal


@pytest.mark.usefixtures("stranger")
def test_fields_that_pydantic_cannot_read_are_told_as_the_plugin_s_fault() -> None:
    assert "the fields of stranger:Odd are no keys" in _refusal("odd")


@pytest.mark.usefixtures("stranger")
def test_every_fault_of_a_table_has_a_line_with_file_key_value_and_what_is_allowed() -> None:
    lines = _refusal("crush", efort=1, effort="much", directory="here").splitlines()
    assert sorted(lines) == [
        '/etc/p.toml: stages.crush.directory: "here" is not allowed: '
        "it must be an absolute path, or one that starts with ~/",
        '/etc/p.toml: stages.crush.effort: "much" is not allowed: it must be a whole number',
        '/etc/p.toml: stages.crush.efort: is not a known key, did you mean "effort"? '
        "known are: directory, effort, token",
    ]


@pytest.mark.usefixtures("stranger")
def test_a_key_that_must_be_given_is_told_when_it_is_missing() -> None:
    expected = "/etc/p.toml: stages.size-cap.max_bytes: is missing; it must be given"
    assert _refusal("size-cap") == expected


@pytest.mark.usefixtures("stranger")
@pytest.mark.parametrize("value", ["5", 5.5, True, None, float("nan"), [5], {"a": 5}])
def test_nothing_is_taken_for_a_number_that_is_none(value: object) -> None:
    assert "stages.size-cap.max_bytes: " in _refusal("size-cap", max_bytes=value)


@pytest.mark.usefixtures("stranger")
def test_whatever_a_plugin_raises_over_its_values_is_one_line() -> None:
    expected = "/etc/p.toml: stages.crush: RuntimeError: effort beyond measure"
    assert _refusal("crush", effort=10) == expected


@pytest.mark.usefixtures("stranger")
def test_a_plugin_s_own_objection_does_not_give_its_secret_away() -> None:
    assert _refusal("crush", token="wrong") == (
        "/etc/p.toml: stages.crush.token: token … is refused"
    )


@pytest.mark.usefixtures("stranger")
@pytest.mark.parametrize(
    "table",
    [
        {"urls": "slack://hunter2"},
        {"urls": ["slack://hunter2", 3]},
        {"urls": {"a": "hunter2"}},
        {"url": ["slack://hunter2"]},
        {"urls": ["slack://hunter2"], "retries": "slack://hunter2"},
    ],
)
def test_no_error_shows_a_secret_nor_what_may_be_one_in_the_wrong_place(
    table: dict[str, object],
) -> None:
    with pytest.raises(ConfigError) as refused:
        discovery.build("notifiers", "pager", "ops", table, "notifiers.ops", FILE)
    assert "notifiers.ops." in str(refused.value)
    assert "hunter2" not in str(refused.value)


@pytest.mark.usefixtures("stranger")
def test_defaults_are_filled_in_and_paths_made_absolute() -> None:
    built = _build("size-cap", max_bytes=7, places=["~/a", "/b"])
    assert built.config == {"max_bytes": 7, "places": ["/home/ann/a", "/b"]}
    assert built.plugin.places == (Path("/home/ann/a"), Path("/b"))  # type: ignore[attr-defined]


@pytest.mark.usefixtures("stranger")
def test_a_stage_that_makes_files_gets_the_platform_s_directory_unless_told() -> None:
    default, told = _build("crush"), _build("crush", directory="/srv")
    assert default.config["directory"] == "/home/ann/PanicPipe"
    assert told.config["directory"] == "/srv"


@pytest.mark.usefixtures("stranger")
def test_an_error_without_a_file_says_that_there_is_none() -> None:
    with pytest.raises(ConfigError, match=r"^\(no configuration file\): stages.size-cap"):
        discovery.build("stages", "size-cap", "size-cap", {}, "stages.size-cap", None)


def test_another_process_makes_the_same_plugin_from_the_json(stranger: Path) -> None:
    built = _build("size-cap", max_bytes=7, places=["~/a"])
    assert discovery.rebuild(built.reference, built.config) == built.plugin
    code = (
        "import json, sys; from pipeline.registry.discovery import rebuild;"
        "print(rebuild(sys.argv[1], json.loads(sys.argv[2])))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, built.reference, json.dumps(built.config)],
        env={"PYTHONPATH": f"{stranger}:{Path(__file__).parents[1]}", "HOME": "/elsewhere"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == repr(built.plugin)


@pytest.mark.usefixtures("stranger")
def test_another_process_refuses_what_this_one_would() -> None:
    with pytest.raises(ConfigError, match=r"stranger:SizeCap: max_byte: is not a known key"):
        discovery.rebuild("stranger:SizeCap", {"max_bytes": 7, "max_byte": 8})
