"""Why root must not run a Python, in a few lines; none where it may."""

from __future__ import annotations

from pipeline.machine import Machine


def distrusted(machine: Machine | None = None) -> tuple[str, ...]:
    """Return why root must not run the code that is running now; empty where it may.

    One line each, such as "/Users/ann belongs to ann (uid 501)" or "panicpipe runs from a checkout,
    /Users/ann/panicpipe"; six lines at most. Looks at what the running interpreter loads under
    `-I`: executables, standard library, site-packages and all that is in them, loaded libraries,
    and every directory and link on the way there. With a scratch root, what is at that root and
    above it is taken for granted, and so are files of whoever rehearses.
    """
    raise NotImplementedError


def distrusted_environment(machine: Machine, directory: str) -> tuple[str, ...]:
    """Return why root must not run the virtual environment at this path of the machine.

    The same for an environment that does not run this code, such as the daemon's for `doctor`;
    without running anything of it.
    """
    raise NotImplementedError
