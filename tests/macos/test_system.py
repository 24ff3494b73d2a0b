"""Which Mac this is, and whether boot-args are protected; unknown where it does not tell."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pipeline.macos.system import System, system
from tests.macs.fake_mac import FakeMac
from tests.macs.quick import quick_mac

NOTHING = System(version=None, build=None, apple_silicon=None, sip=None, debugging=None)
CUSTOM = """System Integrity Protection status: {status} (Custom Configuration).

Configuration:
\tApple Internal: disabled
\tNVRAM Protections: {nvram}
\tBaseSystem Verification: enabled
{more}
This is an unsupported configuration, likely to break in the future and leave your machine in an \
unknown state.
"""


@pytest.fixture
def mac(tmp_path: Path) -> FakeMac:
    return quick_mac(tmp_path)


def told(mac: FakeMac, **state: Any) -> System:
    with mac.changed() as current:
        current.update(state)
    return system(mac.machine)


def test_version_and_build(mac: FakeMac) -> None:
    found = system(mac.machine)
    assert (found.version, found.build) == ("15.4", "24E248")


@pytest.mark.parametrize(
    ("value", "expected"), [("1", True), ("0", False), (None, False), ("", None), ("2", None)]
)
def test_apple_silicon_by_a_key_that_intel_macs_lack(
    mac: FakeMac, value: str | None, expected: bool | None
) -> None:
    assert told(mac, sysctl={"hw.optional.arm64": value}).apple_silicon is expected


@pytest.mark.parametrize(
    ("sip", "protected", "debugging"),
    [
        ("enabled", True, False),
        ("disabled", False, True),
        ("nvram", False, None),
        ("partly", True, True),
    ],
)
def test_whether_boot_args_are_protected_and_the_kernel_may_send(
    mac: FakeMac, sip: str, protected: bool, debugging: bool | None
) -> None:
    found = told(mac, sip=sip)
    assert (found.sip, found.debugging) == (protected, debugging)


@pytest.mark.parametrize("status", ["enabled", "disabled", "unknown"])
@pytest.mark.parametrize(
    ("nvram", "more", "expected"),
    [
        ("enabled", "", True),
        ("disabled", "", False),
        ("disabled", "\tBoot-arg Restrictions: disabled\n", False),
        ("disabled", "\tBoot-arg Restrictions: enabled\n", True),
        ("enabled", "\tBoot-arg Restrictions: disabled\n", True),
        ("in doubt", "", None),
    ],
)
def test_of_a_custom_configuration_only_the_parts_about_boot_args_count(
    mac: FakeMac, status: str, nvram: str, more: str, expected: bool | None
) -> None:
    mac.answer("csrutil", out=CUSTOM.format(status=status, nvram=nvram, more=more))
    assert system(mac.machine).sip is expected


@pytest.mark.parametrize(
    "out",
    ["", "junk", "System Integrity Protection status: ", "status: unknown.\n"]
    + ["System Integrity Protection status: unknown.\n"]
    + ["System Integrity Protection status: enabled (Custom Configuration).\n"],
)
def test_what_csrutil_does_not_tell_is_unknown(mac: FakeMac, out: str) -> None:
    mac.answer("csrutil", out=out)
    found = system(mac.machine)
    assert (found.sip, found.debugging) == (None, None)


@pytest.mark.parametrize("answer", [{"out": "junk\n"}, {"out": "", "status": 1}, {"err": "\x1b["}])
def test_junk_is_unknown(mac: FakeMac, answer: dict[str, Any]) -> None:
    for program in ("sw_vers", "sysctl", "csrutil"):
        mac.answer(program, **answer)
    assert system(mac.machine) == NOTHING


def test_without_its_programs_nothing_is_known(mac: FakeMac) -> None:
    for program in ("sw_vers", "sysctl", "csrutil"):
        mac.lose(program)
    assert system(mac.machine) == NOTHING
