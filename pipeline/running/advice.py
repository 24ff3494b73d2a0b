"""What somebody who reads of an outcome should do, and should know. Pure: facts in, text out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pipeline.display import size
from pipeline.journal.rows import DumpRow, State
from pipeline.model import Artifact, Cause, Encoding, Inspection, Verdict

_TRIGGER_AGAIN = "then let the Mac panic again"
_AFTER: Mapping[Cause | None, str] = {
    Cause.TRANSFER_STOPPED: (
        "the Mac stopped sending: see that it keeps its power and its network connection, "
        f"{_TRIGGER_AGAIN}"
    ),
    Cause.KDUMPD_TIMEOUT: (
        "the Mac fell silent and kdumpd gave it up: check the network between the Mac and this "
        f"server, {_TRIGGER_AGAIN}"
    ),
    None: (
        "let the Mac panic again; if its next dump is no better, check the network, and the disk "
        "of this server"
    ),
}
_KDUMPD_REFUSES = "kdumpd refuses the next dump until this file is moved away."


def next_step(row: DumpRow, artifacts: tuple[Artifact, ...]) -> str | None:
    """Say what to do now; None where nothing is left to do."""
    if row.state is State.PARKED:
        return f"mend the cause, then run: panicpipe retry {row.id}"
    if row.state is State.GONE and row.announced is not None:
        return "to have it archived, move the file back to where it was: it is then begun afresh"
    if row.state is State.GONE:
        return "nothing can be done for this dump; to get another, let the Mac panic again"
    found = row.inspection
    if found is None:
        return None
    if found.verdict is Verdict.COMPLETE:
        return _file_it(artifacts)
    if found.verdict in (Verdict.TRUNCATED, Verdict.DAMAGED, Verdict.EMPTY):
        return _make_room(found) if found.cause is Cause.VOLUME_FULL else _AFTER[found.cause]
    return "nothing was made of it, and the file was left where it is: see what sent it"


def _file_it(artifacts: tuple[Artifact, ...]) -> str | None:
    if any(made.kind == "zip" for made in artifacts):
        return "attach this zip to a Feedback report"
    return None


def _make_room(found: Inspection) -> str:
    total = _expected_file_size(found)
    if total is None:
        return f"the dump directory's volume was full: make room there, {_TRIGGER_AGAIN}"
    missing = total - found.file_size
    lacked = f"; {size(missing)} of it did not fit" if missing > 0 else ""
    return (
        f"the dump directory's volume was full: free {size(total)} there (what a dump like this "
        f"takes{lacked}), {_TRIGGER_AGAIN}"
    )


def _expected_file_size(found: Inspection) -> int | None:
    """Return how long the file should have become, as well as it compressed so far."""
    if found.expected_size is None or found.encoding is not Encoding.GZIP:
        return found.expected_size
    if not found.uncompressed_size:
        return None
    return found.file_size * found.expected_size // found.uncompressed_size


def remarks(row: DumpRow, *, generated_name: bool) -> Iterator[str]:
    """Say what is unusual about this dump's file, a sentence or two each."""
    if row.revision > 1:
        yield f"This replaces what was said of dump {row.previous}: its file has changed since."
    if row.reuses is not None:
        fixed = "" if generated_name else " _panicd_corename seems to be fixed."
        yield f"The name was used before, by dump {row.reuses}.{fixed} {_KDUMPD_REFUSES}"
    elif not generated_name and row.state is not State.GONE:
        yield (
            "The name is not one that a panicking Mac makes up by itself. If _panicd_corename is "
            f"fixed, {_KDUMPD_REFUSES}"
        )
