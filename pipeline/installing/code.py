"""Which Python the service is to run: one that only root can change."""

from __future__ import annotations

import os
import sys

from pipeline.errors import Untrusted
from pipeline.installing.environment import build
from pipeline.installing.trust import distrusted, distrusted_environment
from pipeline.installing.wishes import Wishes
from pipeline.machine import Changes


def python(changes: Changes, home: str, wishes: Wishes) -> str:
    """Return the interpreter of the environment that root is to run, a path of the machine.

    The one that was named; else the one that runs this, where root may run it; else one that is
    built below `home`, and why is told.
    """
    machine = changes.machine
    if wishes.environment is not None:
        named = os.path.normpath(wishes.environment)  # its name is compared with others
        reasons = distrusted_environment(machine, named)
        if reasons:
            raise Untrusted(f"{named}: root must not run it: {'; '.join(reasons)}")
        return f"{named}/bin/python"
    reasons = distrusted(machine)
    alone = sys.prefix != sys.base_prefix  # no other program's packages come and go in it
    if not reasons and machine.real and alone and wishes.extra is None:
        return sys.executable
    if reasons:
        changes.tell("Root must not run this panicpipe, so that it gets one of its own:")
        for reason in reasons:
            changes.tell(f"     | {reason}")
    built = build(changes, home, extra=wishes.extra, uv=wishes.uv, index_url=wishes.index_url)
    return built.python
