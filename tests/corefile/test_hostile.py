"""Whatever the bytes are, there is a verdict and never an exception."""

from __future__ import annotations

import struct

from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline.corefile import Hole, Inspector
from pipeline.model import Inspection, Verdict
from tests.corefile.inspecting import inspect_pieces, small_core
from tests.cores import mutate

RAW = small_core()
PACKED = small_core(gzipped=True)
STARTS = [
    b"",
    b"\x1f\x8b\x08\0\0\0\0\0\0\0",
    b"\x1f\x8b\x08\x1f",
    b"\xcf\xfa\xed\xfe",
    b"\xfe\xed\xfa\xce\0\0\0\x12\0\0\0\0\0\0\0\x04",
    b"panic(cpu 1 caller 0x1): ",
    b"core text ",
]


def is_sound(found: Inspection) -> bool:
    printable = "\n" not in found.reason and found.reason.isprintable()
    fits = 0 <= found.good_size <= found.file_size or found.good_size == 0
    explained = (found.check is not None) == (found.verdict is Verdict.DAMAGED)
    return printable and fits and explained


@given(st.sampled_from(STARTS), st.binary(max_size=3000), st.booleans())
@settings(max_examples=200, deadline=None)
def test_arbitrary_bytes_get_a_verdict(start: bytes, rest: bytes, packed: bool) -> None:
    data = mutate.regzip(start + rest) if packed else start + rest
    assert is_sound(inspect_pieces([data], "core-xnu-1.2-1.2.3.4-5"))


@given(
    st.lists(
        st.tuples(st.sampled_from([1, 0x19, 0x31, 8, 4, 99]), st.integers(0, 120), st.binary()),
        max_size=12,
    ),
    st.integers(0, 14),
    st.sampled_from("<>"),
)
@settings(max_examples=200, deadline=None)
@example([(0x19, 72, b"\xff" * 80)], 1, "<")
def test_arbitrary_load_commands_get_a_verdict(
    commands: list[tuple[int, int, bytes]],
    ncmds: int,
    order: str,
) -> None:
    body = b"".join(
        struct.pack(f"{order}2I", kind, size) + payload[:size].ljust(max(size - 8, 0), b"\1")
        for kind, size, payload in commands
    )
    head = struct.pack(f"{order}8I", 0xFEEDFACF, 7, 3, 4, ncmds, len(body), 0, 0)
    data = head + body + bytes(500)
    assert is_sound(inspect_pieces([data]))
    assert is_sound(inspect_pieces([mutate.regzip(data)]))


@given(st.data())
@settings(max_examples=100, deadline=None)
def test_mutated_cores_get_a_verdict_and_are_not_complete_once_cut(draw: st.DataObject) -> None:
    data = bytearray(draw.draw(st.sampled_from([RAW, PACKED])))
    whole = len(data)
    where = st.integers(0, whole - 1) | st.integers(0, 300) | st.integers(whole - 20, whole - 1)
    for offset in draw.draw(st.lists(where, max_size=6)):
        data[offset] = draw.draw(st.integers(0, 255))
    size = draw.draw(st.integers(0, whole))
    found = inspect_pieces([bytes(data[:size])])
    assert is_sound(found)
    if data[:2] == b"\x1f\x8b" and size < whole:
        assert found.verdict is not Verdict.COMPLETE


@given(
    st.lists(
        st.binary(max_size=600).map(lambda data: data or Hole(7)) | st.integers(1, 2**50).map(Hole),
        max_size=8,
    ),
    st.sampled_from([b"", RAW[:5000], PACKED[:3000], b"text\n" * 99]),
    st.sampled_from(["", "core-xnu-1.2-1.2.3.4-5.gz", "systemlog-custom-1.2.3.4-5"]),
)
@settings(max_examples=150, deadline=None)
def test_any_mix_of_bytes_and_holes_gets_a_verdict(
    pieces: list[bytes | Hole],
    start: bytes,
    name: str,
) -> None:
    assert is_sound(inspect_pieces([start, *pieces], name))


def test_a_finished_inspector_says_the_same_again() -> None:
    inspector = Inspector()
    inspector.feed(PACKED[:9000])
    assert inspector.finish() == inspector.finish()
