"""The child that reads one dump's bytes and runs its stages, given descriptors and no paths.

It is forked from the nursery, does one job and ends. Whatever happens to it (a crash, a bomb, a
hang ended by a kill) costs this dump's step and nothing else.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from typing import NoReturn

from pipeline.confinement import Terms, environment
from pipeline.confinement.ceilings import CpuTime, cap_memory
from pipeline.confinement.confine import confine, harden
from pipeline.confinement.identity import RightsKept
from pipeline.errors import WireError
from pipeline.workers.deaths import KEPT_RIGHTS, NO_MEMORY
from pipeline.workers.job_stages import JobStages
from pipeline.workers.judging import judged
from pipeline.workers.steps import abandon, run_stages
from pipeline.workers.telling import show_trace
from pipeline.workers.wire import DOWN, Begin, Channel, Down, Job, Tools


def main(sock: socket.socket, terms: Terms, rearm: Callable[[], None]) -> NoReturn:
    """Do the one job that the daemon sends, then leave the process.

    `rearm` is called where the wish to die with the parent has been forgotten.
    """
    status = 1
    try:
        channel: Channel[Down] = Channel(sock, DOWN)
        _work(channel, terms, rearm)
        status = 0
    except WireError:
        status = 0  # the daemon is gone or wants no more of this: nobody is left to tell
    except MemoryError:
        status = NO_MEMORY
    except RightsKept as error:
        status = KEPT_RIGHTS
        show_trace(error)
    except BaseException as error:  # the daemon sees the exit status, people the traceback
        show_trace(error)
    finally:
        os._exit(status)


def _work(channel: Channel[Down], terms: Terms, rearm: Callable[[], None]) -> None:
    tools = channel.receive()
    if not isinstance(tools, Tools):
        raise WireError("expected tools")
    environment.add(tools.environment)
    stages = JobStages(tools.stages)
    cpu = _without_rights(tools, terms, rearm)
    job = channel.receive()
    if not isinstance(job, Job):
        raise WireError("expected a job")
    fd = channel.descriptor() if job.has_dump else None
    if job.read and (fd is None or judged(channel, job, fd, stages, cpu) is None):
        return
    begin = channel.receive()
    if not isinstance(begin, Begin):
        raise WireError("expected to begin")
    if begin.abandon:
        abandon(channel, begin, stages)
    else:
        run_stages(channel, fd, begin, stages, cpu)


def _without_rights(tools: Tools, terms: Terms, rearm: Callable[[], None]) -> CpuTime | None:
    """Give up all that the rest does not need. From here on a dump's bytes may come."""
    if tools.keeps_rights:
        harden()
        return None
    cpu = CpuTime(terms.limits, terms.largest)
    cap_memory(terms.limits.memory)
    environment.drop(tools.environment, remote=tools.remote)
    confine(terms, remote=tools.remote, rearm=rearm)
    return cpu
