"""Headers that claim what cannot be."""

from __future__ import annotations

import struct

import pytest

from pipeline.model import Inspection, Verdict
from tests.corefile.inspecting import inspect, small_core
from tests.cores import mutate

CORE, EXECUTE = 4, 2
SEGMENT, NOTE, THREAD = 0x19, 0x31, 0x4


def header(
    commands: bytes = b"",
    *,
    ncmds: int | None = None,
    sizeofcmds: int | None = None,
    filetype: int = CORE,
    order: str = "<",
    cputype: int = 0x01000007,
) -> bytes:
    magic = struct.pack(f"{order}I", 0xFEEDFACF)
    count = ncmds if ncmds is not None else 1
    size = len(commands) if sizeofcmds is None else sizeofcmds
    return magic + struct.pack(f"{order}7I", cputype, 3, filetype, count, size, 0, 0) + commands


def segment(offset: int, size: int, *, cmdsize: int = 72, order: str = "<") -> bytes:
    form = f"{order}2I16s4Q4I"
    return struct.pack(form, SEGMENT, cmdsize, b"", 0, size, offset, size, 1, 1, 0, 0)


def note(offset: int, size: int, *, cmdsize: int = 40, owner: bytes = b"main bin spec") -> bytes:
    return struct.pack("<2I16s2Q", NOTE, cmdsize, owner, offset, size)


def damaged_commands(data: bytes, *, check: str = "commands") -> Inspection:
    for file in (data, mutate.regzip(data)):
        found = inspect(file)
        assert found.verdict is Verdict.DAMAGED, found
        assert found.check == check
    return inspect(data)


def test_four_thousand_million_commands_cannot_fit() -> None:
    damaged_commands(header(segment(4096, 4096), ncmds=2**32 - 1) + bytes(8192))


def test_commands_of_four_gigabytes_are_refused_at_once() -> None:
    found = damaged_commands(header(ncmds=1, sizeofcmds=2**32 - 1))
    assert found.good_size == 20


def test_commands_over_sixteen_megabytes_are_refused() -> None:
    damaged_commands(header(ncmds=1, sizeofcmds=(16 << 20) + 1))


@pytest.mark.parametrize("size", [0, 7, 71])
def test_a_segment_command_that_is_too_small_is_damage(size: int) -> None:
    found = damaged_commands(header(segment(4096, 4096, cmdsize=size)) + bytes(8192))
    assert found.good_size == 32


def test_a_note_command_that_is_too_small_is_damage() -> None:
    damaged_commands(header(note(0, 0, cmdsize=39)) + bytes(100))


def test_a_command_of_no_size_is_damage_wherever_it_stands() -> None:
    commands = segment(4096, 4096) + struct.pack("<2I", THREAD, 0)
    found = damaged_commands(header(commands, ncmds=2) + bytes(8192))
    assert found.good_size == 32 + 72


def test_a_command_that_overruns_the_commands_is_damage() -> None:
    damaged_commands(header(segment(4096, 4096, cmdsize=73)) + bytes(8192))


def test_more_commands_than_bytes_for_them_is_damage() -> None:
    commands = segment(4096, 4096)
    found = inspect(header(commands, ncmds=9) + bytes(8192))
    assert found.verdict is Verdict.DAMAGED


