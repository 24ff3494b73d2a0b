"""The workflow for hosted runners names what is there, and nothing that moves."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import ROOT

yaml = pytest.importorskip("yaml")
_PINNED = re.compile(r"[\w.-]+/[\w.-]+@[0-9a-f]{40}")
_TARGET = re.compile(r"^([a-z][a-z-]*):", re.MULTILINE)
_MADE = re.compile(r"\bmake ([a-z-]+)")
_OURS = re.compile(r"(?<![\w/.-])((?:\.ci|\.github|tests|demo|bench)/[\w./-]*)")
_MODULE = re.compile(r"-m (\w+)")


@pytest.fixture
def workflow() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())
    return found


def _steps(workflow: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for job in workflow["jobs"].values():
        yield from job["steps"]


def _commands(workflow: dict[str, Any]) -> str:
    return "\n".join(step["run"] for step in _steps(workflow) if "run" in step)


def test_every_target_and_file_that_it_names_is_there(workflow: dict[str, Any]) -> None:
    text = _commands(workflow)
    made, ours = set(_MADE.findall(text)), set(_OURS.findall(text))
    assert made <= set(_TARGET.findall((ROOT / "Makefile").read_text()))
    assert ".ci/run" in ours
    assert "mac-check" in made
    for name in ours:
        assert (ROOT / name).exists()
    for module in _MODULE.findall(text):
        assert (ROOT / module / "__main__.py").exists()
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


def test_what_others_wrote_cannot_change_under_it(workflow: dict[str, Any]) -> None:
    used = [step["uses"] for step in _steps(workflow) if "uses" in step]
    assert used
    assert [each for each in used if not _PINNED.fullmatch(each)] == []


def test_it_may_read_and_no_more(workflow: dict[str, Any]) -> None:
    assert workflow["permissions"] == {"contents": "read"}
    assert not any("permissions" in job for job in workflow["jobs"].values())
    checkouts = [each for each in _steps(workflow) if "checkout" in each.get("uses", "")]
    assert {each["with"]["persist-credentials"] for each in checkouts} == {False}


def test_it_runs_on_both_systems_and_both_processors(workflow: dict[str, Any]) -> None:
    runners = workflow["jobs"]["everything"]["strategy"]["matrix"]["runner"]
    macs = [each for each in runners if each.startswith("macos-")]
    linux = [each for each in runners if each.startswith("ubuntu-")]
    assert {each.endswith("-intel") for each in macs} == {True, False}
    assert {each.endswith("-arm") for each in linux} == {True, False}


def test_it_tries_the_oldest_python_that_is_promised(workflow: dict[str, Any]) -> None:
    promised = re.search(r'requires-python = ">=([0-9.]+)"', (ROOT / "pyproject.toml").read_text())
    assert promised is not None
    assert promised[1] in workflow["jobs"]["everything"]["strategy"]["matrix"]["python"]


def test_the_programs_that_it_gets_on_linux_are_those_of_our_own_run(
    workflow: dict[str, Any],
) -> None:
    wanted = re.findall(r"missing\+=\(([\w-]+)\)", (ROOT / ".ci/run").read_text())
    assert wanted
    for package in wanted:
        assert package in _commands(workflow)
