"""Writes a core as kdumpd does: `python -m bench.writer SOURCE TARGET PACKETS_PER_SECOND`.

Straight to the final name, one packet's data at a time; 0 packets a second means as fast as
possible. Prints, as JSON, when it began and when it closed the file.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

PACKET = 1406  # bytes of data
_AT_ONCE = 32  # packets between two looks at the clock


def main() -> None:
    source, target, pace = Path(sys.argv[1]), sys.argv[2], float(sys.argv[3])
    began = time.time()
    fd = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o660)
    for packets, piece in enumerate(_pieces(source)):
        ahead = began + packets / pace - time.time() if pace and packets % _AT_ONCE == 0 else 0
        if ahead > 0:
            time.sleep(ahead)
        os.write(fd, piece)
    os.close(fd)
    print(json.dumps({"began": began, "closed": time.time()}))


def _pieces(source: Path) -> Iterator[memoryview]:
    with source.open("rb", buffering=0) as file:
        while block := file.read(1024 * PACKET):
            view = memoryview(block)
            for start in range(0, len(block), PACKET):
                yield view[start : start + PACKET]


if __name__ == "__main__":
    main()
