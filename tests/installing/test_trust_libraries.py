"""Which dynamic libraries are loaded."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from pipeline.installing.trust.libraries import executable_files, loaded_libraries

MAPS = """\
55d0c0000000-55d0c0010000 r--p 00000000 fe:00 101 /usr/bin/python3.11
55d0c0010000-55d0c0020000 r-xp 00010000 fe:00 101 /usr/bin/python3.11
7f0000000000-7f0000010000 r--p 00000000 fe:00 102 /usr/lib/locale/locale-archive
7f0000020000-7f0000030000 r-xp 00000000 fe:00 103                        /opt/my libs/a.so
7f0000040000-7f0000050000 r-xp 00000000 fe:00 104 /usr/lib/libz.so.1 (deleted)
7f0000060000-7f0000070000 rwxp 00000000 00:00 0
7f0000070000-7f0000080000 r-xp 00000000 00:01 105 /memfd:libffi (deleted)
7ffc00000000-7ffc00010000 r-xp 00000000 00:00 0 [vdso]
"""


def test_those_that_are_mapped_to_be_executed() -> None:
    assert list(executable_files(MAPS)) == [
        "/usr/bin/python3.11",
        "/opt/my libs/a.so",
        "/usr/lib/libz.so.1",
    ]


@pytest.mark.skipif(sys.platform not in ("linux", "darwin"), reason="asks the system")
def test_those_of_this_process() -> None:
    import _ctypes  # an extension module, or built in

    loaded = loaded_libraries()
    assert all(os.path.isabs(path) for path in loaded)
    own = getattr(_ctypes, "__file__", None) or sys.executable
    assert Path(own).resolve() in {Path(path).resolve() for path in loaded}
