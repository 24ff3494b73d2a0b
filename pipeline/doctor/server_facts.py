"""The dump server and the machine it runs on, as `server status` judges them too."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.doctor.interfaces import addresses
from pipeline.doctor.scene import Scene
from pipeline.machine import Finding


def findings(scene: Scene) -> Iterator[Finding]:
    """Tell what the dump server's own checks find."""
    return iter(())


def interfaces(scene: Scene) -> Iterator[Finding]:
    """Tell where Macs can reach this one."""
    from pipeline.macos.interfaces import ports

    if scene.machine.mac:
        yield addresses(ports(scene.machine))
