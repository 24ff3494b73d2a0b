"""Macs that are to send a core: boot-args, what else their state says, and ways to act on them."""

from __future__ import annotations

import os
from typing import Any

import pytest

from pipeline.machine import Changes
from tests.macs.fake_mac import FakeMac

root_only = pytest.mark.skipif(os.geteuid() != 0, reason="only root can make files of root's")
FILE = "/Library/Application Support/PanicPipe/boot-args.before"
SITE = "/Library/Application Support/PanicPipe"


def have(mac: FakeMac, text: str | None = None, **more: Any) -> None:
    with mac.changed() as state:
        state["nvram"] = {} if text is None else {"boot-args": text}
        state.update(more)


def boot_args(mac: FakeMac) -> str | None:
    value: str | None = mac.state["nvram"].get("boot-args")
    return value


def changes(mac: FakeMac, *, dry_run: bool = False) -> Changes:
    return Changes(mac.machine, lambda _: None, dry_run=dry_run)
