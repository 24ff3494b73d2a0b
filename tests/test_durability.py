"""F_FULLFSYNC where there is one, fsync where there is none."""

from __future__ import annotations

import errno
import fcntl
import os
from pathlib import Path

import pytest

from pipeline.durability import full_sync

_F_FULLFSYNC = 51  # macOS's number


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    calls: list[str] = []
    monkeypatch.setattr(os, "fsync", lambda fd: calls.append("fsync"))
    return calls


def _answering(calls: list[str], number: int | None) -> object:
    def answer(fd: int, command: int) -> int:
        calls.append(f"fcntl {command}")
        if number is not None:
            raise OSError(number, os.strerror(number))
        return 0

    return answer


def test_macos_flushes_the_drive_too(
    calls: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(fcntl, "fcntl", _answering(calls, None))
    full_sync(0, _F_FULLFSYNC)
    assert calls == ["fcntl 51"]


def test_network_volumes_get_what_they_can(
    calls: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fcntl, "fcntl", _answering(calls, errno.ENOTSUP))
    full_sync(0, _F_FULLFSYNC)
    assert calls == ["fcntl 51", "fsync"]


def test_a_failing_disk_is_not_hidden(calls: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fcntl, "fcntl", _answering(calls, errno.EIO))
    with pytest.raises(OSError, match="Input/output"):
        full_sync(0, _F_FULLFSYNC)
    assert calls == ["fcntl 51"]


def test_elsewhere_fsync_does_it(calls: list[str]) -> None:
    full_sync(0, None)
    assert calls == ["fsync"]
