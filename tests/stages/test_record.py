"""The record that lies beside the core."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline import Cause, Verdict
from pipeline.stages.record import dump_record
from tests.stages.dumps import PANIC, gzip_dump, raw_dump


def test_it_says_everything_that_was_found(tmp_path: Path) -> None:
    dump = gzip_dump(tmp_path / "dump", b"content" * 100)
    found = dump.inspection
    record = json.loads(dump_record(dump, 1_700_000_123.4))
    assert record.pop("panicpipe")
    assert record == {
        "format": 1,
        "name": dump.name,
        "revision": 1,
        "client": "10.0.40.7",
        "kind": "core",
        "encoding": "gzip",
        "architecture": "x86_64",
        "version": found.version,
        "uuid": found.uuid,
        "panic": {
            "line": PANIC.line,
            "reason": PANIC.reason,
            "cpu": 2,
            "caller": "0xffffff8012345678",
            "kexts": ["com.example.driver(1.2)"],
            "process": "kernel_task",
            "os_version": "21A559",
        },
        "incomplete": False,
        "verdict": "complete",
        "reason": "every check passed",
        "check": None,
        "cause": None,
        "file_size": dump.size,
        "good_size": dump.size,
        "uncompressed_size": 700,
        "expected_size": None,
        "sha256": found.sha256,
        "arrived": "2023-11-14T22:13:20Z",
        "finished": "2023-11-14T22:14:20Z",
        "packaged": "2023-11-14T22:15:23Z",
    }


@pytest.mark.parametrize("verdict", [verdict for verdict in Verdict if verdict != "complete"])
def test_whatever_is_not_complete_says_so(tmp_path: Path, verdict: Verdict) -> None:
    dump = raw_dump(
        tmp_path / "dump", b"x", verdict=verdict, check="length", cause=Cause.VOLUME_FULL
    )
    record = json.loads(dump_record(dump, 0))
    assert record["incomplete"] is True
    assert record["verdict"] == verdict.value
    assert (record["check"], record["cause"]) == ("length", "volume full")


def test_what_is_unknown_is_null(tmp_path: Path) -> None:
    dump = raw_dump(tmp_path / "dump", b"x", panic=None, uuid=None, version=None)
    record = json.loads(dump_record(replace(dump, client=None), 0))
    assert [record[key] for key in ("panic", "uuid", "version", "client")] == [None] * 4


def test_any_text_can_be_written(tmp_path: Path) -> None:
    """Even text that is no proper Unicode makes valid JSON in UTF-8."""
    dump = raw_dump(tmp_path / "dump", b"x", reason='quote " and \udc80 and … and \\')
    data = dump_record(dump, 0)
    assert json.loads(data.decode("utf-8"))["reason"] == dump.inspection.reason
