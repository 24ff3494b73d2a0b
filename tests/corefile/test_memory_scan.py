"""The panic report and the version are found in memory, wherever it is cut, at bounded cost."""

from __future__ import annotations

import itertools
import re
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.corefile.memory_scan import MemoryScan
from pipeline.corefile.text_finder import TextFinder
from tests.cores import CoreSpec

SPEC = CoreSpec()
REPORT = SPEC.report_text.encode()


def scanned(*pieces: bytes) -> MemoryScan:
    scan = MemoryScan()
    for piece in pieces:
        scan.feed(piece)
    return scan


def test_a_report_is_found_wherever_the_pieces_are_cut() -> None:
    memory = bytes(100) + b"panic(cpu %u caller 0x%lx): \0" + REPORT + bytes(100)
    for at in range(90, 300):
        scan = scanned(memory[:at], memory[at : at + 3], memory[at + 3 :])
        assert scan.report is not None
        assert scan.report.panic.line == SPEC.panic_line


def test_a_report_that_the_end_of_the_file_cuts_is_told_at_the_end_only() -> None:
    scan = scanned(bytes(100) + REPORT[:60])
    assert scan.found[0] is None
    report, _ = scan.final()
    assert report is not None
    assert report.panic.cpu == 2


def test_the_unformatted_strings_of_the_kernel_s_text_are_no_report() -> None:
    scan = scanned(b'panic(cpu %u caller 0x%lx): \0panic(cpu %d caller 0x%016llx): "%s"' * 100)
    assert scan.final() == (None, None)


@given(st.lists(st.integers(0, 4000), max_size=10))
@settings(deadline=None)
def test_the_version_is_found_wherever_it_is_cut(cuts: list[int]) -> None:
    version = SPEC.version.encode()
    memory = b"Darwin Kernel Version %d.%d\0" + bytes(2000) + version + b"\0more" + bytes(500)
    edges = [0, *sorted(min(cut, len(memory)) for cut in cuts), len(memory)]
    pieces = [memory[a:b] for a, b in itertools.pairwise(edges)]
    assert scanned(*pieces).final()[1] == " ".join(version.decode().split())


@pytest.mark.parametrize(
    "fake",
    [
        b"panic(cpu ",
        b"panic(cpu 1 caller 0x1): ",
        b"panic(cpu 1 caller 0x1): \0",
        b"panic(cpu 1 caller 0x",
        b"Darwin Kernel Version 1.1",
        b"Darwin Kernel Version 1.1\n",
    ],
)
def test_a_dump_full_of_fakes_costs_bounded_memory(fake: bytes) -> None:
    scan = MemoryScan()
    piece = fake * (65536 // len(fake))
    tracemalloc.start()
    for _ in range(300):
        scan.feed(piece)
    scan.final()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 << 20


def test_looking_ends_after_so_many_texts() -> None:
    finder = TextFinder(
        b"ab",
        head=re.compile(rb"ab\d"),
        end=re.compile(rb";"),
        limit=10,
        count=3,
    )
    data = b"ab1;ab2;abX;ab3;ab4;" + bytes(100)
    assert list(finder.feed(data)) == [b"ab1", b"ab2", b"ab3"]
    assert finder.exhausted
    assert list(finder.feed(data)) == []


def test_a_text_is_cut_at_its_limit_and_the_search_goes_on_behind_it() -> None:
    finder = TextFinder(
        b"ab",
        head=re.compile(rb"ab\d"),
        end=re.compile(rb";"),
        limit=5,
        count=3,
    )
    assert list(finder.feed(b"ab1ab2ab3" + bytes(100))) == [b"ab1ab", b"ab3\0\0"]
