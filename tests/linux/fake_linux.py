"""A scratch root that looks like a Linux machine with systemd, with recording executables."""

from __future__ import annotations

from pathlib import Path

from tests.installing import fake_python
from tests.machine.fake_machine import FakeMachine

PROGRAMS = {
    "systemctl": "/usr/bin/systemctl",
    "journalctl": "/usr/bin/journalctl",
    "useradd": "/usr/sbin/useradd",
    "userdel": "/usr/sbin/userdel",
    "groupdel": "/usr/sbin/groupdel",
    "chown": "/usr/bin/chown",
}
_DIRECTORIES = {
    "/etc/systemd/system": 0o755,
    "/run/systemd/system": 0o755,
    "/opt": 0o755,
    "/usr/local/bin": 0o755,
    "/usr/sbin": 0o755,
    "/var/lib": 0o755,
    "/var/tmp": 0o1777,
}
_PASSWD = "root:x:0:0:root:/root:/bin/bash\nann:x:1000:1000::/home/ann:/bin/bash\n"
_GROUP = "root:x:0:\nadm:x:4:ann\nann:x:1000:\ntftpd:x:109:\n"


class FakeLinux(FakeMachine):
    """A Linux machine to rehearse on; its Python pretends as well."""

    PLATFORM = "linux"
    RECORDS = ".linux"
    PACKAGE = "tests.linux.programs"
    PROGRAMS = PROGRAMS
    OURS = (".calls.jsonl", ".fails")

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        if not self._state.exists():
            self._make()

    def _make(self) -> None:
        self._begin(_DIRECTORIES, {})
        self.root.chmod(0o755)
        self.machine.place("/etc/passwd").write_text(_PASSWD)
        self.machine.place("/etc/group").write_text(_GROUP)
        nologin = self.machine.place("/usr/sbin/nologin")
        nologin.write_text("#!/bin/sh\nexit 1\n")
        nologin.chmod(0o755)
        fake_python.write(self.root, "/usr/bin/python3.13")
