"""No built-in stage opens a file by its path once its worker has given up its rights.

So the account need not be able to read where Python and its libraries lie.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from pipeline.journal.rows import State
from pipeline.workers.reader import Nursery
from tests.confinement.bench import stage
from tests.cores import CoreSpec, build_core
from tests.workers.harness import Bench, file_of, use

NAME = b"core-xnu-11417.101.15-10.0.40.7-1f0c3a9e.gz"
RECIPIENT = "age1qqf7p03n46kpu05k0mwzg2hxlxmw8vm8hypxpynz5pqueeleqc5s02wszq"


def said(tmp_path: Path, caplog: pytest.LogCaptureFixture, *chain: Any) -> str:
    async def scene() -> None:
        async with Bench(*chain) as bench:
            bench.nursery = bench.lanes._nursery = Nursery(["tests.confinement.watching"])
            core = build_core(CoreSpec(arch="arm64", xnu="11417.101.15", size=1 << 20))
            row = await bench.carry(file_of(tmp_path / "core", core), NAME)
            assert row.state is State.DONE, row.reason

    asyncio.run(scene())
    return caplog.text


def test_the_local_stages_open_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    out = tmp_path / "out"
    chain = (
        use("verify", "pipeline.stages.verify:Verify"),
        use("package", "pipeline.stages.package:Package", directory=out),
        use("compress", "pipeline.stages.compress:Compress", directory=out),
        use("encrypt", "pipeline.stages.encrypt:Encrypt", directory=out, recipients=(RECIPIENT,)),
    )
    assert "opened" not in said(tmp_path, caplog, *chain)


def test_what_is_opened_would_be_seen(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "readable").write_text("x")
    tried = stage("Prepares", file=str(tmp_path / "readable"))
    assert f"opened {str(tmp_path / 'readable')!r}" in said(tmp_path, caplog, tried)
