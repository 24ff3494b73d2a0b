"""Why root must not run a Python, in a few lines; none where it may."""

from __future__ import annotations

import os
from collections.abc import Iterator

from pipeline.installing.trust.mac_acls import acl_faults, volume_faults
from pipeline.installing.trust.packages import added_directories, checkouts
from pipeline.installing.trust.rules import Fault
from pipeline.installing.trust.runtime import Runtime, base, environment, running
from pipeline.installing.trust.summary import summary
from pipeline.installing.trust.survey import Survey
from pipeline.machine import Machine

_PACKAGES = ("site-packages", "dist-packages")


def distrusted(machine: Machine | None = None) -> tuple[str, ...]:
    """Return why root must not run the code that is running now; empty where it may.

    One line each, such as "/Users/ann belongs to ann (uid 501)" or "panicpipe runs from a checkout,
    /Users/ann/panicpipe"; six lines at most. Looks at what the running interpreter loads under
    `-I`: executables, standard library, site-packages and all that is in them, loaded libraries,
    and every directory and link on the way there. With a scratch root, what is at that root and
    above it is taken for granted, and below it so are files of whoever rehearses.
    """
    return _judged(machine or Machine(), running())


def distrusted_environment(machine: Machine, directory: str) -> tuple[str, ...]:
    """Return why root must not run the virtual environment at this path of the machine.

    The same for an environment that does not run this code, such as the daemon's for `doctor`, or
    one of which it is not known yet whether it may be run: nothing of it is.
    """
    return _judged(machine, environment(machine, directory))


def distrusted_program(machine: Machine, program: str) -> tuple[str, ...]:
    """Return why root must not run a program at this path of the machine."""
    return _judged(machine, Runtime(program=str(machine.place(program))))


def distrusted_base(machine: Machine, program: str) -> tuple[str, ...]:
    """Return why root must not run a Python that is no virtual environment; it is not run."""
    return _judged(machine, base(machine, program))


def _judged(machine: Machine, runtime: Runtime) -> tuple[str, ...]:
    own = list(_own_checkout(runtime))
    found = [fault for directory in runtime.packages for fault in checkouts(directory)]
    found = own + [fault for fault in found if not own or fault.path != "panicpipe"]
    survey = _surveyed(machine, runtime, editable=bool(found))
    found += survey.faults
    if machine.mac:
        found += acl_faults(machine, survey.sound)
        found += volume_faults(machine, survey.sound)
    return summary(found)


def _own_checkout(runtime: Runtime) -> Iterator[Fault]:
    if runtime.package is None:
        return
    packages = {os.path.realpath(directory) for directory in runtime.packages}
    if os.path.realpath(runtime.package) not in packages:
        yield Fault(path="panicpipe", what=f"runs from a checkout, {runtime.package}")


def _surveyed(machine: Machine, runtime: Runtime, *, editable: bool) -> Survey:
    survey = Survey(machine)
    if survey.path(runtime.program) is None and not survey.faults:
        survey.faults.append(Fault(path=runtime.program, what="is not there"))
    for path in runtime.files:
        survey.path(path)
    for path in runtime.library:
        survey.tree(path, without=_PACKAGES)
    for path in runtime.packages:
        survey.tree(path)
        for added in added_directories(path):
            if editable:  # that is the reason already, and it may hold anything
                survey.path(added)
            else:
                survey.tree(added)
    return survey
