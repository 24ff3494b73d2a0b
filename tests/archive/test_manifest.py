from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.archive.describing import Packing, describe
from pipeline.archive.manifest import BadManifest, Checksum, Manifest, StoredObject
from tests.archive.dumps import SHA256, a_dump

OTHER = "f" * 64
ARCHIVE = StoredObject(
    name="core.zst.age",
    role="archive",
    size=300,
    sha256=OTHER,
    checksum=Checksum(algorithm="CRC64NVME", value="AAAAAAAAAAA="),
)
RECORD = StoredObject(name="dump.json.age", role="record", size=30, sha256=OTHER)
FACTS = {
    "compress": {"content_sha256": OTHER, "content_size": 5000, "format": "zstd", "size": 250},
    "encrypt": {"recipients": ["age1abc"], "size": 300},
}


def _manifest(raw_name: bytes = b"core") -> Manifest:
    dump = a_dump(raw_name)
    return describe(dump, Packing.from_facts(FACTS), (ARCHIVE, RECORD), 1_717_400_000.5)


def _value() -> dict[str, Any]:
    value: dict[str, Any] = json.loads(_manifest().encode())
    return value


def test_a_manifest_comes_back_as_it_was() -> None:
    assert Manifest.decode(_manifest().encode()) == _manifest()


@given(st.binary(min_size=1, max_size=255))
def test_a_manifest_of_any_name_comes_back_as_it_was(raw_name: bytes) -> None:
    assert Manifest.decode(_manifest(raw_name).encode()) == _manifest(raw_name)


def test_a_manifest_can_be_read_by_people_and_has_no_panic_text() -> None:
    lines = _manifest().encode().decode().splitlines()
    assert '  "archived": "2024-06-03T07:33:20Z",' in lines
    assert not [line for line in lines if "panic" in line and '"panicpipe"' not in line]


def test_it_tells_the_file_from_its_content_and_from_what_is_stored() -> None:
    made = _manifest()
    assert (made.file.sha256, made.file.size) == (SHA256, 1000)
    assert (made.content.sha256, made.content.size) == (OTHER, 5000)
    assert made.archive == ARCHIVE
    assert made.record == RECORD
    assert (made.identity, made.compression) == (SHA256, "zstd")
    assert (made.encrypted, made.recipients) == (True, ("age1abc",))


def test_without_encryption_it_says_so() -> None:
    facts = {"compress": FACTS["compress"]}
    made = describe(a_dump(), Packing.from_facts(facts), (ARCHIVE,), 0)
    assert (made.encrypted, made.recipients, made.record) == (False, (), None)


def _object(**changes: object) -> dict[str, Any]:
    return {"name": "a", "role": "archive", "size": 1, "sha256": OTHER, "checksum": None, **changes}


@pytest.mark.parametrize(
    "change",
    [
        {"objects": [_object(name=name)]}
        for name in ("../a", "/a", "a/b", "..", ".a", "", "a\n", "a" * 256, "\u202ea", 7, None)
    ]
    + [
        {"objects": [_object(name="manifest.json")]},
        {"objects": [_object(name="Manifest.JSON")]},
        {"objects": [_object(), _object()]},
        {"objects": [_object(), _object(name="A", role="record")]},
        {"objects": [_object(), _object(name="b")]},
        {"objects": [_object(name="b", role="record")]},
        {"objects": [_object(), *(_object(name=x, role="record") for x in "bc")]},
        {"objects": [_object(role="kernel")]},
        {"objects": []},
        {"objects": [_object(size=-1)]},
        {"objects": [_object(size=2**63)]},
        {"objects": [_object(size=1.5)]},
        {"objects": [_object(size="1")]},
        {"objects": [_object(sha256=OTHER[1:])]},
        {"objects": [_object(sha256=OTHER + "\n")]},
        {"objects": [_object(checksum={"algorithm": "CRC32", "value": "\x1b["})]},
        {"objects": [_object(more=1)]},
        {"identity": "x"},
        {"identity": None},
        {"content": {"size": -5, "sha256": OTHER}},
        {"host": "10.0.0.1\n"},
        {"host": "../.."},
        {"verdict": "\x1b[2J"},
        {"arrived": "yesterday"},
        {"arrived": 7},
        {"arrived": "2024-06-03T07:33:20"},
        {"compression": "zip"},
        {"encrypted": 1},
        {"recipients": ["a"] * 1000},
        {"name": "x" * 3000},
        {"format": 2},
        {"format": "1"},
        {"surprise": 1},
        {"\x1b[2J": 1},
    ],
)
def test_a_manifest_that_somebody_tampered_with_is_refused(change: dict[str, Any]) -> None:
    Manifest.decode(json.dumps({**_value(), "objects": [_object()]}).encode())  # is fine as such
    with pytest.raises(BadManifest) as caught:
        Manifest.decode(json.dumps({**_value(), **change}).encode())
    assert len(str(caught.value)) < 300
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("key", ["identity", "objects", "content", "encrypted", "format"])
def test_a_manifest_that_lacks_something_is_refused(key: str) -> None:
    value = _value()
    del value[key]
    with pytest.raises(BadManifest):
        Manifest.decode(json.dumps(value).encode())


def test_a_manifest_of_a_newer_version_is_told_as_such() -> None:
    with pytest.raises(BadManifest, match="newer panicpipe"):
        Manifest.decode(json.dumps({"format": 2, "all": "different"}).encode())


@pytest.mark.parametrize("data", [b"", b"{", b"[" * 60_000, b"\xff\xfe", b" " * 70_000, b"null"])
def test_what_is_no_manifest_at_all_is_refused(data: bytes) -> None:
    with pytest.raises(BadManifest):
        Manifest.decode(data)


@given(st.binary(max_size=300))
def test_no_bytes_raise_anything_else(data: bytes) -> None:
    with pytest.raises(BadManifest):
        Manifest.decode(data)
