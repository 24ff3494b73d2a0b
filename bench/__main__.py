"""Measure panicpipe beside programs everybody has: `python -m bench --help`."""

from __future__ import annotations

import argparse
import json
import shutil
import signal
import sys
import tempfile
from pathlib import Path

from bench import table
from bench.bars import bars
from bench.daemon import follow, start_up_and_idle
from bench.machine import machine
from bench.observed import Failed, adopt_orphans
from bench.place import PANICPIPE, Place
from bench.results import Results
from bench.sizes import byte_count
from bench.throughput import missing, rows

_FULL_PACE = 20_000
"""Packets a second: the client waits for each to be acknowledged, here for 50 us."""
_SPACE = 4
"""Times the core's size that must be free."""


def main() -> int:
    options = _parser().parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    adopt_orphans()
    try:
        with tempfile.TemporaryDirectory(prefix="panicpipe-bench-", dir=options.directory) as root:
            _refuse_in_vain(root, options.size)
            results = _measure(
                Path(root).absolute(), options.size, 1 if options.once else 3, options.idle
            )
    except (Failed, OSError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    if options.json:
        print(json.dumps(results.as_value(), indent=1))
    else:
        print("\n".join(table.lines(results)))
    return 0


def _refuse_in_vain(root: str, size: int) -> None:
    if not PANICPIPE.exists():
        raise Failed(f"{PANICPIPE} is not there: install panicpipe beside this interpreter")
    free, needed = shutil.disk_usage(root).free, _SPACE * size
    if free < needed:
        raise Failed(
            f"{root}: {free >> 20} MiB are free, {needed >> 20} are needed: "
            "name another place with --directory, or a smaller --size"
        )


def _measure(root: Path, size: int, repeats: int, idle_seconds: float | None) -> Results:
    place = Place(root)
    place.prepare()
    _say("making the cores")
    large, small = place.cores(size), place.cores(size // 4)
    _say("running each program on them")
    measured = rows(large, small, place, repeats)
    _say("letting the daemon idle, then follow")
    quick = repeats == 1
    seconds = idle_seconds if idle_seconds is not None else 0.5 if quick else 60.0
    start_up, idle = start_up_and_idle(place, seconds, repeats * 3)
    followings = [
        follow(place, "gzip", large.gzipped, _FULL_PACE),
        follow(place, "gzip", large.gzipped, 0),
        follow(place, "raw", large.raw, 0),
    ]
    return Results(
        machine=machine(),
        size=large.size,
        small_size=small.size,
        gzip_size=large.gzipped.stat().st_size,
        repeats=repeats,
        missing=missing(large, place),
        rows=measured,
        start_up=start_up,
        idle=idle,
        followings=followings,
        bars=bars(size, measured, followings),
    )


def _say(what: str) -> None:
    print(f"bench: {what} ...", file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--size", type=byte_count, default=1 << 30, help="of the core, such as 64M")
    parser.add_argument("--once", action="store_true", help="run once instead of the best of 3")
    parser.add_argument("--json", action="store_true", help="print values instead of a table")
    parser.add_argument("--idle", type=float, metavar="SECONDS", help="how long to watch it idle")
    parser.add_argument(
        "--directory", type=Path, help="where to work: needs four times the core's size"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
