"""The archive's stages by themselves: `python -m bench.compress_alone CORE DIRECTORY LEVEL LONG`.

Inspects the core first, as `compress` needs; prints what each stage then took, as JSON.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.package_alone import judged
from pipeline import Artifact, Dump, Stage
from pipeline.stages.compress import Compress
from pipeline.stages.encrypt import Encrypt
from tests.stages.workspace import DirectoryWorkspace

RECIPIENT = "age1qqf7p03n46kpu05k0mwzg2hxlxmw8vm8hypxpynz5pqueeleqc5s02wszq"


def main() -> None:
    path, directory = map(Path, sys.argv[1:3])
    level, long_distance = int(sys.argv[3]), sys.argv[4] == "yes"
    dump = judged(path)
    compress = Compress(level=level, long_distance_matching=long_distance, directory=directory)
    took, artifacts = _run(compress, "compress", dump, path, directory, {})
    encrypting, _ = _run(
        Encrypt(recipients=(RECIPIENT,), directory=directory),
        "encrypt",
        dump,
        path,
        directory,
        artifacts,
    )
    print(json.dumps({"compress": took, "encrypt": encrypting}))


def _run(
    stage: Stage,
    name: str,
    dump: Dump,
    path: Path,
    directory: Path,
    earlier: Mapping[str, Artifact],
) -> tuple[dict[str, Any], dict[str, Artifact]]:
    with DirectoryWorkspace(dump, path, directory, artifacts=earlier) as work:
        wall, cpu = time.perf_counter(), time.process_time()
        result = stage.run(dump, work)
        took = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
        made = {
            kind: Artifact(stage=name, kind=kind, path=str(file), size=file.stat().st_size)
            for kind, file in work.publish(result).items()
        }
    return {**took, "size": made["archive"].size}, made


if __name__ == "__main__":
    main()
