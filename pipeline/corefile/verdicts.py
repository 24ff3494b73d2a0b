"""From what was read to a verdict, and to the one line that says it to a person."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pipeline.corefile.cause import likely_cause
from pipeline.corefile.contents import Content, Foreign, Unsupported
from pipeline.corefile.core_content import CoreContent
from pipeline.corefile.fault import Fault, FirstHole
from pipeline.corefile.gzip_stream import GzipStream, Part
from pipeline.corefile.log_content import LogContent
from pipeline.display import size as shown
from pipeline.model import Cause, Evidence, Verdict


@dataclass(frozen=True)
class Judgement:
    """The part of an Inspection that is a conclusion, not a fact."""

    verdict: Verdict
    reason: str
    good_size: int
    uncompressed_size: int | None = None
    check: str | None = None
    cause: Cause | None = None


@dataclass(frozen=True)
class Seen:
    """All that was read of one file."""

    size: int
    stream: GzipStream | None
    """The gzip member, where the file is one."""
    content: Content | None
    """None while too few bytes have come to tell."""


def judge(seen: Seen, evidence: Evidence) -> Judgement:
    """Reach the verdict on a file as it is now."""
    match seen.content:
        case Unsupported(what=what):
            return Judgement(Verdict.UNSUPPORTED, what, 0)
        case Foreign(what=what):
            return _not_a_dump(seen, what)
        case LogContent(is_log=False):
            return _not_a_dump(seen, "plain text without a panic report")
    if not seen.size:
        return _empty(evidence)
    fault = _fault(seen)
    if fault:
        return _damaged(seen, fault, evidence)
    if seen.stream and seen.stream.part is not Part.END:
        return _cut_stream(seen, seen.stream, evidence)
    match seen.content:
        case CoreContent() as core:
            return _core(seen, core, evidence)
        case LogContent() as log:
            return _log(seen, log)
    reason = "the gzip stream is whole, but nothing is in it"
    return Judgement(Verdict.EMPTY, reason, seen.size, uncompressed_size=0)


def proven(seen: Seen) -> bool:
    """Whether the bytes so far prove a complete core or log, if nothing follows."""
    if seen.stream is not None and not seen.stream.proven:
        return False
    match seen.content:
        case CoreContent(reached=reached):
            return reached
        case LogContent(is_log=is_log):
            return is_log and seen.stream is not None
    return False


def _not_a_dump(seen: Seen, what: str) -> Judgement:
    prefix = "compressed with gzip: " if seen.stream else ""
    return Judgement(Verdict.NOT_A_DUMP, prefix + what, 0)


def _empty(evidence: Evidence) -> Judgement:
    cause = likely_cause(evidence)
    reason = f"the file is empty: no byte of it has come ({cause})"
    return Judgement(Verdict.EMPTY, reason, 0, uncompressed_size=0, cause=cause)


def _core(seen: Seen, core: CoreContent, evidence: Evidence) -> Judgement:
    if not core.reached:
        return _short_core(seen, core, evidence)
    length = shown(core.size)
    if seen.stream:
        reason = f"all {length} are there: gzip checksum, length and the core's own header agree"
    else:
        reason = f"all {length} are there, by length only: a raw core has no checksum"
    return Judgement(Verdict.COMPLETE, reason, seen.size, core.size)


def _log(seen: Seen, log: LogContent) -> Judgement:
    proof = (
        "the gzip checksum and length prove it whole"
        if seen.stream
        else "a log has no end mark, so nothing proves it whole"
    )
    reason = f"a log of {shown(log.size)}: {proof}"
    return Judgement(Verdict.COMPLETE, reason, seen.size, log.size)


def _cut_stream(seen: Seen, stream: GzipStream, evidence: Evidence) -> Judgement:
    """A gzip stream that stops before its end."""
    core = seen.content if isinstance(seen.content, CoreContent) else None
    missing = core.expected_size - core.size if core and core.expected_size else None
    if missing is not None and stream.inflated:
        missing = missing * seen.size // stream.inflated  # as it compressed so far
    cause = likely_cause(evidence, missing)
    if stream.part is Part.TRAILER:
        reason = (
            f"all compressed data came, {shown(stream.inflated)} inflated, but the checksum after"
            f" it is cut off ({cause}): nothing proves it whole"
        )
    else:
        reason = _stops_at(stream.inflated, core, cause)
    return Judgement(Verdict.TRUNCATED, reason, seen.size, stream.inflated, cause=cause)


def _short_core(seen: Seen, core: CoreContent, evidence: Evidence) -> Judgement:
    """A core that ends before the end that its header announces."""
    size, expected = core.size, core.expected_size
    if seen.stream:
        whole = f"the gzip stream is whole, but the core in it stops at {_of(size, expected)}"
        reason = f"{whole}: the kernel ended it early, or a run is missing in the middle"
        return Judgement(Verdict.TRUNCATED, reason, seen.size, size)
    cause = likely_cause(evidence, expected - size if expected else None)
    reason = _stops_at(size, core, cause)
    if core.commands.done and core.stops_after_commands:
        reason += "; only the headers came, as some kernels do with raw cores"
    elif expected and cause is Cause.VOLUME_FULL:
        reason += "; a run may be missing in the middle"
    return Judgement(Verdict.TRUNCATED, reason, seen.size, size, cause=cause)


def _stops_at(size: int, core: CoreContent | None, cause: Cause) -> str:
    if not size:
        return f"stops before its first byte of content ({cause})"
    inside = ", inside its headers" if core and not core.expected_size else ""
    return f"stops at {_of(size, core.expected_size if core else None)}{inside} ({cause})"


def _of(size: int, expected: int | None) -> str:
    """Say how far it came, so that two different sizes never look the same."""
    if expected is None:
        return shown(size)
    if shown(size) == shown(expected):
        return f"{shown(size)}, {expected - size} bytes short of its end"
    return f"{shown(size)} of {shown(expected)}"


def _fault(seen: Seen) -> Fault | None:
    """Return what is damaged, with its offset in the file; None where nothing is."""
    if seen.stream:
        return _stream_fault(seen.stream, seen.content)
    holes = _holes(seen.content)
    if holes:
        return _hole(holes)
    return seen.content.fault if isinstance(seen.content, CoreContent) else None


def _stream_fault(stream: GzipStream, content: Content | None) -> Fault | None:
    holes, fault = stream.holes, stream.fault
    harmless = stream.proven or (fault and fault.check == "trailing-bytes")
    if holes and not harmless:
        return _hole(holes)
    if fault:
        return fault
    inner = content.fault if isinstance(content, CoreContent) else None
    # What is wrong inside has no place in the file: nothing after the header counts as good.
    return replace(inner, offset=stream.data_offset) if inner else None


def _holes(content: Content | None) -> FirstHole | None:
    return content.holes if isinstance(content, CoreContent | LogContent) else None


def _hole(holes: FirstHole) -> Fault:
    text = f"{shown(holes.length)} were never written (a hole in the file)"
    return Fault("hole", holes.offset, text)


def _damaged(seen: Seen, fault: Fault, evidence: Evidence) -> Judgement:
    good = fault.offset
    if fault.check == "crc32" and seen.stream:
        good = seen.stream.data_offset  # any byte may be the wrong one
    full = likely_cause(evidence) is Cause.VOLUME_FULL
    return Judgement(
        Verdict.DAMAGED,
        _damage(seen, fault) + (f" ({Cause.VOLUME_FULL})" if full else ""),
        good,
        _good_content(seen, fault),
        check=fault.check,
        cause=Cause.VOLUME_FULL if full else None,
    )


def _damage(seen: Seen, fault: Fault) -> str:
    inner = seen.content.fault if isinstance(seen.content, CoreContent) else None
    if seen.stream and inner and inner.text == fault.text:
        return f"{fault.text}, at offset {inner.offset} of the uncompressed core"
    return f"{fault.text}, at offset {fault.offset}"


def _good_content(seen: Seen, fault: Fault) -> int | None:
    """Count the uncompressed bytes up to the fault."""
    content = seen.content
    if isinstance(content, CoreContent) and content.fault and not content.holes:
        return content.fault.offset
    if seen.stream and fault.check == "hole":
        return seen.stream.inflated_before_hole
    return seen.stream.inflated if seen.stream else fault.offset
