"""What a scan means, given what the journal knows. Pure: it looks at nothing and changes nothing.

Files are recognised by name, inode, size and mtime together, because each alone fails: names are
used again, inodes are not stable on every volume and are given out again on some, sizes repeat.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pipeline.corefile import DumpName
from pipeline.model import Identity
from pipeline.plugin import Scan, Sighting


@dataclass(frozen=True, kw_only=True)
class Known:
    """What the journal holds of one file: its newest revision, also when the file is long gone.

    Leave out those that were given up because their file had disappeared: should it come back, it
    arrives anew.
    """

    id: int
    raw_name: bytes
    identity: Identity
    """What it was when it was judged, or when it was last looked at while it is not."""
    live: bool
    """A transfer of it is running: its descriptor keeps the inode from being given out again."""
    open: bool
    """Work is left that needs the file: it is not judged, or steps remain."""
    ignored: bool = False
    """It was judged no dump."""


@dataclass(frozen=True, kw_only=True)
class Rename:
    """A known file has another name now."""

    id: int
    raw_name: bytes


@dataclass(frozen=True, kw_only=True)
class Readopt:
    """A known file has another inode now and is the same otherwise: its volume was remounted."""

    id: int
    identity: Identity


@dataclass(frozen=True, kw_only=True)
class Gone:
    """A file that is still needed is not there, and nothing holds it open."""

    id: int


@dataclass(frozen=True, kw_only=True)
class Arrive:
    """A dump never seen before."""

    sighting: Sighting
    reused: int | None = None
    """An earlier dump that had the same name: likely a fixed corename, of which kdumpd takes the
    next only once the last is moved away."""


@dataclass(frozen=True, kw_only=True)
class Revise:
    """A file that was done with has changed: to be judged afresh."""

    previous: int
    sighting: Sighting


@dataclass(frozen=True, kw_only=True)
class Resume:
    """A known file with work left, and nobody at it: the daemon was restarted, or a pause is over.

    Said at every scan until the work is taken up.
    """

    id: int
    sighting: Sighting


Action = Rename | Readopt | Gone | Arrive | Revise | Resume


def compare(scan: Scan, known: Sequence[Known]) -> tuple[Action, ...]:
    """Say what has to be done, in the order in which to do it; nothing while the place is missing.

    First the journal is put right, then work starts: files named as kdumpd names them before all
    others, older before newer.
    """
    if not scan.present:
        return ()
    files = sorted(scan.files, key=_urgency)
    matches = _match(files, known)
    return (
        *_corrections(files, matches),
        *_gone(scan, known, matches),
        *_work(files, known, matches),
    )


def _urgency(file: Sighting) -> tuple[bool, int, bytes]:
    return (not DumpName.parse(file.raw_name).generated, file.identity.mtime_ns, file.raw_name)


def _corrections(files: Iterable[Sighting], matches: Mapping[bytes, Known]) -> Iterator[Action]:
    for file in files:
        one = matches.get(file.raw_name)
        if one is not None and one.raw_name != file.raw_name:
            yield Rename(id=one.id, raw_name=file.raw_name)
        if one is not None and one.identity.inode != file.identity.inode:
            yield Readopt(id=one.id, identity=file.identity)


def _gone(scan: Scan, known: Iterable[Known], matches: Mapping[bytes, Known]) -> Iterator[Action]:
    """A name that is passed over may still be that file, with a second name or without rights."""
    there = {one.id for one in matches.values()}
    for one in known:
        missed = one.open and not one.live and one.id not in there
        if missed and one.raw_name not in scan.passed_over:
            yield Gone(id=one.id)


def _work(
    files: Iterable[Sighting], known: Iterable[Known], matches: Mapping[bytes, Known]
) -> Iterator[Action]:
    dumps = {one.raw_name: one.id for one in _oldest_first(known) if not one.ignored}
    for file in files:
        one = matches.get(file.raw_name)
        if one is None:
            yield Arrive(sighting=file, reused=dumps.get(file.raw_name))
        elif one.live:
            continue
        elif one.open:
            yield Resume(id=one.id, sighting=file)
        elif _content(one) != _content(file):
            yield Revise(previous=one.id, sighting=file)


def _match(files: Sequence[Sighting], known: Sequence[Known]) -> dict[bytes, Known]:
    """Find what is known of each file, by the file's name; nothing is found twice.

    The surest signs are tried first, and on all files, so that swapped names and names used again
    are told apart before a name alone decides.
    """
    rows = _oldest_first(known)
    newest = {one.raw_name: one for one in rows}.values()
    matches: dict[bytes, Known] = {}
    for candidates, key in (
        ([one for one in rows if one.live], _inode),
        (rows, _name_and_identity),
        (rows, _identity),
        (newest, _name_and_inode),
        ([one for one in newest if not one.live], _name_and_content),
    ):
        matches |= _pairs(files, candidates, key, matches)
    return matches


def _pairs(
    files: Iterable[Sighting],
    candidates: Iterable[Known],
    key: Callable[[Known | Sighting], Hashable],
    matches: Mapping[bytes, Known],
) -> dict[bytes, Known]:
    """Pair those not matched yet that have the same key."""
    taken = {one.id for one in matches.values()}
    index = {key(one): one for one in candidates if one.id not in taken}
    found: dict[bytes, Known] = {}
    for file in files:
        one = None if file.raw_name in matches else index.get(key(file))
        if one is not None and not _is_other_dump(one, file):
            found[file.raw_name] = index.pop(key(file))
    return found


def _is_other_dump(one: Known, file: Sighting) -> bool:
    """A dump that was done with only ever grows; a smaller one just got its inode as well."""
    is_done = not (one.live or one.open or one.ignored)
    return is_done and file.identity.size < one.identity.size


def _oldest_first(known: Iterable[Known]) -> list[Known]:
    return sorted(known, key=lambda one: one.id)


def _inode(of: Known | Sighting) -> Hashable:
    return of.identity.inode


def _identity(of: Known | Sighting) -> Hashable:
    return of.identity


def _name_and_identity(of: Known | Sighting) -> Hashable:
    return (of.raw_name, of.identity)


def _name_and_inode(of: Known | Sighting) -> Hashable:
    return (of.raw_name, of.identity.inode)


def _content(of: Known | Sighting) -> Hashable:
    return (of.identity.size, of.identity.mtime_ns)


def _name_and_content(of: Known | Sighting) -> Hashable:
    return (of.raw_name, _content(of))
