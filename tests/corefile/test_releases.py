"""Which macOS a kernel belongs to, and what a debugger needs for it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.corefile.releases import Release, debug_kit, macos_of_darwin, release_of
from pipeline.model import CoreFacts, Panic

UUID = "2CE7BCB3-0766-3A94-A8D4-29BF3EBAEFBC"
VERSION = (
    "Darwin Kernel Version 21.1.0: Wed Oct 13 17:33:24 PDT 2021; "
    "root:xnu-8019.41.5~1/RELEASE_ARM64_T8101"
)


def facts(version: str | None = None, build: str | None = None) -> CoreFacts:
    panic = Panic(line="x", cpu=0, caller="0x1", reason="x", os_version=build)
    return CoreFacts(version=version, panic=panic)


def test_a_version_and_a_report_tell_all_of_it() -> None:
    release = release_of(facts(VERSION, "21A559"), "8019.41.5")
    assert release == Release(
        macos="12",
        build="21A559",
        darwin="21.1.0",
        xnu="xnu-8019.41.5~1",
        kernel="RELEASE_ARM64_T8101",
    )
    assert release.described == (
        "macOS 12 (21A559), Darwin 21.1.0, xnu-8019.41.5~1 RELEASE_ARM64_T8101"
    )


@pytest.mark.parametrize(
    ("found", "named", "described"),
    [
        (facts(VERSION), None, "macOS 12, Darwin 21.1.0, xnu-8019.41.5~1 RELEASE_ARM64_T8101"),
        (facts(None, "19E287"), "6153.101.6", "macOS 10.15 (19E287), xnu-6153.101.6"),
        (facts(), "6153.101.6", "xnu-6153.101.6"),
        (None, "6153.101.6", "xnu-6153.101.6"),
        (facts("Darwin Kernel Version 77.0.0: x; root:xnu-99~1/RELEASE_X86_64", "77A1"), None,
         "macOS (77A1), Darwin 77.0.0, xnu-99~1 RELEASE_X86_64"),
        (facts("Darwin Kernel Version nonsense", "nonsense"), None, "macOS (nonsense)"),
        (facts(), None, None),
        (None, None, None),
    ],
)  # fmt: skip
def test_what_is_not_known_is_left_out(
    found: CoreFacts | None, named: str | None, described: str | None
) -> None:
    assert release_of(found, named).described == described


@pytest.mark.parametrize(
    ("major", "macos"),
    [
        (4, None),
        (8, "10.4"),
        (15, "10.11"),
        (19, "10.15"),
        (20, "11"),
        (24, "15"),
        (25, "26"),
        (26, None),
        (0, None),
    ],
)
def test_darwin_tells_macos_and_newer_ones_stay_unknown(major: int, macos: str | None) -> None:
    assert macos_of_darwin(major) == macos


def test_the_kit_is_named_by_its_build_and_else_by_its_kernel() -> None:
    assert debug_kit("21A559", UUID) == "Kernel Debug Kit for build 21A559"
    assert debug_kit(None, UUID) == f"Kernel Debug Kit that matches kernel UUID {UUID}"
    assert debug_kit(None, None) is None


@given(st.one_of(st.none(), st.text()), st.one_of(st.none(), st.text()))
def test_any_version_gives_a_release(version: str | None, build: str | None) -> None:
    release = release_of(facts(version, build))
    for part in (release.darwin, release.xnu, release.kernel, release.macos):
        assert part is None or (part.isprintable() and len(part) <= 70)
