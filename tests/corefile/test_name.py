from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.corefile import DumpName
from pipeline.model import Kind
from tests.cores import CoreSpec, kdumpd_name


def test_a_gzip_core_s_name_is_taken_apart() -> None:
    name = DumpName.parse(b"core-xnu-6153.121.1-10.0.40.7-1f0c3a9e.gz")
    assert name == DumpName(Kind.CORE, "6153.121.1", "10.0.40.7", "1f0c3a9e", True, True)


def test_a_custom_kernel_has_no_version() -> None:
    name = DumpName.parse(b"core-custom-17.202.40.204-a75b4eec")
    assert name == DumpName(Kind.CORE, None, "17.202.40.204", "a75b4eec", False, True)


@pytest.mark.parametrize("kind", [Kind.PANICLOG, Kind.SYSTEMLOG])
def test_logs_are_told_by_their_prefix(kind: Kind) -> None:
    name = DumpName.parse(f"{kind}-xnu-8796.141.3-192.168.1.9-7".encode())
    assert (name.kind, name.clock, name.generated) == (kind, "7", True)


def test_every_generated_spec_gives_a_generated_name() -> None:
    for gzipped in (True, False):
        name = DumpName.parse(kdumpd_name(CoreSpec(gzipped=gzipped)).encode())
        assert name.generated
        assert name.gzipped is gzipped


@pytest.mark.parametrize(
    "raw",
    [
        b"core-xnu-6153.121.1-10.0.40.7-1f0c3a9e.gz.part",
        b"core-xnu-6153.121.1-10.0.40.7-1f0c3a9e (copy).gz",
        b"core-xnu-6153.121.1-10.0.40.7-1f0c3a9e\n",
        b"paniclog-xnu-6153.121.1-10.0.40.7-1f0c3a9e.gz",
    ],
)
def test_a_name_changed_by_somebody_still_tells_but_is_not_generated(raw: bytes) -> None:
    name = DumpName.parse(raw)
    assert not name.generated
    assert (name.xnu_version, name.client, name.clock) == ("6153.121.1", "10.0.40.7", "1f0c3a9e")


@pytest.mark.parametrize("client", ["999.1.1.1", "10.0.0.256", "010.0.0.1", "1.2.3.04"])
def test_an_impossible_address_is_no_client(client: str) -> None:
    name = DumpName.parse(f"core-xnu-1.2-{client}-aa".encode())
    assert name.kind is Kind.CORE
    assert name.client is None
    assert not name.generated


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"core",
        b"core-",
        b"-core-xnu-1-1.2.3.4-5",
        b"Core-xnu-1.2-1.2.3.4-5",
        b"core-xnu--1.2.3.4-5",
        b"core-xnu-1.2-1.2.3.4-",
        b"core-xnu-1.2-1.2.3.4-123456789",
        b"core-xnu-1.2-1.2.3.4-5ABC",
        "core-xnu-\u0661.\u0662-1.2.3.4-5".encode(),
        b"core-xnu-1.2-1.2.3.4.5-5",
        b"mycorefile",
        b"\xff\xfe\xfd",
        b"\x1b[31mcore",
        b"core-xnu-1.2-1.2.3.4-5" + b"-" * 300,
    ],
)
def test_foreign_names_tell_nothing(raw: bytes) -> None:
    assert DumpName.parse(raw) == DumpName()


@given(st.binary(max_size=300))
def test_no_name_raises_and_nothing_unsafe_comes_out(raw: bytes) -> None:
    name = DumpName.parse(raw)
    for text in (name.xnu_version, name.client, name.clock):
        assert text is None or text.isascii()
    assert name.gzipped == raw.endswith(b".gz")


@given(st.from_regex(rb"core-(xnu-[0-9.]{1,9}|custom)-[0-9.]{7,15}-[0-9a-f]{1,9}(\.gz)?\Z"))
def test_a_generated_name_is_exactly_of_kdumpd_s_form(raw: bytes) -> None:
    name = DumpName.parse(raw)
    if name.generated:
        assert re.fullmatch(rb"core-.+-[0-9.]+-[0-9a-f]{1,8}(\.gz)?", raw)
        assert name.client is not None
        assert all(int(part) < 256 for part in name.client.split("."))
