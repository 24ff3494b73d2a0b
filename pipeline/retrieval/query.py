"""Which dumps are meant, by what their keys say and by what their manifests say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.archive.manifest import Manifest

_UNKNOWN_HOST = "unknown-host"


@dataclass(frozen=True, kw_only=True)
class Query:
    """What is looked for; None and empty stand for anything."""

    host: str | None = None
    since: str | None = None
    until: str | None = None
    """`YYYY-MM-DD`, UTC, both included."""
    xnu: str | None = None
    """`8019.41.5`, or how it begins: `8019`."""
    hash: str = ""
    """First hexadecimal digits of the dump's SHA-256."""
    name: str | None = None
    """A part of the dump's name."""

    def fits_key(self, values: Mapping[str, str]) -> bool:
        """Whether a dump whose folder was made from these values may be meant."""
        known = values.get("sha256") or values.get("hash", "")
        return (
            self.host in (None, values.get("host", self.host))
            and self._fits_day(values.get("date", ""))
            and (known.startswith(self.hash) or (bool(known) and self.hash.startswith(known)))
            and ("xnu" not in values or self._fits_xnu(values["xnu"]))
        )

    def fits(self, manifest: Manifest, day: str) -> bool:
        """Whether the dump with this manifest is meant."""
        return (
            self.host in (None, manifest.host or _UNKNOWN_HOST)
            and self._fits_day(day)
            and self._fits_xnu(manifest.xnu or "")
            and manifest.identity.startswith(self.hash)
            and (self.name or "") in manifest.name
        )

    def _fits_day(self, day: str) -> bool:
        return not day or (self.since or "") <= day <= (self.until or "9999-99-99")

    def _fits_xnu(self, xnu: str) -> bool:
        wanted = (self.xnu or "").removeprefix("xnu-")
        return not wanted or f"{xnu.removeprefix('xnu-')}.".startswith(f"{wanted}.")