@pytest.mark.parametrize("commands", [b"", struct.pack("<4I", THREAD, 16, 1, 0)])
def test_a_core_that_announces_no_memory_is_damaged_and_says_so(commands: bytes) -> None:
    found = damaged_commands(header(commands, ncmds=len(commands) // 16), check="segments")
    assert "no memory" in found.reason


@pytest.mark.parametrize(
    ("offset", "size"),
    [
        (2**64 - 4096, 4096),
        (2**64 - 1, 2**64 - 1),
        (4096, 2**64 - 4096),
        (4096, 256 << 30),
    ],
)
def test_extents_beyond_the_cap_do_not_wrap_and_name_the_key(offset: int, size: int) -> None:
    found = inspect(header(segment(offset, size)) + bytes(8192))
    assert found.verdict is Verdict.UNSUPPORTED
    assert found.expected_size == offset + size
    assert "max_uncompressed_size" in found.reason
    assert "[inspect]" in found.reason


def test_a_note_beyond_the_cap_counts_as_well() -> None:
    commands = segment(4096, 4096) + note(2**63, 2**63)
    found = inspect(header(commands, ncmds=2) + bytes(8192))
    assert found.verdict is Verdict.UNSUPPORTED


def test_the_cap_is_a_setting() -> None:
    data = header(segment(4096, 1 << 20)) + bytes(8192)
    assert inspect(data, max_uncompressed=1 << 20).verdict is Verdict.UNSUPPORTED
    assert inspect(data, max_uncompressed=2 << 20).verdict is Verdict.TRUNCATED


def test_the_longest_claim_decides_wherever_it_stands() -> None:
    commands = segment(8192, 4096) + segment(4096, 4096) + note(12288, 40) + segment(500, 0)
    found = inspect(header(commands, ncmds=4) + bytes(100))
    assert found.expected_size == 12288 + 40


def with_note(owner: bytes, payload: bytes) -> bytes:
    commands = segment(4096, 4096) + note(8192, len(payload), owner=owner)
    return header(commands, ncmds=2).ljust(8192, b"\1") + payload


def test_a_version_note_tells_uuid_and_version() -> None:
    text = (
        b"Darwin Kernel Version 21.0.0: Sun; root:xnu-8011.1.2~3/RELEASE_X86_64; "
        b"UUID=4a1b2c3d-0000-3AAA-8BBB-0123456789AB; stext=0xffffff8000200000"
    )
    found = inspect(with_note(b"kern ver str", struct.pack("<I", 1) + text.ljust(256, b"\0")))
    assert found.verdict is Verdict.COMPLETE
    assert found.uuid == "4A1B2C3D-0000-3AAA-8BBB-0123456789AB"
    assert found.version == (
        "Darwin Kernel Version 21.0.0: Sun; root:xnu-8011.1.2~3/RELEASE_X86_64"
    )


@pytest.mark.parametrize(("kind", "known"), [(0, True), (1, True), (2, False), (3, False)])
def test_only_a_kernel_s_binary_note_names_the_kernel(kind: int, known: bool) -> None:
    payload = struct.pack("<IIQ16sII", 1, kind, 0, bytes(range(16)), 12, 0)
    found = inspect(with_note(b"main bin spec", payload))
    assert (found.uuid is not None) is known


def test_a_binary_note_without_uuid_or_too_short_tells_nothing() -> None:
    for payload in (struct.pack("<IIQ16sII", 1, 1, 0, bytes(16), 12, 0), b"short"):
        found = inspect(with_note(b"main bin spec", payload))
        assert found.verdict is Verdict.COMPLETE
        assert found.uuid is None


def test_notes_that_lie_about_their_place_are_no_trouble() -> None:
    claims = [(0, 40), (8, 2**31), (4096, 10), (4100, 40), (4090, 60), (2**30, 0)]
    commands = segment(4096, 4096) + b"".join(note(*claim) for claim in claims)
    found = inspect(header(commands, ncmds=1 + len(claims)) + bytes(8000))
    assert found.verdict is Verdict.TRUNCATED
    assert found.uuid is None


@pytest.mark.timeout(60)
def test_very_many_scattered_segments_are_read() -> None:
    count = 200_000
    commands = b"".join(segment(2**32 - at * 8192, 1) for at in range(count))
    found = inspect(header(commands, ncmds=count))
    assert found.expected_size == 2**32 + 1


@pytest.mark.parametrize(
    ("filetype", "what"),
    [(1, "object"), (2, "executable"), (6, "library"), (11, "kernel extension"), (99, "type 99")],
)
def test_other_mach_o_files_are_no_dumps_and_named(filetype: int, what: str) -> None:
    for order in "<>":
        found = inspect(header(segment(0, 4096), filetype=filetype, order=order) + bytes(4096))
        assert found.verdict is Verdict.NOT_A_DUMP
        assert what in found.reason


@pytest.mark.parametrize(
    ("cputype", "name"),
    [(7, "i386"), (18, "ppc"), (0x01000012, "ppc64"), (0x0100000C, "arm64"), (77, "cputype 77")],
)
def test_architectures_are_named(cputype: int, name: str) -> None:
    assert inspect(header(segment(4096, 1), cputype=cputype)).architecture == name


def test_capability_bits_do_not_hide_arm64e() -> None:
    data = bytearray(header(segment(4096, 1), cputype=0x0100000C))
    data[8:12] = (0xC0000002).to_bytes(4, "little")
    assert inspect(bytes(data)).architecture == "arm64e"


def test_slack_after_the_last_command_is_accepted() -> None:
    commands = segment(4096, 4096) + bytes(16)
    found = inspect(header(commands, ncmds=1) + bytes(8192 - 32 - len(commands)))
    assert found.verdict is Verdict.COMPLETE


def test_every_flipped_bit_in_the_header_of_a_raw_core_is_survived() -> None:
    data = small_core()[:9000]
    for offset in range(500):
        found = inspect(mutate.flip_bit(data, offset, offset % 8))
        assert found.verdict is not Verdict.COMPLETE
