"""Makes kernel cores as a panicking Mac sends them, from a few kilobytes to gigabytes.

Deterministic: the same CoreSpec always gives the same bytes. `python -m tests.cores --help` writes
one to a file.
"""

from tests.cores.assembly import build_core, uncompressed_core, uncompressed_size, write_core
from tests.cores.machines import Arch
from tests.cores.reports import Kext, ReportSpec
from tests.cores.spec import CoreSpec, kdumpd_name

__all__ = [
    "Arch",
    "CoreSpec",
    "Kext",
    "ReportSpec",
    "build_core",
    "kdumpd_name",
    "uncompressed_core",
    "uncompressed_size",
    "write_core",
]
