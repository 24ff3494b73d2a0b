"""Whether the daemon watches where dumps arrive. Pure."""

from __future__ import annotations

import errno

from pipeline.doctor.wording import fail, ok, unknown, warn
from pipeline.machine import Finding
from pipeline.machine.looking import Look

_CHECK = "configuration.source"


def watched(path: str, look: Look, *, written: str | None, needs_root: bool) -> Finding:
    """Judge one watched directory; `written` is where kdumpd writes, if that is known."""
    if look.kind == "missing":
        return fail(_CHECK, f"{path}, which is watched, is not there", _made(written, path))
    if look.kind == "link":
        return ok(_CHECK, f"{path} is watched, by a link")
    if look.kind is not None and look.kind != "directory":
        return fail(_CHECK, f"{path}, which is watched, is no directory")
    if look.fault is not None:
        # What macOS keeps from this terminal it may let the daemon do: see elsewhere.volumes.
        found = unknown if needs_root or look.error == errno.EPERM else fail
        return found(_CHECK, f"{path}, which is watched: {look.fault}")
    if written is not None and written != path:
        what = f"{path} is watched, and kdumpd writes to {written}"
        return warn(_CHECK, what, "leave `path` out of [source.directory], or have both the same")
    return ok(_CHECK, f"{path} is watched")


def _made(written: str | None, path: str) -> str:
    return "sudo panicpipe server setup" if written == path else f"make it, or mount it: {path}"
