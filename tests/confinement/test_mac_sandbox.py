"""The macOS branch, with a library that stands in for the system's."""

from __future__ import annotations

import ctypes
import sys
from typing import Any

import pytest

from pipeline.confinement import Terms, confine
from pipeline.macos import sandbox


class Library:
    """A libSystem whose sandbox_init takes down its profile, and answers as it was told."""

    def __init__(self, fault: bytes | None = None) -> None:
        self.fault = fault
        self.profiles: list[str] = []

    def sandbox_init(self, profile: Any, flags: Any, fault: Any) -> int:
        assert flags.value == 0
        self.profiles.append(profile.value.decode())
        if self.fault is None:
            return 0
        fault._obj.value = self.fault
        return -1


def test_the_profile_denies_and_is_balanced() -> None:
    text = sandbox.profile(['/private/var/"odd\\place'], remote=False)
    assert text.startswith("(version 1)\n(allow default)\n")
    for line in text.splitlines():
        assert line.startswith("(")
        assert line.count("(") == line.count(")")
    assert r'(subpath "/private/var/\"odd\\place")' in text
    for operation in ("process-fork", "process-exec*", "network*", "mach-lookup", "iokit-open"):
        assert f"(deny {operation})" in text
    assert text.index("(deny signal)") < text.index("(allow signal (target self))")
    for place in ("/Users", "/Volumes", "/private/var/root"):
        assert f'(deny file-read-data (subpath "{place}"))' in text


def test_passed_descriptors_can_be_looked_at_and_cut() -> None:
    """Or what is written could not be finished: fstat(2), ftruncate(2) ask for these by path."""
    text = sandbox.profile(["/x"], remote=False)
    for operation in ("file-read*", "file-read-metadata", "file-write*", "file-write-data"):
        assert f"deny {operation})" not in text
        assert f"deny {operation} " not in text


def test_a_stage_that_talks_to_others_keeps_the_network() -> None:
    text = sandbox.profile([], remote=True)
    assert "network*" not in text
    assert "mach-lookup" not in text
    assert "(deny process-fork)" in text


def test_the_system_s_refusal_is_told() -> None:
    with pytest.raises(sandbox.NoSandbox, match="sandbox_init refused: line 3: unbound"):
        sandbox.enter("(version 1)", Library(b"line 3: unbound"))


def test_a_system_without_it_is_told() -> None:
    with pytest.raises(sandbox.NoSandbox, match="has no sandbox_init"):
        sandbox.enter("(version 1)", object())


@pytest.mark.parametrize("fault", [None, b"not permitted"])
def test_on_a_mac_a_child_goes_on_without_a_sandbox_and_says_so(
    monkeypatch: pytest.MonkeyPatch, fault: bytes | None
) -> None:
    library = Library(fault)
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(ctypes, "CDLL", lambda _: library)
    said = confine._fence(Terms(hidden=("/private/var/state",)), remote=False, writes=False)
    assert said == (None if fault is None else "sandbox_init refused: not permitted")
    assert '(subpath "/private/var/state")' in library.profiles[0]
