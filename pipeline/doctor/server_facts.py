"""The dump server and the Mac it runs on, as `server status` judges them too."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.doctor.scene import Scene
from pipeline.doctor.wording import fail, ok, unknown
from pipeline.machine import Finding
from pipeline.macos.filevault import filevault
from pipeline.macos.power import power
from pipeline.server import checks, host
from pipeline.server.listener import somebody_listens

_SPACE = "server.space"


def findings(scene: Scene) -> Iterator[Finding]:
    """Tell what its own checks find, where dumps are received here at all."""
    settings = scene.settings
    expected = settings is None or settings.expect_listener
    if not scene.machine.mac:
        if settings is not None and expected and scene.machine.real:
            yield port(settings.server_port, somebody_listens(settings.server_port))
    elif expected:
        for finding in checks.findings(scene.machine):
            if settings is None or finding.check != _SPACE:  # machine.space knows what is needed
                yield finding
    else:
        yield ok("server.kdumpd", "no dump server is expected here: server.expect_listener")
        yield from host.power(power(scene.machine))
        yield host.filevault(filevault(scene.machine))


def port(number: int, answered: bool | None) -> Finding:
    """Say whether something other than kdumpd receives dumps, as the daemon looks for it too."""
    check = "server.port"
    if answered is False:
        remedy = "start what receives dumps, or set server.expect_listener to false"
        return fail(check, f"nobody answers on UDP {number}: no Mac can send its dump here", remedy)
    if answered is None:
        return unknown(check, f"whether somebody answers on UDP {number} is not known")
    return ok(check, f"somebody answers on UDP {number}")
