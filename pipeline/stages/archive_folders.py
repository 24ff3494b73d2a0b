"""Whether a dump is in the bucket already, and which folder there is its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Self

from pipeline import Dump, Rejected, TryAgain
from pipeline.archive.describing import Packing
from pipeline.archive.keys import MANIFEST_NAME, KeyTemplate
from pipeline.archive.manifest import LARGEST_MANIFEST, BadManifest, Manifest, StoredObject
from pipeline.archive.placeholders import content_identity, placeholder_values
from pipeline.display import printable
from pipeline.s3.checksums import Scheme
from pipeline.s3.keeping import SHA256
from pipeline.s3.objects import Bucket

_MANIFEST = f"/{MANIFEST_NAME}"


@dataclass(frozen=True, kw_only=True)
class Folders:
    """The folders in a bucket that can hold one dump; keys with the prefix, without a slash."""

    bucket: Bucket
    template: KeyTemplate
    values: Mapping[str, str]
    identity: str
    content: str
    """The SHA-256 of what the archive gives back."""
    recipients: Set[str] = frozenset()
    """Who must be able to open it, where it is encrypted."""

    @classmethod
    def of(cls, bucket: Bucket, template: KeyTemplate, dump: Dump, packing: Packing) -> Self:
        """Work out where a dump belongs; Rejected where nothing tells it from others."""
        try:
            identity = content_identity(dump, packing.content_sha256)
        except ValueError as error:
            raise Rejected(str(error)) from None
        return cls(
            bucket=bucket,
            template=template,
            values=placeholder_values(dump, identity),
            identity=identity,
            content=packing.content_sha256,
            recipients=frozenset(packing.recipients),
        )

    @property
    def own(self) -> str:
        """The dump's own folder."""
        return self.bucket.options.root + self.template.render(self.values)

    def holding(self) -> tuple[str, StoredObject] | None:
        """Return the folder, and the archive in it, that holds this dump whole; or None.

        One that was encrypted to others only is none: their key may be lost.
        Rejected where its own folder holds another: nothing is ever written over it.
        """
        for folder in self._candidates():
            manifest = self._manifest(folder)
            if manifest is None or (
                manifest.encrypted and not self.recipients <= set(manifest.recipients)
            ):
                continue
            if all(self._is_there(folder, each) for each in manifest.objects):
                return folder, manifest.archive
        return None

    def confirm(self) -> None:
        """See that what was written belongs together; TryAgain where somebody wrote there too.

        Two daemons may archive the same dump at the same time, each with other bytes.
        """
        manifest = self._manifest(self.own)
        if manifest is None or not all(
            self._is_there(self.own, each, unnamed=True) for each in manifest.objects
        ):
            url = self.bucket.options.url(self.own)
            raise TryAgain(f"{url}/ was written to by somebody else meanwhile: looking again")

    def _candidates(self) -> Iterator[str]:
        """Yield the folders with a manifest that are this dump's by their names; its own first.

        Its day and name may be others there, where the same dump came as a copy.
        """
        root = self.bucket.options.root
        yield self.own
        for listed in self.bucket.list(root + self.template.stable_lead(self.values)):
            folder = listed.key.removesuffix(_MANIFEST)
            if folder in (listed.key, self.own):
                continue
            if self.template.is_of(folder.removeprefix(root), self.identity):
                yield folder

    def _manifest(self, folder: str) -> Manifest | None:
        """Return a folder's manifest where it is one of this dump's."""
        data = self.bucket.read(folder + _MANIFEST, LARGEST_MANIFEST)
        if data is None:
            return None
        try:
            manifest = Manifest.decode(data)
        except BadManifest as error:
            self._refuse(folder, str(error))
            return None
        if (manifest.identity, manifest.content.sha256) != (self.identity, self.content):
            self._refuse(folder, f"it holds another dump, {printable(manifest.name)}")
            return None
        return manifest

    def _refuse(self, folder: str, why: str) -> None:
        if folder == self.own:
            url = self.bucket.options.url(folder)
            raise Rejected(
                f"{url}/ is taken ({why}), and nothing is written over it: look at it, or put "
                "{sha256} into stages.upload.key"
            )

    def _is_there(self, folder: str, named: StoredObject, *, unnamed: bool = False) -> bool:
        """Whether an object is as the manifest names it, as far as the server keeps a proof.

        `unnamed`: also where it keeps no metadata.
        """
        stored = self.bucket.head(f"{folder}/{named.name}")
        if stored is None or stored.size != named.size:
            return False
        if named.checksum is None or named.checksum.algorithm not in set(Scheme):
            known = stored.metadata.get(SHA256, named.sha256 if unnamed else None)
            return known == named.sha256
        return stored.checksums.get(Scheme(named.checksum.algorithm)) == named.checksum.value
