"""Making archive files beside `zstd -T0` and `age`: `python -m bench.compress --help`."""

from __future__ import annotations

import argparse
import json
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bench.compress_alone import RECIPIENT
from bench.compress_results import Compressions, Way, lines
from bench.machine import machine
from bench.observed import Failed, adopt_orphans, run
from bench.place import Cores, Place
from bench.sizes import byte_count


@dataclass(frozen=True)
class Setting:
    """How hard to compress."""

    level: int
    long_distance: bool

    @property
    def text(self) -> str:
        return f"{self.level}, long distance" if self.long_distance else str(self.level)


def main() -> int:
    options = _parser().parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    adopt_orphans()
    settings = [Setting(level, False) for level in options.levels]
    settings += [Setting(level, True) for level in options.long]
    try:
        with tempfile.TemporaryDirectory(prefix="panicpipe-bench-", dir=options.directory) as root:
            place = Place(Path(root).absolute())
            found = _measure(place, options.size, settings, 1 if options.once else 3)
    except (Failed, OSError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    print(json.dumps(found.as_value(), indent=1) if options.json else "\n".join(lines(found)))
    return 0


def _measure(place: Place, size: int, settings: Sequence[Setting], repeats: int) -> Compressions:
    place.prepare()
    large, small = place.cores(size), place.cores(size // 4)
    best: dict[tuple[str, str, str], Way] = {}
    for _ in range(repeats):
        for way in _ways(large, place, settings):
            key = (way.core, way.program, way.setting)
            best[key] = best[key].best(way) if key in best else way
    for way in _ours(small, place, settings):
        key = (way.core, way.program, way.setting)
        best[key] = replace(best[key], small=way.usage)
    return Compressions(
        machine=machine(),
        size=size,
        repeats=repeats,
        ways=list(best.values()),
        missing=[name for name in ("zstd", "age") if not shutil.which(name)],
    )


def _ways(cores: Cores, place: Place, settings: Sequence[Setting]) -> Iterator[Way]:
    for setting in settings:
        yield from _others(cores, place, setting)
        yield from _ours(cores, place, [setting])


def _others(cores: Cores, place: Place, setting: Setting) -> Iterator[Way]:
    """Run the stock programs, where they are installed."""
    packed, sealed = place.made / "stock.zst", place.made / "stock.zst.age"
    if shutil.which("zstd"):
        long = ["--long=27"] if setting.long_distance else []
        how = ("-q", "-T0", f"-{setting.level}", *long)
        command: Sequence[str | Path] = ("zstd", *how, cores.raw, "-o", packed)
        yield _way("raw", "zstd -T0", setting, command, packed)
        if shutil.which("age"):
            command = ("age", "-r", RECIPIENT, "-o", sealed, packed)
            yield _way("raw", "age, of that", setting, command, sealed)
    place.clear_made()


def _way(
    core: str, program: str, setting: Setting, command: Sequence[str | Path], made: Path
) -> Way:
    usage, _ = run(command)
    size = made.stat().st_size
    return Way(core=core, program=program, setting=setting.text, usage=usage, made=size)


def _ours(cores: Cores, place: Place, settings: Sequence[Setting]) -> Iterator[Way]:
    for setting in settings:
        for core, file in (("raw", cores.raw), ("gzip", cores.gzipped)):
            long = "yes" if setting.long_distance else "no"
            arguments = (file, place.made, str(setting.level), long)
            usage, printed = run((sys.executable, "-m", "bench.compress_alone", *arguments))
            place.clear_made()
            for stage, took in json.loads(printed).items():
                yield Way(
                    core=core,
                    program=stage,
                    setting=setting.text,
                    usage=replace(usage, wall=took["wall"], cpu=took["cpu"]),
                    made=took["size"],
                )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.compress", description=__doc__)
    parser.add_argument("--size", type=byte_count, default=1 << 30, help="of the core, such as 64M")
    parser.add_argument(
        "--levels", type=int, nargs="*", default=[1, 3, 9], help="levels to compress at"
    )
    parser.add_argument(
        "--long", type=int, nargs="*", default=[3], help="levels with long distance matching"
    )
    parser.add_argument("--once", action="store_true", help="run once instead of the best of 3")
    parser.add_argument("--json", action="store_true", help="print values instead of a table")
    parser.add_argument(
        "--directory", type=Path, help="where to work: needs three times the core's size"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
