"""A new environment: its Python, what panicpipe needs, and panicpipe as it is running now."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.installing.environment.inventory import Environment
from pipeline.machine import Changes


def build(
    changes: Changes,
    home: str,
    *,
    extra: Sequence[str] | None = None,
    uv: str | None = None,
    index_url: str | None = None,
) -> Environment:
    """Have an environment of the running version below `home/environments` that root may run.

    `home` must exist already and belong to root. The newest one is returned as it is where it was
    built from the same, and root may still run it. `extra` are further packages (plugins) as pip
    takes them; None keeps those of the newest environment. `uv` is a path of the machine, for where
    a Python has to be made first; `index_url` is where pip looks, PyPI or what /etc/pip.conf names
    otherwise. Under a dry run nothing is checked, and the environment returned is the one that
    would be.

    MachineError where a command fails, Untrusted where the result may not be run by root; nothing
    that counts as an environment is left then.
    """
    raise NotImplementedError
