"""What is installed is told from a property list that may have come to any harm."""

from __future__ import annotations

import plistlib
from pathlib import Path
from typing import Any

import pytest

from pipeline import kdumpd
from pipeline.doctor import installed
from pipeline.installing import mac_plist
from pipeline.installing.mac_layout import PLIST
from pipeline.machine import Machine


def _claims_much() -> bytes:
    """A binary list whose trailer announces more objects than there is memory."""
    data = plistlib.dumps({"ProgramArguments": ["/a"]}, fmt=plistlib.FMT_BINARY)
    return data[:-24] + (1 << 56).to_bytes(8, "big") + data[-16:]


_ODD: tuple[Any, ...] = ([], [1], {}, "x")


@pytest.mark.parametrize(
    "data",
    [_claims_much(), *(plistlib.dumps({"ProgramArguments": each}) for each in _ODD)],
)
def test_a_harmed_property_list_names_nothing(tmp_path: Path, data: bytes) -> None:
    machine = Machine(tmp_path, "darwin")
    for path in (PLIST, str(kdumpd.plist_of(kdumpd.OURS))):
        machine.place(path).parent.mkdir(parents=True, exist_ok=True)
        machine.place(path).write_bytes(data)
    assert kdumpd.told_by(kdumpd.OURS, tmp_path) is None
    assert installed.environment(machine) is None
    assert mac_plist.program(data) is None
