"""The results as one table and a few lines, for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bench.bars import Bar
from bench.daemon import Following
from bench.observed import Usage
from bench.results import Results
from bench.throughput import Row

_BESIDE = ("gzip -t", "cp", "zip -6")


def lines(results: Results) -> Iterator[str]:
    size, gzip_size = results.size >> 20, results.gzip_size / (1 << 20)
    yield results.machine
    yield f"A core of {size} MiB, {gzip_size:.1f} MiB as gzip; best of {results.repeats}"
    yield ""
    yield from aligned(_cells(results))
    yield ""
    yield "wall, CPU in seconds; memory in MB: of the largest process / of all together, then"
    yield f"all together for a core of {results.small_size >> 20} MiB"
    for name in results.missing:
        yield f"left out, not installed here: {name}"
    yield ""
    yield from _start_up_and_idle(results)
    for following in results.followings:
        yield from _following(following)
    yield ""
    yield from map(_bar, results.bars)


def _cells(results: Results) -> Iterator[Sequence[str]]:
    header = ("core", "program", "wall", "CPU", *(f"x {name}" for name in _BESIDE))
    yield (*header, "largest", "together", "smaller core")
    yield from map(_row, results.rows)


def _row(row: Row) -> Sequence[str]:
    ratios = (f"{row.ratios[name]:.2f}" if name in row.ratios else "" for name in _BESIDE)
    times = (f"{row.usage.wall:.2f}", f"{row.usage.cpu:.2f}")
    memory = (megabytes(row.usage.largest), megabytes(row.usage.together))
    small = megabytes(row.small.together) if row.small else ""
    return (row.core, row.name, *times, *ratios, *memory, small)


def aligned(rows: Iterator[Sequence[str]]) -> Iterator[str]:
    """Lay out cells in columns: two of text, then numbers."""
    all_rows = list(rows)
    widths = [max(map(len, column)) for column in zip(*all_rows, strict=True)]
    for row in all_rows:
        texts = [cell.ljust(width) for cell, width in zip(row[:2], widths[:2], strict=True)]
        numbers = [cell.rjust(width) for cell, width in zip(row[2:], widths[2:], strict=True)]
        yield "  ".join((*texts, *numbers)).rstrip()


def _start_up_and_idle(results: Results) -> Iterator[str]:
    python, status = results.start_up.python, results.start_up.status
    yield f"status: {_ms(status)} (an interpreter that does nothing: {_ms(python)})"
    seconds, work = results.idle.seconds, results.idle.work
    if work is None:
        yield "idle daemon: this system does not tell"
    else:
        cpu, wake_ups = 60e3 * work.cpu / seconds, 60 * work.wake_ups / seconds
        looked = f"looked at for {seconds:.0f} s"
        yield f"idle daemon, a minute: {cpu:.1f} ms of CPU, {wake_ups:.0f} wake-ups ({looked})"


def _following(found: Following) -> Iterator[str]:
    pace = found.packets_per_second
    how = f"at {pace} packets a second" if pace else "as fast as possible"
    yield f"following a {found.core} core written {how}:"
    alone = f"; alone {found.writer_alone.wall:.2f} s" if found.writer_alone else ""
    yield (
        f"  written at {found.written_per_second / 1e6:.1f} MB/s ({found.writer.wall:.2f} s, "
        f"CPU {found.writer.cpu:.2f}{alone})"
    )
    yield (
        f"  verdict {found.behind:.2f} s after the last byte, so read at "
        f"{found.read_per_second / 1e6:.1f} MB/s; zip {found.packaging:.2f} s after that"
    )
    usage = found.daemon
    memory = f"{megabytes(usage.largest)} / {megabytes(usage.together)} MB"
    yield f"  daemon, start to end: CPU {usage.cpu:.2f}, memory {memory}"


def _bar(bar: Bar) -> str:
    judged = "met" if bar.met else "MISSED"
    return f"{judged}: {bar.name}: {bar.value:.2f} (at most {bar.limit:g})"


def _ms(usage: Usage) -> str:
    return f"{usage.wall * 1e3:.0f} ms, CPU {usage.cpu * 1e3:.0f} ms"


def megabytes(size: int | None) -> str:
    return "?" if size is None else f"{size / 1e6:.1f}"
