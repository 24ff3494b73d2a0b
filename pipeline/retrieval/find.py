"""Finding dumps in the bucket: by their keys first, and by their manifests where that is needed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from pipeline.archive.keys import MANIFEST_NAME, KeyTemplate
from pipeline.archive.manifest import LARGEST_MANIFEST, BadManifest, Manifest
from pipeline.display import one_line
from pipeline.retrieval.crowd import answers
from pipeline.retrieval.faults import ArchiveFault, NotThere
from pipeline.retrieval.query import Query
from pipeline.s3.objects import Bucket, Listed

_AT_ONCE = 4
_MOST_FOLDERS = 100_000
"""More than any site has Macs to panic: somebody else's bucket."""


@dataclass(frozen=True, kw_only=True)
class Folder:
    """A folder of the bucket that holds a dump, or a part of one."""

    key: str
    """Without a slash at its end."""
    values: Mapping[str, str] | None
    """What its name says; None where the template in use did not make it."""
    changed: datetime
    size: int = 0
    manifest_size: int | None = None
    """None where there is no manifest."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """An archived dump."""

    folder: str
    day: str
    """`YYYY-MM-DD`, UTC: when the file was last written, or arrived."""
    manifest: Manifest

    @property
    def stored(self) -> int:
        """Bytes that its objects take."""
        return sum(each.size for each in self.manifest.objects)


@dataclass(frozen=True, kw_only=True)
class Unusable:
    """A folder whose manifest is missing or says what cannot be."""

    folder: str
    size: int
    changed: datetime
    why: str
    broken: bool
    """It was finished once: its manifest is there, and wrong."""


@dataclass(frozen=True)
class Listing:
    """What a search came to, the newest first."""

    found: Sequence[Found]
    unusable: Sequence[Unusable]


def search(bucket: Bucket, template: KeyTemplate, query: Query) -> Listing:
    """Look for dumps; folders whose name shows that they are not meant cost no request."""
    wanted = [each for each in folders(bucket, template) if _may_fit(each, query)]
    found: list[Found] = []
    unusable: list[Unusable] = []
    for each in answers(partial(_read, bucket), wanted, _AT_ONCE):
        if isinstance(each, Found):
            found += [each] if query.fits(each.manifest, each.day) else []
        elif each is not None:
            unusable.append(each)
    found.sort(key=lambda each: (each.day, each.manifest.finished), reverse=True)
    unusable.sort(key=lambda each: each.changed, reverse=True)
    return Listing(found, unusable)


def folders(bucket: Bucket, template: KeyTemplate) -> Iterable[Folder]:
    """List the folders below the prefix that hold a dump, or that the template may have made."""
    made: dict[str, Folder] = {}
    root = bucket.options.root
    for item in bucket.list(root):
        key, _, name = item.key.rpartition("/")
        if not key:
            continue
        before = made.get(key)
        values = before.values if before else template.read(key.removeprefix(root))
        if values is None and name != MANIFEST_NAME:
            continue
        if before is None and len(made) >= _MOST_FOLDERS:
            raise ArchiveFault(
                f"{bucket.options.url(root)}: more than {_MOST_FOLDERS} dumps; name a longer "
                "prefix with --prefix"
            )
        made[key] = _with(before, item, Folder(key=key, values=values, changed=item.modified))
    return made.values()


def _with(before: Folder | None, item: Listed, new: Folder) -> Folder:
    known = before or new
    return replace(
        known,
        size=known.size + item.size,
        changed=max(known.changed, item.modified),
        manifest_size=item.size if item.key.endswith(f"/{MANIFEST_NAME}") else known.manifest_size,
    )


def _may_fit(folder: Folder, query: Query) -> bool:
    return folder.values is None or query.fits_key(folder.values)


def _read(bucket: Bucket, folder: Folder) -> Found | Unusable | None:
    """Read one folder's manifest; None where the folder is somebody else's."""
    if folder.manifest_size is None:
        return _unusable(folder, "has no manifest: its upload is not finished")
    try:
        return _load(bucket, folder.key, folder.values, folder.manifest_size)
    except NotThere:
        return _unusable(folder, "its manifest has just been removed")
    except BadManifest as error:
        return None if folder.values is None else _unusable(folder, str(error), broken=True)


def _unusable(folder: Folder, why: str, *, broken: bool = False) -> Unusable:
    return Unusable(
        folder=folder.key, size=folder.size, changed=folder.changed, why=why, broken=broken
    )


def at(bucket: Bucket, template: KeyTemplate, folder: str) -> Found:
    """Return the dump in one folder; NotThere, or BadManifest."""
    stored = bucket.head(f"{folder}/{MANIFEST_NAME}")
    if stored is None:
        url = one_line(bucket.options.url(f"{folder}/".removeprefix("/")))
        raise NotThere(f"{url}: there is no archived dump (no manifest.json)")
    values = template.read(folder.removeprefix(bucket.options.root))
    return _load(bucket, folder, values, stored.size)


def _load(bucket: Bucket, folder: str, values: Mapping[str, str] | None, size: int) -> Found:
    if size > LARGEST_MANIFEST:
        raise BadManifest(f"the manifest is larger than {LARGEST_MANIFEST >> 10} KiB")
    data = bucket.read(f"{folder}/{MANIFEST_NAME}", LARGEST_MANIFEST)
    if data is None:
        raise NotThere(f"{one_line(bucket.options.url(folder))}/: there is no manifest.json")
    manifest, named = Manifest.decode(data), values or {}
    if not manifest.identity.startswith(named.get("sha256") or named.get("hash", "")):
        raise BadManifest("the manifest is that of another dump")
    day = named.get("date") or manifest.arrived.strftime("%Y-%m-%d")
    return Found(folder=folder, day=day, manifest=manifest)
