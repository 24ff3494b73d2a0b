"""sw_vers: which macOS this is."""

from __future__ import annotations

from tests.macs.fake_mac import FakeMac


def main(mac: FakeMac, arguments: list[str]) -> int:
    version = mac.state["version"]
    if arguments in (["-productVersion"], ["--productVersion"]):
        print(version)
    else:
        print(f"ProductName:\t\tmacOS\nProductVersion:\t\t{version}\nBuildVersion:\t\t24E248")
    return 0
