"""Whether FileVault is on, as fdesetup says it."""

from __future__ import annotations

import pytest

from pipeline.macos.filevault import filevault
from tests.macs.fake_mac import FakeMac


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["FileVault is Off."], False),
        (["FileVault is On."], True),
        (["FileVault is On.", "Encryption in progress: Percent completed = 31"], True),
        (["Encryption in progress: Percent completed = 31.2"], True),
        (["FileVault is On.", "Encryption in progress: Pending"], True),
        (["FileVault is Off.", "Decryption in progress: Percent completed = 73"], False),
        (
            [
                "FileVault is Off.",
                "Deferred enablement appears to be active for user 'ann'.",
            ],
            True,
        ),
        ([""], None),
        (["FileVault"], None),
        (["Error: FileVault is Off limits", "\x1b[2J"], None),
    ],
)
def test_it_is_on_off_or_unknown(mac: FakeMac, lines: list[str], expected: bool | None) -> None:
    with mac.changed() as state:
        state["filevault"] = lines
    assert filevault(mac.machine) is expected


def test_a_failure_is_unknown(mac: FakeMac) -> None:
    mac.answer("fdesetup", out="FileVault is Off.\n", status=22)
    assert filevault(mac.machine) is None
    mac.lose("fdesetup")
    assert filevault(mac.machine) is None
