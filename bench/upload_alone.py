"""One upload by itself: `python -m bench.upload_alone FILE s3://BUCKET/KEY --endpoint-url URL …`.

As the upload stage sends an archive: its SHA-256 is known, its credentials are the environment's.
"""

from __future__ import annotations

import argparse
import os
from typing import Any
from urllib.parse import urlsplit

from pipeline.s3.delivery import deliver
from pipeline.s3.objects import Bucket
from pipeline.s3.options import S3Options
from pipeline.s3.spans import LocalFile


class Memory:
    """What the daemon's journal keeps otherwise."""

    cancelled = False

    def __init__(self) -> None:
        self._kept: dict[str, Any] = {}

    def remember(self, key: str, value: Any) -> None:
        self._kept[key] = value

    def recall(self, key: str) -> Any:
        return self._kept.get(key)

    def progress(self, done: int, total: int) -> None:
        pass


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.upload_alone", description=__doc__)
    parser.add_argument("file")
    parser.add_argument("to", type=urlsplit)
    parser.add_argument("--endpoint-url")
    parser.add_argument("--sha256", required=True)
    parser.add_argument("--part-size", type=int)
    parser.add_argument("--parallel", type=int)
    given = parser.parse_args()
    options = S3Options(
        bucket=given.to.netloc,
        endpoint_url=given.endpoint_url,
        part_size=given.part_size,
        parallel=given.parallel,
    )
    with open(given.file, "rb") as opened:
        size = os.fstat(opened.fileno()).st_size
        file = LocalFile(fd=opened.fileno(), size=size, sha256=given.sha256)
        deliver(Bucket(options), given.to.path.lstrip("/"), file, Memory())


if __name__ == "__main__":
    main()
