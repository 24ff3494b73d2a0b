"""The package stage by itself: `python -m bench.package_alone CORE DIRECTORY`.

Inspects the core first, as the stage needs; prints what the stage then took, as JSON.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

from pipeline import Dump
from pipeline.corefile import inspect_descriptor
from pipeline.stages.package import Package
from tests.stages.workspace import DirectoryWorkspace


def main() -> None:
    path, directory = map(Path, sys.argv[1:])
    dump = judged(path)
    with DirectoryWorkspace(dump, path, directory) as work:
        wall, cpu = time.perf_counter(), time.process_time()
        result = Package(directory=directory).run(dump, work)
        took = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
        work.publish(result)
    print(json.dumps(took))


def judged(path: Path) -> Dump:
    with path.open("rb") as file:
        inspection = inspect_descriptor(file.fileno())
        found = os.fstat(file.fileno())
    now = time.time()
    return Dump(
        id=1,
        name=path.name,
        raw_name=os.fsencode(path.name),
        size=found.st_size,
        mtime_ns=found.st_mtime_ns,
        arrived=now,
        finished=now,
        client=None,
        inspection=inspection,
    )


if __name__ == "__main__":
    main()
