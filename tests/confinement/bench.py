"""A runner whose workers have terms of their own, and an account that every Linux has."""

from __future__ import annotations

import asyncio
import os
import pwd
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from pipeline.confinement import Account, Limits, Terms
from pipeline.journal.rows import DumpRow, StepRow
from pipeline.plugin import Stage
from pipeline.registry.discovery import Built
from pipeline.workers.reader import Nursery
from tests.workers.harness import Bench, file_of, ours, use

PATIENCE = 120.0
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="looks at what Linux does")
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")


def somebody() -> Account:
    """An account that owns nothing here; None of ours need be made for it."""
    found = pwd.getpwnam("games")
    return Account(name="games", uid=found.pw_uid, gid=found.pw_gid)


def stage(cls: str, **config: Any) -> Built[Stage]:
    return use("tried", f"tests.confinement.plugins:{cls}", **config)


def carried(
    tmp_path: Path, tried: Built[Stage], terms: Terms | None = None
) -> tuple[DumpRow, StepRow, DumpRow]:
    """Carry a dump through a stage, and then another dump through a good one."""

    async def scene() -> tuple[DumpRow, StepRow, DumpRow]:
        async with Bench(tried) as bench:
            bench.nursery = bench.lanes._nursery = Nursery(terms=terms)
            row = await asyncio.wait_for(bench.carry(file_of(tmp_path / "log")), PATIENCE)
            step = next(reversed(bench.journal.steps.of(row.id).values()))
            bench.runner = bench.with_chain([ours("good", "Nothing")])
            bench.nursery._terms = Terms()  # honest work may be slow here; its parent stays
            after = await asyncio.wait_for(bench.carry(file_of(tmp_path / "next")), PATIENCE)
            return row, step, after

    return asyncio.run(scene())


def facts(tmp_path: Path, tried: Built[Stage], terms: Terms | None = None) -> dict[str, Any]:
    row, step, _ = carried(tmp_path, tried, terms)
    assert row.state == "done", (row.state, row.reason)
    return dict(step.facts)


def limited(**limits: Any) -> Terms:
    return Terms(limits=Limits(**limits))


@contextmanager
def listening() -> Iterator[socket.socket]:
    """A server that anybody here can reach."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server
